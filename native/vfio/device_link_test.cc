#include "vfio/device_link.h"

#include <chrono>
#include <thread>

#include "io/eventfd.h"
#include "net/data_path.h"
#include "testing/await.h"
#include "testing/bounce_device.h"
#include "testing/raw_ring.h"
#include "testing/test.h"

namespace doorbell::device_link_test {
namespace {

using testing::Await;
using testing::BounceDevice;
using testing::BounceMemory;
using testing::Bytes;
using testing::Header;
using testing::operator+;
using testing::RawRing;

constexpr uint64_t kFeatures = kVersion1;
constexpr uint16_t kRingSize = 16;

// A guest of one queue pair on a data path, whose network is a device that does what the test says.
struct Bench {
  std::unique_ptr<DataPath> path;
  std::shared_ptr<DeviceLink> link;
  std::shared_ptr<Port> port;
  std::shared_ptr<EngineQueue> rx;
  std::shared_ptr<EngineQueue> tx;
  RawRing rx_ring{kRingSize, kFeatures};
  RawRing tx_ring{kRingSize, kFeatures};
  BounceMemory memory{DeviceLink::MemoryBytes(kFeatures)};
  std::optional<BounceDevice> receives;
  std::optional<BounceDevice> transmits;
  std::atomic<int> doorbells{0};
  std::atomic<int> broke{0};
  uint16_t posted = 0;
  uint16_t sent = 0;
  uint16_t received = 0;

  Bench() {
    auto made = DataPath::Create(1);
    REQUIRE(made.ok());
    path = std::move(made).value();
    auto created = DeviceLink::Create();
    REQUIRE(created.ok());
    link = std::move(created).value();
    auto added = path->AddPort(nullptr, link);
    REQUIRE(added.ok());
    port = added.value();
    REQUIRE(link->Serve(port, path->WorkerOf(*port), path->domain()).ok());
    rx = path->AddQueue(QueueRole::kRx, port);
    tx = path->AddQueue(QueueRole::kTx, port);
    for (const auto& queue : {rx, tx}) queue->SetEnabled(true);
    link->Place(memory.data(), BounceMemory::kIova, kFeatures);
  }
  ~Bench() {
    for (const auto& queue : {rx, tx}) queue->Close();
    link->Leave();
  }

