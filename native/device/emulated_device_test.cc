#include "device/emulated_device.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <chrono>
#include <thread>

#include "net/data_path.h"
#include "testing/await.h"
#include "testing/raw_ring.h"
#include "testing/test.h"

namespace doorbell::emulated_device_test {
namespace {

using testing::Await;
using testing::kWrite;
using testing::RawRing;
using testing::Signals;

// One queue of a VM on a data path, beside a device that can take it; the guest maps the device's page.
struct Bench {
  std::unique_ptr<DataPath> path;
  std::unique_ptr<EmulatedDevice> device;
  std::shared_ptr<DeviceQueue> device_queue;
  std::shared_ptr<EngineQueue> queue;
  RawRing raw;
  Signals kick;
  Signals call;
  ScopedMmap page;
  uint16_t offered = 0;

  explicit Bench(QueueRole role = QueueRole::kTx) : raw(16, kVersion1 | kEventIdx) {
    auto made = DataPath::Create(1);
    REQUIRE(made.ok());
    path = std::move(made).value();
    device = std::make_unique<EmulatedDevice>(path->network(), path->ring_notice());
    auto added = device->AddQueue();
    REQUIRE(added.ok());
    device_queue = added.value();
    queue = path->AddQueue(role, path->AddPort(nullptr).value());
    queue->SetEnabled(true);
    REQUIRE(queue->SetKick(kick.fd()).ok());
    REQUIRE(queue->SetCall(call.fd()).ok());
    REQUIRE(queue->Start(raw.config(), raw.memory(), 0).ok());
    auto mapped = ScopedMmap::MapShared(device_queue->page_fd(), 0, PageSize());
    REQUIRE(mapped.ok());
    page = std::move(mapped).value();
  }
  ~Bench() {
    queue->Close();
    device->Close();
  }

