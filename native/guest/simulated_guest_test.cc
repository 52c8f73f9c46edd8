#include "guest/simulated_guest.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <latch>
#include <memory>
#include <thread>
#include <utility>

#include "testing/echo_device.h"
#include "testing/test.h"
#include "virtq/now.h"
#include "virtq/ring_config.h"

namespace doorbell::simulated_guest_test {
namespace {

using testing::EchoDevice;
using Fault = EchoDevice::Fault;

constexpr uint64_t kPlain = kVersion1;
constexpr uint64_t kAll = kVersion1 | kEventIdx | kIndirectDesc;
constexpr uint64_t kLongNs = 60'000'000'000;
constexpr Traffic kFlood{Traffic::Kind::kStream, 0};

std::unique_ptr<SimulatedGuest> NewGuest(uint32_t pairs, uint32_t size, uint64_t features) {
  auto guest = SimulatedGuest::Create({pairs, size, features});
  REQUIRE(guest.ok());
  return std::move(guest).value();
}

// Polls with a deadline: threads need time that nobody can know.
bool Eventually(const std::function<bool()>& condition) {
  const uint64_t deadline = NowNs() + kLongNs;
  while (!condition()) {
    if (NowNs() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

void Drain(SimulatedGuest& guest, uint64_t timeout_ns = kLongNs) {
  std::latch ended(1);
  guest.Drain(timeout_ns, [&ended] { ended.count_down(); });
  ended.wait();
}

bool Received(const SimulatedGuest& guest, uint64_t each) {
  for (uint32_t pair = 0; pair < guest.pair_count(); ++pair)
    if (guest.Sample(pair).received < each) return false;
  return true;
}

void CheckFlawless(const SimulatedGuest& guest) {
  for (uint32_t pair = 0; pair < guest.pair_count(); ++pair) {
    const SimulatedGuest::PairSample sample = guest.Sample(pair);
    CHECK_EQ(sample.received, sample.sent);
    CHECK_EQ(sample.lost, 0u);
    CHECK_EQ(sample.duplicated, 0u);
    CHECK_EQ(sample.reordered, 0u);
    CHECK_EQ(sample.corrupted, 0u);
  }
}

void StreamThrough(uint32_t size, uint64_t features, uint16_t base) {
  const auto guest = NewGuest(2, size, features);
  guest->Reset(base);
  const EchoDevice device(*guest, features, base, Fault::kNone);
  guest->Run(kFlood);
  CHECK(Eventually([&] { return Received(*guest, 20'000); }));
  Drain(*guest);
  CheckFlawless(*guest);
  CHECK(device.content());
}

// Streams until `enough` and answers the totals of the one pair.
SimulatedGuest::PairSample StreamWithFault(
    Fault fault, const std::function<bool(const SimulatedGuest::PairSample&)>& enough) {
  const auto guest = NewGuest(1, 64, kAll);
  guest->Reset(0);
  const EchoDevice device(*guest, kAll, 0, fault);
  guest->Run(kFlood);
  CHECK(Eventually([&] { return enough(guest->Sample(0)); }));
  Drain(*guest, 200'000'000);
  return guest->Sample(0);
}

TEST("a stream comes back whole with EVENT_IDX and INDIRECT") { StreamThrough(256, kAll, 0); }
TEST("a stream comes back whole without EVENT_IDX and INDIRECT") { StreamThrough(256, kPlain, 0); }
TEST("a stream comes back whole with EVENT_IDX alone, from just before the wrap") {
  StreamThrough(64, kVersion1 | kEventIdx, 0xfff0);
}
TEST("a stream comes back whole with INDIRECT alone on the smallest ring") {
  StreamThrough(SimulatedGuest::kMinQueueSize, kVersion1 | kIndirectDesc, 0x7fff);
}

TEST("a ping is sent at its rate, answered, and timed") {
  const auto guest = NewGuest(1, 64, kAll);
  guest->Reset(0);
  const EchoDevice device(*guest, kAll, 0, Fault::kNone);
  const uint64_t begin = NowNs();
  guest->Run({Traffic::Kind::kPing, 1000});
  CHECK(Eventually([&] { return Received(*guest, 100); }));
  Drain(*guest);
  const SimulatedGuest::PairSample sample = guest->Sample(0);
  // 1 ms each: never ahead of the clock.
  CHECK(sample.sent <= (NowNs() - begin) / 1'000'000 + 2);
  CHECK(sample.rtt_p50_ns.value_or(0) > 0);
  CHECK(sample.rtt_p99_ns.value_or(0) >= sample.rtt_p50_ns.value_or(1));
  CHECK(sample.interrupts > 0);
  CheckFlawless(*guest);
}

TEST("a stream keeps below its rate") {
  const auto guest = NewGuest(1, 256, kAll);
  guest->Reset(0);
  const EchoDevice device(*guest, kAll, 0, Fault::kNone);
  const uint64_t begin = NowNs();
  guest->Run({Traffic::Kind::kStream, 20'000});
  CHECK(Eventually([&] { return Received(*guest, 2'000); }));
  Drain(*guest);
  // 50 µs each, and 10 ms that may be caught up.
  CHECK(guest->Sample(0).sent <= (NowNs() - begin) / 50'000 + 201);
}

TEST("a frame that the device drops is lost after a drain") {
  const auto sample = StreamWithFault(Fault::kDrop, [](const auto& s) { return s.sent >= 64; });
  CHECK(sample.lost > 0);
  CHECK_EQ(sample.received + sample.lost, sample.sent);
  CHECK_EQ(sample.duplicated + sample.reordered + sample.corrupted, 0u);
}

TEST("a frame that the device returns twice is duplicated") {
  const auto sample = StreamWithFault(Fault::kDuplicate, [](const auto& s) { return s.duplicated > 0; });
  CHECK_EQ(sample.corrupted, 0u);
}

TEST("frames that change places are reordered and not lost") {
  const auto sample = StreamWithFault(Fault::kSwap, [](const auto& s) { return s.reordered > 3; });
  CHECK_EQ(sample.duplicated + sample.corrupted, 0u);
  // The last one may be waiting for a successor.
  CHECK(sample.lost <= 1);
}

TEST("a flipped bit is a corrupted frame") {
  const auto sample = StreamWithFault(Fault::kFlipBit, [](const auto& s) { return s.corrupted > 0; });
  CHECK_EQ(sample.received + sample.lost, sample.sent);
}

TEST("a used entry longer than its buffer is corrupted and read no further") {
  const auto sample = StreamWithFault(Fault::kWrongLength, [](const auto& s) { return s.corrupted > 0; });
  CHECK_EQ(sample.duplicated + sample.reordered, 0u);
}

TEST("a used entry that names no chain is corrupted and the rest goes on") {
  const auto sample = StreamWithFault(Fault::kWrongId, [](const auto& s) { return s.corrupted > 2; });
  CHECK(sample.received > 16);
}

TEST("a jumping used index kills the ring and not the guest, and a reset brings it back") {
  const auto guest = NewGuest(1, 64, kAll);
  guest->Reset(0);
  {
    const EchoDevice device(*guest, kAll, 0, Fault::kIndexJump);
    guest->Run(kFlood);
    CHECK(Eventually([&] { return guest->Sample(0).corrupted > 0; }));
  }
  guest->Reset(500);
  const uint64_t corrupted = guest->Sample(0).corrupted;
  const uint64_t received = guest->Sample(0).received;
  const EchoDevice device(*guest, kAll, 500, Fault::kNone);
  guest->Run(kFlood);
  CHECK(Eventually([&] { return guest->Sample(0).received > received + 1000; }));
  Drain(*guest);
  CHECK_EQ(guest->Sample(0).corrupted, corrupted);
  CHECK_EQ(guest->Sample(0).lost, 0u);
}

TEST("while a page is mapped the driver rings it and kicks nobody; unmapped it kicks again") {
  const auto guest = NewGuest(1, 64, kAll);
  guest->Reset(0);
  const EchoDevice device(*guest, kAll, 0, Fault::kNone);
  REQUIRE(guest->MapNotify(0, device.pages_fd(), 0, PageSize()).ok());
  REQUIRE(guest->MapNotify(1, device.pages_fd(), PageSize(), PageSize()).ok());
  guest->Run({Traffic::Kind::kPing, 1000});
  CHECK(Eventually([&] { return Received(*guest, 50); }));
  CHECK_EQ(guest->Sample(0).kicks, 0u);
  CHECK(guest->Sample(0).doorbells > 0);
  CHECK(device.doorbells() > 0);
  guest->UnmapNotify(0);
  guest->UnmapNotify(1);
  const uint64_t doorbells = guest->Sample(0).doorbells;
  CHECK(Eventually([&] { return guest->Sample(0).kicks > 10; }));
  CHECK_EQ(guest->Sample(0).doorbells, doorbells);
  Drain(*guest);
  CheckFlawless(*guest);
  CHECK(device.content());
}

TEST("mapping and unmapping under a stream loses nothing and never stores to an unmapped page") {
  const auto guest = NewGuest(2, 128, kAll);
  guest->Reset(0);
  const EchoDevice device(*guest, kAll, 0, Fault::kNone);
  guest->Run(kFlood);
  for (int i = 0; i < 500; ++i) {
    const uint32_t queue = static_cast<uint32_t>(i) % 4;
    CHECK(guest->MapNotify(queue, device.pages_fd(), queue * PageSize(), PageSize()).ok());
    guest->UnmapNotify((queue + 2) % 4);
  }
  Drain(*guest);
  CheckFlawless(*guest);
  CHECK(device.content());
}

TEST("without a device nothing comes back, a drain ends at its time-out, and all of it is lost") {
  const auto guest = NewGuest(1, 64, kAll);
  guest->Reset(0);
  guest->Run(kFlood);
  CHECK(Eventually([&] { return guest->Sample(0).sent == 56; }));
  Drain(*guest, 1'000'000);
  CHECK_EQ(guest->Sample(0).lost, 56u);
  CHECK(!guest->Sample(0).rtt_p50_ns.has_value());
}

TEST("what was in flight at a reset is not lost") {
  const auto guest = NewGuest(1, 64, kAll);
  guest->Reset(0);
  guest->Run(kFlood);
  CHECK(Eventually([&] { return guest->Sample(0).sent > 0; }));
  guest->Reset(9);
  const EchoDevice device(*guest, kAll, 9, Fault::kNone);
  const uint64_t sent = guest->Sample(0).sent;
  guest->Run(kFlood);
  CHECK(Eventually([&] { return guest->Sample(0).received > 1000; }));
  Drain(*guest);
  CHECK_EQ(guest->Sample(0).lost, 0u);
  CHECK_EQ(guest->Sample(0).received, guest->Sample(0).sent - sent);
}

TEST("a guest that is destroyed ends its drains") {
  std::atomic<int> ended{0};
  {
    const auto guest = NewGuest(1, 64, kAll);
    guest->Reset(0);
    guest->Run(kFlood);
    CHECK(Eventually([&] { return guest->Sample(0).sent > 0; }));
    guest->Drain(kLongNs, [&ended] { ++ended; });
    guest->Drain(kLongNs, [&ended] { ++ended; });
  }
  CHECK_EQ(ended.load(), 2);
}

TEST("a guest whose features it cannot speak, or out of bounds, is refused") {
  const auto code = [](uint32_t pairs, uint32_t size, uint64_t features) {
    const auto guest = SimulatedGuest::Create({pairs, size, features});
    return guest ? std::string() : guest.error().code;
  };
  CHECK_EQ(code(0, 256, kAll), "EINVAL");
  CHECK_EQ(code(SimulatedGuest::kMaxQueuePairs + 1, 256, kAll), "EINVAL");
  CHECK_EQ(code(1, 100, kAll), "EINVAL");
  CHECK_EQ(code(1, 2, kAll), "EINVAL");
  CHECK_EQ(code(1, 256, kRingPacked), "EINVAL");
}

}  // namespace
}  // namespace doorbell::simulated_guest_test
