#include "guest/sequence_tracker.h"

#include "testing/test.h"

namespace doorbell::sequence_tracker_test {
namespace {

using Arrival = SequenceTracker::Arrival;

void Send(SequenceTracker& tracker, uint64_t count) {
  for (uint64_t i = 0; i < count; ++i) tracker.TakeNext();
}

TEST("a sequence that comes back in order is no longer outstanding") {
  SequenceTracker tracker;
  Send(tracker, 2);
  CHECK(tracker.Receive(0) == Arrival::kInOrder);
  CHECK(tracker.Receive(1) == Arrival::kInOrder);
  CHECK_EQ(tracker.outstanding(), 0u);
}

TEST("a sequence that comes after a later one is reordered, not lost") {
  SequenceTracker tracker;
  Send(tracker, 2);
  CHECK(tracker.Receive(1) == Arrival::kInOrder);
  CHECK(tracker.Receive(0) == Arrival::kReordered);
  tracker.GiveUp();
  CHECK_EQ(tracker.lost(), 0u);
}

TEST("a sequence that comes twice is duplicated") {
  SequenceTracker tracker;
  Send(tracker, 1);
  CHECK(tracker.Receive(0) == Arrival::kInOrder);
  CHECK(tracker.Receive(0) == Arrival::kDuplicated);
}

TEST("a sequence that was never sent is unknown") {
  SequenceTracker tracker;
  Send(tracker, 1);
  CHECK(tracker.Receive(1) == Arrival::kUnknown);
  CHECK(tracker.Receive(UINT64_MAX) == Arrival::kUnknown);
}

TEST("giving up counts what is outstanding as lost, and a late arrival takes it off again") {
  SequenceTracker tracker;
  Send(tracker, 3);
  CHECK(tracker.Receive(1) == Arrival::kInOrder);
  tracker.GiveUp();
  CHECK_EQ(tracker.lost(), 2u);
  CHECK_EQ(tracker.outstanding(), 0u);
  CHECK(tracker.Receive(2) == Arrival::kInOrder);
  CHECK_EQ(tracker.lost(), 1u);
  CHECK(tracker.Receive(2) == Arrival::kDuplicated);
}

TEST("after a restart the frames before it are stale and no loss") {
  SequenceTracker tracker;
  Send(tracker, 5);
  tracker.Restart();
  CHECK_EQ(tracker.outstanding(), 0u);
  CHECK_EQ(tracker.lost(), 0u);
  CHECK(tracker.Receive(4) == Arrival::kStale);
  CHECK_EQ(tracker.TakeNext(), 5u);
  CHECK(tracker.Receive(5) == Arrival::kInOrder);
}

TEST("a frame overtaken by the whole history is lost and later a duplicate") {
  SequenceTracker tracker;
  Send(tracker, 1);
  for (uint64_t i = 1; i <= SequenceTracker::kHistory; ++i) tracker.Receive(tracker.TakeNext());
  CHECK_EQ(tracker.lost(), 1u);
  CHECK_EQ(tracker.outstanding(), 0u);
  CHECK(tracker.Receive(0) == Arrival::kDuplicated);
}

TEST("a restart within the history keeps earlier frames out of the count of lost ones") {
  SequenceTracker tracker;
  Send(tracker, 3);
  tracker.Restart();
  for (uint64_t i = 0; i < SequenceTracker::kHistory; ++i) tracker.Receive(tracker.TakeNext());
  CHECK_EQ(tracker.lost(), 0u);
  CHECK_EQ(tracker.outstanding(), 0u);
}

}  // namespace
}  // namespace doorbell::sequence_tracker_test
