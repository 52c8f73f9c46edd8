#include "guest/sequence_tracker.h"

#include <algorithm>

namespace doorbell {

uint64_t SequenceTracker::TakeNext() {
  const uint64_t sequence = next_++;
  // The bit of the sequence that leaves the history is the one that this sequence takes.
  const size_t bit = sequence % kHistory;
  if (sequence >= kHistory) {
    const uint64_t leaving = sequence - kHistory;
    if (leaving >= std::max(given_up_below_, epoch_) && !arrived_->test(bit)) {
      ++lost_;
      --outstanding_;
    }
    given_up_below_ = std::max(given_up_below_, leaving + 1);
  }
  arrived_->reset(bit);
  ++outstanding_;
  return sequence;
}

SequenceTracker::Arrival SequenceTracker::Receive(uint64_t sequence) {
  if (sequence >= next_) return Arrival::kUnknown;
  if (sequence < epoch_) return Arrival::kStale;
  const size_t bit = sequence % kHistory;
  if (!InHistory(sequence) || arrived_->test(bit)) return Arrival::kDuplicated;
  arrived_->set(bit);
  if (sequence < given_up_below_) {
    --lost_;
  } else {
    --outstanding_;
  }
  if (sequence < highest_) return Arrival::kReordered;
  highest_ = sequence + 1;
  return Arrival::kInOrder;
}

void SequenceTracker::GiveUp() {
  lost_ += outstanding_;
  outstanding_ = 0;
  given_up_below_ = next_;
}

void SequenceTracker::Restart() {
  outstanding_ = 0;
  epoch_ = next_;
  highest_ = next_;
}

}  // namespace doorbell
