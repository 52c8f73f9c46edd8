#include "vfio/control_queue.h"

#include <array>
#include <functional>

#include "testing/bounce_device.h"
#include "testing/test.h"

namespace doorbell::control_queue_test {
namespace {

using testing::BounceMemory;
using testing::Bytes;

constexpr uint8_t kOk = 0;
constexpr std::array kData = {std::byte{7}, std::byte{8}, std::byte{9}};

// Serves the queue within each doorbell.
struct Bench {
  Bench() { Start(); }
  void Start() {
    told = queue.Fresh();
    const RingConfig config{told.size, told.desc, told.avail, told.used, AddressSpace::kGuest, kVersion1};
    auto attached = SplitRing::Attach(config, memory.seen(), 0, std::nullopt);
    REQUIRE(attached.ok());
    device.emplace(std::move(attached).value());
  }
  void Serve() {
    ChainBatch batch;
    REQUIRE(device->TakeOne(batch, Direction::kBoth) == BreakCode::kNone && batch.count == 1);
    Bytes command;
    for (const HostBuffer& buffer : batch.Readable(batch.chains[0])) {
      const auto* bytes = reinterpret_cast<const uint8_t*>(buffer.data);
      command.insert(command.end(), bytes, bytes + buffer.length);
    }
    commands.push_back(std::move(command));
    const HostBuffer answered = batch.Writable(batch.chains[0]).front();
    REQUIRE(answered.length == 1);
    *answered.data = std::byte{answer};
    device->Complete(batch.chains[0], 1);
    device->Publish();
  }
  Status Send(uint8_t command_class = 1, uint8_t command = 2) {
    return queue.Send(command_class, command, kData, ring);
  }

  const BounceMemory memory{4096};
  ControlQueue queue{memory.data(), BounceMemory::kIova};
  DeviceRing told;
  std::optional<SplitRing> device;
  std::vector<Bytes> commands;
  uint8_t answer = kOk;
  std::function<void()> ring = [this] { Serve(); };
};

TEST("a command reaches the device with its class, its number and its data, and its answer comes back") {
  Bench bench;
  CHECK(bench.Send(1, 2).ok());
  CHECK(bench.commands == std::vector<Bytes>({{1, 2, 7, 8, 9}}));
  CHECK_EQ(bench.told.vector, 0xffff);
}

TEST("commands follow one another around the ring, more than it has entries") {
  Bench bench;
  for (int i = 0; i < 1000; ++i) REQUIRE(bench.Send().ok());
  CHECK_EQ(bench.commands.size(), 1000u);
}

TEST("each command takes the descriptors behind those of the one before, as an in-order device expects") {
  Bench bench;
  std::vector<uint32_t> heads;
  bench.ring = [&] {
    uint16_t index = 0;
    uint16_t head = 0;
    const std::byte* avail = bench.memory.seen().FromGuest(bench.told.avail, 12);
    std::memcpy(&index, avail + 2, sizeof index);
    std::memcpy(&head, avail + 4 + (index - 1) % bench.told.size * 2, sizeof head);
    heads.push_back(head);
    bench.Serve();
  };
  for (int i = 0; i < 5; ++i) REQUIRE(bench.Send().ok());
  CHECK(heads == std::vector<uint32_t>({0, 3, 2, 1, 0}));
}

TEST("a command that the device refuses is an error, and the next may do") {
  Bench bench;
  bench.answer = 1;
  const Status refused = bench.Send(4, 0);
  REQUIRE(!refused.ok());
  CHECK_EQ(refused.error().code, "command-refused");
  bench.answer = kOk;
  CHECK(bench.Send().ok());
}

TEST("a device that does not answer is given up, and given nothing more until a fresh start") {
  Bench bench;
  const std::function<void()> serve = std::exchange(bench.ring, [] {});
  REQUIRE(!bench.Send().ok());
  bench.ring = serve;
  CHECK_EQ(bench.Send().error().code, "ETIMEDOUT");
  CHECK(bench.commands.empty());
  bench.Start();
  CHECK(bench.Send().ok());
}

TEST("a device that completes what it was not given leaves no way on") {
  for (const uint16_t used : {uint16_t{2}, uint16_t{0xffff}}) {
    Bench bench;
    bench.ring = [&] { std::memcpy(bench.memory.seen().FromGuest(bench.told.used, 4) + 2, &used, sizeof used); };
    CHECK_EQ(bench.Send().error().code, "EPROTO");
  }
  Bench bench;
  bench.ring = [&] {
    std::byte* used = bench.memory.seen().FromGuest(bench.told.used, 12);
    const uint32_t id = 1;
    const uint16_t one = 1;
    std::memcpy(used + 4, &id, sizeof id);
    std::memcpy(used + 2, &one, sizeof one);
  };
  CHECK_EQ(bench.Send().error().code, "EPROTO");
}

TEST("a command that is too long, or empty, is not sent") {
  Bench bench;
  const std::array<std::byte, ControlQueue::kMaxData + 1> data = {};
  CHECK_EQ(bench.queue.Send(0, 0, data, bench.ring).error().code, "EINVAL");
  CHECK_EQ(bench.queue.Send(0, 0, {}, bench.ring).error().code, "EINVAL");
  CHECK(bench.commands.empty());
}

}  // namespace
}  // namespace doorbell::control_queue_test
