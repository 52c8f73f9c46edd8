#include "net/engine_queue.h"

#include <chrono>
#include <string>
#include <thread>

#include "net/data_path.h"
#include "testing/await.h"
#include "testing/raw_ring.h"
#include "testing/test.h"

namespace doorbell::engine_queue_test {
namespace {

using testing::Await;
using testing::RawRing;
using testing::Signals;

// One tx queue on a data path with two workers.
struct Bench {
  std::unique_ptr<DataPath> path;
  std::shared_ptr<Port> port;
  std::shared_ptr<EngineQueue> queue;
  RawRing raw;
  Signals kick;
  Signals call;
  uint16_t offered = 0;

  explicit Bench(QueueRole role = QueueRole::kTx, uint64_t features = kVersion1) : raw(16, features) {
    auto made = DataPath::Create(2);
    REQUIRE(made.ok());
    path = std::move(made).value();
    auto added = path->AddPort(nullptr);
    REQUIRE(added.ok());
    port = added.value();
    queue = path->AddQueue(role, port);
    queue->SetEnabled(true);
  }
  ~Bench() { queue->Close(); }

  void Start() { REQUIRE(queue->Start(raw.config(), raw.memory(), 0).ok()); }
  void Offer() {
    raw.OfferBuffer(static_cast<uint16_t>(offered % 16), 80);
    ++offered;
  }
  bool AwaitServed() {
    return Await([this] { return raw.used_idx() == offered; });
  }
  // The worker has stopped polling and sleeps: nothing but a notification brings its next look.
  bool AwaitAsleep() {
    return Await([this] {
      const uint64_t before = path->CpuNs();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      return path->CpuNs() == before && raw.used_flags() == 0;
    });
  }
  double Value(QueueSample::Field field) const { return queue->Sample().values[field]; }
};

TEST("a kick makes the worker serve the ring and call the guest") {
  Bench bench;
  REQUIRE(bench.queue->SetKick(bench.kick.fd()).ok());
  REQUIRE(bench.queue->SetCall(bench.call.fd()).ok());
  bench.Start();
  bench.Offer();
  bench.kick.Send();
  CHECK(bench.AwaitServed());
  CHECK(bench.call.Await(20'000));
  CHECK(Await([&] { return bench.Value(QueueSample::kKicks) == 1; }));
  CHECK_EQ(bench.Value(QueueSample::kEngineDescriptors), 1);
  CHECK_EQ(bench.Value(QueueSample::kCalls), 1);
  CHECK_EQ(bench.Value(QueueSample::kAvailIdx), 1);
  CHECK_EQ(bench.Value(QueueSample::kUsedIdx), 1);
  CHECK_EQ(bench.Value(QueueSample::kBroken), -1);
  CHECK_EQ(bench.Value(QueueSample::kBlackoutNs), -1);
}

TEST("a started ring is looked at without a kick") {
  Bench bench;
  bench.Offer();
  bench.Start();
  CHECK(bench.AwaitServed());
}

TEST("attaching a kick looks at the ring once, so that earlier kicks are not lost") {
  Bench bench;
  bench.Start();
  CHECK(bench.AwaitAsleep());
  Signals unseen;
  bench.Offer();
  unseen.Send();
  REQUIRE(bench.queue->SetKick(bench.kick.fd()).ok());
  CHECK(bench.AwaitServed());
}

TEST("a detached kick serves nothing until the next is attached") {
  Bench bench;
  REQUIRE(bench.queue->SetKick(bench.kick.fd()).ok());
  bench.Start();
  bench.Offer();
  bench.kick.Send();
  CHECK(bench.AwaitServed());
  REQUIRE(bench.queue->SetKick(ScopedFd::kInvalid).ok());
  CHECK(bench.AwaitAsleep());
  bench.Offer();
  bench.kick.Send();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK_EQ(bench.raw.used_idx(), 1);
  REQUIRE(bench.queue->SetKick(bench.kick.fd()).ok());
  CHECK(bench.AwaitServed());
}

TEST("a kick fd that a hostile peer made blocking and empty does not stop the worker") {
  Bench bench;
  REQUIRE(bench.queue->SetKick(bench.kick.fd()).ok());
  bench.Start();
  for (int i = 0; i < 200; ++i) {
    bench.kick.Send();
    bench.kick.Take();
  }
  bench.Offer();
  bench.kick.Send();
  CHECK(bench.AwaitServed());
}

TEST("a call fd that is no eventfd is refused and detaches the former one") {
  Bench bench;
  REQUIRE(bench.queue->SetCall(bench.call.fd()).ok());
  CHECK(!bench.queue->SetCall(bench.raw.fd()).ok());
  bench.Offer();
  bench.Start();
  CHECK(bench.AwaitServed());
  CHECK_EQ(bench.call.Take(), 0u);
}

TEST("a call that is set while the ring runs is signalled once, one that is set before is not") {
  Bench bench;
  REQUIRE(bench.queue->SetCall(bench.call.fd()).ok());
  CHECK_EQ(bench.call.Take(), 0u);
  bench.Start();
  Signals unmasked;
  REQUIRE(bench.queue->SetCall(unmasked.fd()).ok());
  CHECK_EQ(unmasked.Take(), 1u);
  CHECK_EQ(bench.Value(QueueSample::kCalls), 0);
}

TEST("a guarded queue is served without any kick") {
  Bench bench;
  bench.Start();
  bench.queue->SetGuardPoll(true);
  for (int i = 0; i < 3; ++i) {
    bench.Offer();
    CHECK(bench.AwaitServed());
    // Past the polling that follows work.
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  CHECK_EQ(bench.Value(QueueSample::kKicks), 0);
}

TEST("a ring that breaks tells the listener and the err fd, and its neighbour is served on") {
  Bench bench;
  std::atomic<int> told{0};
  bench.path->ring_notice()->SetListener([&told] { ++told; });
  Signals err;
  REQUIRE(bench.queue->SetErr(err.fd()).ok());
  bench.raw.Offer(77);
  bench.Start();
  CHECK(Await([&] { return told.load() == 1; }));
  CHECK_EQ(err.Take(), 1u);
  CHECK_EQ(bench.Value(QueueSample::kBroken), 2);
  RawRing other(16);
  const auto neighbour = bench.path->AddQueue(QueueRole::kTx, bench.port);
  other.OfferBuffer(0, 80);
  REQUIRE(neighbour->Start(other.config(), other.memory(), 0).ok());
  CHECK(Await([&] { return other.used_idx() == 1; }));
  bench.path->ring_notice()->SetListener(nullptr);
  neighbour->Close();
}

TEST("a ctrl queue answers every command with an error") {
  Bench bench(QueueRole::kCtrl);
  bench.raw.Describe(0, RawRing::BufferAddress(0), 2, testing::kNext, 1);
  bench.raw.Describe(1, RawRing::BufferAddress(1), 1, testing::kWrite);
  bench.raw.Offer(0);
  bench.offered = 1;
  bench.Start();
  CHECK(bench.AwaitServed());
  CHECK_EQ(bench.raw.used_length(0), 1u);
  CHECK_EQ(static_cast<int>(bench.raw.Buffer(1)[0]), 1);
}

TEST("a queue that is moved between workers under way completes every chain once") {
  Bench bench;
  REQUIRE(bench.queue->SetKick(bench.kick.fd()).ok());
  bench.Start();
  for (uint32_t i = 0; i < 300; ++i) {
    bench.Offer();
    if (i % 3 != 0) bench.kick.Send();
    CHECK(bench.path->Assign(*bench.queue, i % 2).ok());
    if (i % 3 == 0) bench.kick.Send();
    REQUIRE(bench.AwaitServed());
  }
  CHECK_EQ(bench.Value(QueueSample::kEngineDescriptors), 300);
}

TEST("a queue that was moved while it was polled asks its driver for kicks again") {
  Bench bench;
  REQUIRE(bench.queue->SetKick(bench.kick.fd()).ok());
  bench.Start();
  bench.Offer();
  bench.kick.Send();
  CHECK(bench.AwaitServed());
  CHECK(bench.path->Assign(*bench.queue, 1).ok());
  CHECK(bench.AwaitAsleep());
  bench.Offer();
  bench.kick.Send();
  CHECK(bench.AwaitServed());
}

TEST("a queue that is guarded is guarded by the worker that it was moved to") {
  Bench bench;
  bench.queue->SetGuardPoll(true);
  bench.Start();
  CHECK(bench.AwaitServed());
  CHECK(bench.path->Assign(*bench.queue, 1).ok());
  bench.Offer();
  CHECK(bench.AwaitServed());
}

TEST("a worker that does not exist is refused") {
  Bench bench;
  CHECK_EQ(bench.path->Assign(*bench.queue, 2).error().code, std::string("EINVAL"));
}

TEST("workers are bound to the CPUs given, and refused where this process may not use one") {
  cpu_set_t allowed;
  REQUIRE(sched_getaffinity(0, sizeof allowed, &allowed) == 0);
  uint32_t first = 0;
  while (!CPU_ISSET(first, &allowed)) ++first;
  CHECK(DataPath::Create(2, nullptr, {.cpus = {first}}).ok());
  const auto refused = DataPath::Create(2, nullptr, {.cpus = {CPU_SETSIZE - 1}});
  REQUIRE(!refused.ok());
  CHECK_EQ(refused.error().code, std::string("EINVAL"));
}

TEST("the poll window grows with short pauses, shrinks to nothing with long ones, and keeps to its budget") {
  constexpr uint64_t kBudget = 80;
  PollWindow window;
  CHECK_EQ(window.Woken(1000, kBudget), 80u);
  window.Rested(1080);
  CHECK_EQ(window.Woken(1081, kBudget), 80u);
  window.Rested(2000);
  CHECK_EQ(window.Woken(3000, kBudget), 40u);
  window.Rested(3040);
  CHECK_EQ(window.Woken(4000, kBudget), 20u);
  window.Rested(4020);
  CHECK_EQ(window.Woken(5000, kBudget), 10u);
  window.Rested(5010);
  CHECK_EQ(window.Woken(6000, kBudget), 0u);
  window.Rested(6000);
  CHECK_EQ(window.Woken(6070, kBudget), 10u);
  PollWindow never;
  CHECK_EQ(never.Woken(1000, 0), 0u);
}

TEST("an idle data path uses no CPU") {
  Bench bench;
  REQUIRE(bench.queue->SetKick(bench.kick.fd()).ok());
  bench.Start();
  bench.Offer();
  bench.kick.Send();
  CHECK(bench.AwaitServed());
  CHECK(bench.AwaitAsleep());
  const uint64_t before = bench.path->CpuNs();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  CHECK_EQ(bench.path->CpuNs(), before);
}

TEST("closing the data path ends every queue and its holds") {
  Bench bench;
  REQUIRE(bench.queue->SetKick(bench.kick.fd()).ok());
  bench.Start();
  bench.path->Close();
  CHECK_EQ(bench.raw.memory().use_count(), 1);
  CHECK_EQ(bench.Value(QueueSample::kAvailIdx), -1);
  CHECK(!bench.queue->SetKick(bench.kick.fd()).ok());
}

TEST("statistics count batches by size, the calls that were wanted and not, and why frames were dropped") {
  Bench bench;
  const auto value = [&bench](size_t field) { return bench.queue->Statistics().values[field]; };
  // Before it starts, so that the first look takes them as one batch, which signals whatever the driver says.
  REQUIRE(bench.queue->SetCall(bench.call.fd()).ok());
  bench.raw.SetAvailFlags(1);
  for (int i = 0; i < 5; ++i) bench.Offer();
  // One that is shorter than an Ethernet header.
  bench.raw.OfferBuffer(5, 14);
  ++bench.offered;
  bench.Start();
  REQUIRE(bench.AwaitServed());
  REQUIRE(bench.queue->SetKick(bench.kick.fd()).ok());
  bench.Offer();
  bench.kick.Send();
  REQUIRE(bench.AwaitServed());
  // Published before they are counted.
  REQUIRE(Await([&] { return value(QueueStatistics::kCallsSuppressed) == 1; }));
  CHECK_EQ(value(QueueStatistics::kCalls), 1);
  CHECK_EQ(value(QueueStatistics::kChains), 7);
  CHECK_EQ(value(QueueStatistics::kFrames), 7);
  CHECK_EQ(value(QueueStatistics::kBytes), 6 * 80 + 14);
  CHECK_EQ(value(QueueStatistics::kFirstBatchSize + RingCounters::BatchSize(6)), 1);
  CHECK_EQ(value(QueueStatistics::kFirstBatchSize), 1);
  CHECK_EQ(value(QueueStatistics::kFirstDropReason + static_cast<size_t>(DropReason::kMalformed)), 1);
}

}  // namespace
}  // namespace doorbell::engine_queue_test