  void StartGuest() {
    REQUIRE(rx->Start(rx_ring.config(), rx_ring.memory(), 0).ok());
    REQUIRE(tx->Start(tx_ring.config(), tx_ring.memory(), 0).ok());
  }
  void Begin(uint16_t queue) {
    (queue == DeviceLink::kReceive ? receives : transmits).emplace(memory, link->Fresh(queue), kFeatures);
    link->Begin(queue, {.ring_doorbell = [this] { ++doorbells; }, .broke = [this] { ++broke; }});
  }
  void Post(uint16_t count) {
    for (; count > 0; --count) rx_ring.OfferBuffer(posted++ % kRingSize, 2048, testing::kWrite);
    rx->Wake();
  }
  static Bytes FrameOf(uint16_t number) {
    Bytes frame(60, 0xff);
    std::memcpy(&frame[14], &number, sizeof number);
    return frame;
  }
  // The guest sends its next frame; in each buffer only once that came back.
  void Send() {
    const uint16_t slot = sent % kRingSize;
    const Bytes bytes = Header() + FrameOf(sent);
    std::memcpy(tx_ring.Buffer(slot), bytes.data(), bytes.size());
    tx_ring.OfferBuffer(slot, static_cast<uint32_t>(bytes.size()));
    ++sent;
    tx->Wake();
  }
  bool AwaitTaken() {
    return Await([this] { return tx_ring.used_idx() == sent; });
  }
  void Interrupt(uint16_t queue) { CHECK(SignalEventfd(link->signal(queue)).ok()); }
  // The device received a frame of this number.
  void Bring(uint16_t number) {
    receives->Fill(Header({}, 1) + FrameOf(number));
    if (receives->Publish()) Interrupt(DeviceLink::kReceive);
  }
  // The guest's next frame is that of this number.
  bool AwaitFrame(uint16_t number) {
    if (!Await([this] { return rx_ring.used_idx() != received; })) return false;
    const uint32_t slot = static_cast<uint32_t>(rx_ring.used_id(received++));
    const auto* data = reinterpret_cast<const uint8_t*>(rx_ring.Buffer(slot)) + kMaxNetHeader;
    return Bytes(data, data + 60) == FrameOf(number);
  }
  double Drops(const EngineQueue& queue, DropReason reason) const {
    return queue.Statistics().values[QueueStatistics::kFirstDropReason + static_cast<size_t>(reason)];
  }
};

TEST("the first two addresses that a guest sends from are known, and no group's") {
  Bench bench;
  const auto send = [&](uint8_t last) {
    Bytes bytes(60, 0);
    bytes[11] = last;
    const Frame frame{.head = std::as_bytes(std::span(bytes)), .body = {}, .body_offset = 0, .length = bytes.size(), .offload = {}};
    bench.link->Send(frame);
  };
  Bytes group(60, 0xff);
  bench.link->Send(Frame{.head = std::as_bytes(std::span(group)), .body = {}, .body_offset = 0, .length = 60, .offload = {}});
  CHECK(bench.link->Addresses(2).empty());
  for (const uint8_t last : {7, 7, 8, 9}) send(last);
  CHECK(bench.link->Addresses(2) == std::vector<MacNumber>({7, 8}));
  CHECK(bench.link->Addresses(1) == std::vector<MacNumber>{7});
}

TEST("what a guest sends is on the device's network and not on the switch") {
  Bench bench;
  bench.StartGuest();
  bench.Begin(DeviceLink::kTransmit);
  for (int i = 0; i < 3; ++i) bench.Send();
  CHECK(bench.AwaitTaken());
  std::vector<Bytes> frames;
  CHECK(Await([&] {
    for (Bytes& frame : bench.transmits->Take().frames) frames.push_back(std::move(frame));
    return frames.size() == 3;
  }));
  for (uint16_t i = 0; i < 3; ++i) CHECK(frames[i] == Header() + Bench::FrameOf(i));
  CHECK(bench.doorbells > 0);
  CHECK_EQ(bench.path->peer_stats().peer.frames, 0u);
}

TEST("what the device receives is the guest's, also after the worker slept") {
  Bench bench;
  bench.StartGuest();
  bench.Post(kRingSize);
  bench.Begin(DeviceLink::kReceive);
  for (uint16_t number = 0; number < 5; ++number) {
    bench.Bring(number);
    CHECK(bench.AwaitFrame(number));
    // It sleeps until it is interrupted.
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

TEST("where the device has no room the guest's frames wait in its ring, and go on in order") {
  Bench bench;
  bench.StartGuest();
  bench.Begin(DeviceLink::kTransmit);
  const uint16_t room = bench.link->Room();
  while (bench.sent < room) {
    bench.Send();
    REQUIRE(bench.AwaitTaken());
  }
  for (int i = 0; i < 4; ++i) bench.Send();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK_EQ(bench.tx_ring.used_idx(), room);
  uint16_t next = 0;
  CHECK(Await([&] {
    const auto taken = bench.transmits->Take(64);
    for (const Bytes& frame : taken.frames)
      if (frame == Header() + Bench::FrameOf(next)) ++next;
    if (taken.interrupts) bench.Interrupt(DeviceLink::kTransmit);
    return next == bench.sent;
  }));
  CHECK(bench.AwaitTaken());
  CHECK_EQ(bench.Drops(*bench.tx, DropReason::kWireDown), 0);
}

TEST("without a device frames are dropped and counted, and a guest that waits is let go on") {
  Bench bench;
  bench.StartGuest();
  bench.Send();
  CHECK(bench.AwaitTaken());
  CHECK_EQ(bench.Drops(*bench.tx, DropReason::kWireDown), 1);

  bench.Begin(DeviceLink::kTransmit);
  const auto room = static_cast<uint16_t>(bench.link->Room() + 1);
  while (bench.sent < room) {
    bench.Send();
    REQUIRE(bench.AwaitTaken());
  }
  bench.Send();
  bench.link->Settle(DeviceLink::kTransmit);
  bench.link->End(DeviceLink::kTransmit);
  CHECK(bench.AwaitTaken());
  // Those in flight, the one that waited, and the first.
  CHECK(Await([&] { return bench.Drops(*bench.tx, DropReason::kWireDown) == room + 1; }));
}

TEST("a queue that is stopped sends what it has first") {
  Bench bench;
  bench.StartGuest();
  bench.Begin(DeviceLink::kTransmit);
  for (int i = 0; i < 5; ++i) bench.Send();
  CHECK(bench.AwaitTaken());
  std::vector<Bytes> frames;
  std::thread device([&] {
    while (frames.size() < 5)
      for (Bytes& frame : bench.transmits->Take(1).frames) frames.push_back(std::move(frame));
  });
  bench.link->Settle(DeviceLink::kTransmit);
  bench.link->End(DeviceLink::kTransmit);
  device.join();
  CHECK_EQ(bench.link->TakeLost(), 0u);
}

TEST("a queue that is begun again starts an empty ring, which serves on") {
  Bench bench;
  bench.StartGuest();
  bench.Post(kRingSize);
  for (uint16_t turn = 0; turn < 3; ++turn) {
    bench.Begin(DeviceLink::kTransmit);
    bench.Begin(DeviceLink::kReceive);
    bench.Send();
    CHECK(bench.AwaitTaken());
    CHECK(Await([&] { return bench.transmits->Take().frames.size() == 1; }));
    bench.Bring(turn);
    CHECK(bench.AwaitFrame(turn));
    for (const uint16_t queue : {DeviceLink::kTransmit, DeviceLink::kReceive}) {
      bench.link->Settle(queue);
      bench.link->End(queue);
    }
  }
  CHECK_EQ(bench.Drops(*bench.tx, DropReason::kWireDown), 0);
}

TEST("what the device received before it was stopped is the guest's still") {
  Bench bench;
  bench.StartGuest();
  bench.Post(4);
  bench.Begin(DeviceLink::kReceive);
  bench.receives->Fill(Header({}, 1) + Bench::FrameOf(9));
  bench.receives->Publish();
  bench.link->End(DeviceLink::kReceive);
  CHECK(bench.AwaitFrame(9));
}

TEST("a device that writes nonsense is told of once, and its frames end") {
  Bench bench;
  bench.StartGuest();
  bench.Begin(DeviceLink::kReceive);
  bench.receives->ClaimUsed(0x7fff);
  bench.Interrupt(DeviceLink::kReceive);
  CHECK(Await([&] { return bench.broke == 1; }));
  bench.Interrupt(DeviceLink::kReceive);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CHECK_EQ(bench.broke, 1);
}

}  // namespace
}  // namespace doorbell::device_link_test