  void Offer(uint16_t flags = 0) {
    raw.OfferBuffer(static_cast<uint16_t>(offered % 16), 80, flags);
    ++offered;
  }
  // The guest's store.
  void RingFromGuest() {
    __atomic_store_n(reinterpret_cast<uint16_t*>(page.data()), uint16_t{1}, __ATOMIC_SEQ_CST);
  }
  bool AwaitServed() {
    return Await([this] { return raw.used_idx() == offered; });
  }
  // The device has seen all that was offered and waits for its doorbell.
  bool AwaitIdle() {
    return Await([this] { return raw.avail_event() == offered && Value(QueueSample::kDoorbells) >= 1; });
  }
  double Value(QueueSample::Field field) const { return queue->Sample().values[field]; }
};

TEST("a guest's doorbell wakes the device, which serves, interrupts and counts it as proof") {
  Bench bench;
  REQUIRE(bench.queue->HandOverTo(bench.device_queue).ok());
  // One chain first: only then does avail_event tell that the look after the handover is over.
  bench.Offer();
  bench.RingFromGuest();
  CHECK(bench.AwaitServed());
  CHECK(bench.call.Await(20'000));
  CHECK(bench.AwaitIdle());
  CHECK(Await([&] { return bench.Value(QueueSample::kInterrupts) == 1; }));
  const double proven = bench.Value(QueueSample::kProvenWakes);
  bench.Offer();
  bench.RingFromGuest();
  CHECK(bench.AwaitServed());
  CHECK(Await([&] { return bench.Value(QueueSample::kProvenWakes) == proven + 1; }));
  CHECK_EQ(bench.Value(QueueSample::kDeviceDescriptors), 2);
  CHECK_EQ(bench.Value(QueueSample::kEngineDescriptors), 0);
  // The driver's used_event asks for no second one.
  CHECK_EQ(bench.Value(QueueSample::kInterrupts), 1);
  CHECK_EQ(bench.Value(QueueSample::kCalls), 0);
  CHECK_EQ(bench.Value(QueueSample::kKicks), 0);
}

TEST("the device does not look at a ring whose doorbell is silent") {
  Bench bench;
  REQUIRE(bench.queue->HandOverTo(bench.device_queue).ok());
  // One chain first: only then does avail_event tell that the look after the handover is over.
  bench.Offer();
  bench.RingFromGuest();
  CHECK(bench.AwaitServed());
  CHECK(bench.AwaitIdle());
  bench.Offer();
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  CHECK_EQ(bench.raw.used_idx(), 1);
  bench.device_queue->RingDoorbell();
  CHECK(bench.AwaitServed());
}

TEST("a doorbell that the host rang proves nothing") {
  Bench bench;
  REQUIRE(bench.queue->HandOverTo(bench.device_queue).ok());
  CHECK(bench.AwaitIdle());
  bench.Offer();
  bench.device_queue->RingDoorbell();
  CHECK(bench.AwaitServed());
  CHECK(bench.AwaitIdle());
  CHECK_EQ(bench.Value(QueueSample::kProvenWakes), 0);
}

TEST("a kick while the device owns the ring becomes a doorbell") {
  Bench bench;
  REQUIRE(bench.queue->HandOverTo(bench.device_queue).ok());
  CHECK(bench.AwaitIdle());
  bench.Offer();
  bench.kick.Send();
  CHECK(bench.AwaitServed());
  CHECK_EQ(bench.Value(QueueSample::kDeviceDescriptors), 1);
  CHECK_EQ(bench.Value(QueueSample::kEngineDescriptors), 0);
  // The worker may count after the device has served already.
  CHECK(Await([&] { return bench.Value(QueueSample::kKicks) == 1; }));
  CHECK_EQ(bench.Value(QueueSample::kProvenWakes), 0);
}

TEST("the guard poll rings for a ring whose guest offered without a notification") {
  Bench bench;
  REQUIRE(bench.queue->HandOverTo(bench.device_queue).ok());
  CHECK(bench.AwaitIdle());
  bench.queue->SetGuardPoll(true);
  bench.Offer();
  CHECK(bench.AwaitServed());
  CHECK_EQ(bench.Value(QueueSample::kEngineDescriptors), 0);
}

TEST("what was offered before a handover is served by the device without a new doorbell") {
  Bench bench;
  bench.Offer();
  bench.kick.Send();
  CHECK(bench.AwaitServed());
  bench.Offer();
  REQUIRE(bench.queue->HandOverTo(bench.device_queue).ok());
  CHECK(bench.AwaitServed());
}

TEST("a ring that comes back is served by the engine from where the device stopped") {
  Bench bench;
  const auto there = bench.queue->HandOverTo(bench.device_queue);
  REQUIRE(there.ok());
  CHECK_EQ(there.value().base, 0u);
  bench.Offer();
  bench.RingFromGuest();
  CHECK(bench.AwaitServed());
  const auto back = bench.queue->HandOverBack();
  REQUIRE(back.ok());
  CHECK_EQ(back.value().base, 1u);
  bench.Offer();
  bench.kick.Send();
  CHECK(bench.AwaitServed());
  CHECK_EQ(bench.Value(QueueSample::kEngineDescriptors), 1);
  CHECK_EQ(bench.Value(QueueSample::kDeviceDescriptors), 1);
}

TEST("one queue of the device serves one ring") {
  Bench bench;
  REQUIRE(bench.queue->HandOverTo(bench.device_queue).ok());
  RawRing other(16);
  const auto second = bench.path->AddQueue(QueueRole::kTx, bench.path->AddPort(nullptr).value());
  REQUIRE(second->Start(other.config(), other.memory(), 0).ok());
  const auto refused = second->HandOverTo(bench.device_queue);
  REQUIRE(!refused.ok());
  CHECK_EQ(refused.error().code, "EBUSY");
  other.OfferBuffer(0, 80);
  second->SetGuardPoll(true);
  CHECK(Await([&] { return other.used_idx() == 1; }));
  second->Close();
}

TEST("a stopped device refuses a handover and the engine serves on") {
  Bench bench;
  bench.device->Close();
  const auto refused = bench.queue->HandOverTo(bench.device_queue);
  REQUIRE(!refused.ok());
  CHECK_EQ(refused.error().code, "ESHUTDOWN");
  bench.Offer();
  bench.kick.Send();
  CHECK(bench.AwaitServed());
}

TEST("a device queue that goes away gives its ring back first") {
  Bench bench;
  REQUIRE(bench.queue->HandOverTo(bench.device_queue).ok());
  bench.device_queue->GiveBack();
  bench.Offer();
  bench.kick.Send();
  CHECK(bench.AwaitServed());
  CHECK_EQ(bench.Value(QueueSample::kEngineDescriptors), 1);
}

TEST("stopping a queue that the device serves tells the index") {
  Bench bench;
  REQUIRE(bench.queue->HandOverTo(bench.device_queue).ok());
  bench.Offer();
  bench.RingFromGuest();
  CHECK(bench.AwaitServed());
  CHECK_EQ(bench.queue->Stop(), 1u);
  CHECK_EQ(bench.raw.memory().use_count(), 1);
  CHECK_EQ(bench.Value(QueueSample::kDeviceDescriptors), 1);
}

TEST("a ring that breaks in the device tells why, and comes back only by a stop") {
  Bench bench;
  std::atomic<int> told{0};
  bench.path->ring_notice()->SetListener([&told] { ++told; });
  REQUIRE(bench.queue->HandOverTo(bench.device_queue).ok());
  bench.raw.Offer(99);
  bench.RingFromGuest();
  CHECK(Await([&] { return told.load() == 1; }));
  CHECK_EQ(bench.Value(QueueSample::kBroken), 2);
  CHECK(!bench.queue->HandOverBack().ok());
  CHECK_EQ(bench.queue->Stop(), 0u);
  bench.path->ring_notice()->SetListener(nullptr);
}

TEST("memory is replaced under a ring that the device serves") {
  Bench bench;
  REQUIRE(bench.queue->HandOverTo(bench.device_queue).ok());
  std::shared_ptr<GuestMemory> next = bench.raw.Map();
  REQUIRE(bench.queue->ReplaceMemory(next).ok());
  CHECK_EQ(bench.raw.memory().use_count(), 1);
  bench.Offer();
  bench.RingFromGuest();
  CHECK(bench.AwaitServed());
}

TEST("rx buffers that a guest posts are seen by doorbell, and the next frame proves it") {
  Bench bench(QueueRole::kRx);
  REQUIRE(bench.queue->HandOverTo(bench.device_queue).ok());
  CHECK(bench.AwaitIdle());
  bench.Offer(kWrite);
  bench.RingFromGuest();
  CHECK(bench.AwaitIdle());
  CHECK_EQ(bench.raw.used_idx(), 0);
}

TEST("a device without rings uses no CPU") {
  Bench bench;
  bench.queue->Stop();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const uint64_t before = bench.device->CpuNs();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  CHECK_EQ(bench.device->CpuNs(), before);
}

TEST("a notify page is sealed and silent at first") {
  auto page = NotifyPage::Create();
  REQUIRE(page.ok());
  CHECK(!page.value().Take());
  page.value().Ring();
  CHECK(page.value().Take());
  CHECK(!page.value().Take());
  CHECK(fcntl(page.value().fd(), F_GET_SEALS) == (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW));
}

}  // namespace
}  // namespace doorbell::emulated_device_test
