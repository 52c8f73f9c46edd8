#include "virtq/ring_server.h"

#include <unistd.h>

#include <thread>

#include "testing/raw_ring.h"
#include "testing/test.h"
#include "virtq/now.h"

namespace doorbell::ring_server_test {
namespace {

using testing::kWrite;
using testing::RawRing;
using testing::Signals;

std::shared_ptr<const EventTarget> Target(const Signals& signals) {
  auto target = EventTarget::From(signals.fd());
  REQUIRE(target.ok());
  return std::move(target).value();
}

size_t ServeOnce(RingServer& server) {
  ChainBatch batch;
  const BatchLock lock(server.mutex());
  if (!server.serving()) return 0;
  const size_t count = server.Take(batch, ChainBatch::kMaxChains);
  for (size_t i = 0; i < count; ++i) server.Complete(batch.chains[i], 0);
  if (count > 0) server.Publish();
  return count;
}

TEST("a stopped ring tells the index to go on from and lets go of its memory") {
  RawRing raw(8);
  RingServer server(Direction::kReadable, nullptr);
  REQUIRE(server.Start(raw.config(), raw.memory(), 0).ok());
  raw.OfferBuffer(0, 20);
  raw.OfferBuffer(1, 20);
  CHECK_EQ(ServeOnce(server), 2u);
  CHECK_EQ(raw.memory().use_count(), 2);
  CHECK_EQ(server.Stop(), 2u);
  CHECK_EQ(raw.memory().use_count(), 1);
  CHECK_EQ(server.Stop(), 2u);
  CHECK(!server.started());
}

TEST("a ring that is started is not started again") {
  RawRing raw(8);
  RingServer server(Direction::kReadable, nullptr);
  REQUIRE(server.Start(raw.config(), raw.memory(), 0).ok());
  const Status again = server.Start(raw.config(), raw.memory(), 0);
  REQUIRE(!again.ok());
  CHECK_EQ(again.error().code, "EBUSY");
}

TEST("the first batch after a start signals although the driver asked for silence") {
  RawRing raw(8);
  Signals call;
  raw.SetAvailFlags(1);
  RingServer server(Direction::kReadable, nullptr);
  server.SetCall(Target(call));
  REQUIRE(server.Start(raw.config(), raw.memory(), 0).ok());
  raw.OfferBuffer(0, 20);
  ServeOnce(server);
  CHECK_EQ(call.Take(), 1u);
  raw.OfferBuffer(1, 20);
  ServeOnce(server);
  CHECK_EQ(call.Take(), 0u);
  CHECK_EQ(server.counters().calls.load(), 1u);
  CHECK_EQ(server.chains(), 2u);
}

TEST("a broken ring is served no more, tells why once, and signals its err fd") {
  RawRing raw(8);
  Signals err;
  int breaks = 0;
  RingServer server(Direction::kReadable, [&breaks] { ++breaks; });
  server.SetErr(Target(err));
  REQUIRE(server.Start(raw.config(), raw.memory(), 0).ok());
  raw.Offer(200);
  CHECK_EQ(ServeOnce(server), 0u);
  CHECK_EQ(ServeOnce(server), 0u);
  CHECK(server.broken() == BreakCode::kDescriptorOutOfRange);
  CHECK_EQ(err.Take(), 1u);
  CHECK_EQ(breaks, 1);
}

TEST("a broken ring is whole again after a restart") {
  RawRing raw(8);
  RingServer server(Direction::kReadable, nullptr);
  REQUIRE(server.Start(raw.config(), raw.memory(), 0).ok());
  raw.Offer(200);
  ServeOnce(server);
  CHECK_EQ(server.Stop(), 0u);
  CHECK(server.broken() == BreakCode::kDescriptorOutOfRange);
  REQUIRE(server.Start(raw.config(), raw.memory(), 1).ok());
  CHECK(server.broken() == BreakCode::kNone);
  raw.OfferBuffer(0, 20);
  CHECK_EQ(ServeOnce(server), 1u);
}

TEST("a ring let go of its hold while it is empty asks the driver for kicks again") {
  RawRing raw(8);
  RingServer server(Direction::kReadable, nullptr);
  REQUIRE(server.Start(raw.config(), raw.memory(), 0).ok());
  server.HoldAtStart([] {});
  {
    // As a worker leaves it that polled until the ring was held, and rested.
    const BatchLock lock(server.mutex());
    server.DisableNotifications();
  }
  CHECK_EQ(ServeOnce(server), 0u);
  CHECK_EQ(raw.used_flags(), 1);
  server.HoldAtStart(nullptr);
  CHECK_EQ(raw.used_flags(), 0);
}

TEST("memory that was truncated breaks its ring") {
  RawRing raw(8);
  RingServer server(Direction::kReadable, nullptr);
  REQUIRE(server.Start(raw.config(), raw.memory(), 0).ok());
  REQUIRE(ftruncate(raw.fd(), 0) == 0);
  // Somebody reads beyond the end.
  CHECK_EQ(raw.Load16(RawRing::kBuffers), 0);
  CHECK_EQ(ServeOnce(server), 0u);
  CHECK(server.broken() == BreakCode::kMemoryTruncated);
  const Status again = RingServer(Direction::kReadable, nullptr).Start(raw.config(), raw.memory(), 0);
  REQUIRE(!again.ok());
  CHECK_EQ(again.error().code, "memory-truncated");
}

TEST("a new memory generation is served from the same index, and the old one let go") {
  RawRing raw(8);
  RingServer server(Direction::kReadable, nullptr);
  std::shared_ptr<GuestMemory> old = raw.Map();
  REQUIRE(server.Start(raw.config(), old, 0).ok());
  raw.OfferBuffer(0, 20);
  ServeOnce(server);
  REQUIRE(server.ReplaceMemory(raw.memory()).ok());
  CHECK_EQ(old.use_count(), 1);
  raw.OfferBuffer(1, 20);
  CHECK_EQ(ServeOnce(server), 1u);
  CHECK_EQ(raw.used_idx(), 2);
  CHECK_EQ(server.Stop(), 2u);
}

TEST("a memory generation without the ring's areas is refused and the old one served on") {
  RawRing raw(8);
  RingServer server(Direction::kReadable, nullptr);
  REQUIRE(server.Start(raw.config(), raw.memory(), 0).ok());
  auto empty = GuestMemory::Map({});
  REQUIRE(empty.ok());
  const Status replaced = server.ReplaceMemory(empty.value());
  REQUIRE(!replaced.ok());
  CHECK_EQ(replaced.error().code, "ring-address-invalid");
  raw.OfferBuffer(0, 20);
  CHECK_EQ(ServeOnce(server), 1u);
}

TEST("a handover passes index and used index, and only the new owner serves") {
  RawRing raw(8, kVersion1 | kEventIdx);
  raw.SetIndices(65535);
  RingServer engine(Direction::kReadable, nullptr);
  RingServer device(Direction::kReadable, nullptr);
  REQUIRE(engine.Start(raw.config(), raw.memory(), 65535).ok());
  raw.OfferBuffer(0, 20);
  ServeOnce(engine);
  const auto base = RingServer::HandOver(engine, device, std::nullopt);
  REQUIRE(base.ok());
  CHECK_EQ(base.value(), 0u);
  CHECK(!engine.started());
  raw.OfferBuffer(1, 20);
  CHECK_EQ(ServeOnce(engine), 0u);
  CHECK_EQ(ServeOnce(device), 1u);
  CHECK_EQ(raw.used_idx(), 1);
  CHECK_EQ(raw.memory().use_count(), 2);
}

TEST("the new owner's first batch signals although the driver waits for none") {
  RawRing raw(8, kVersion1 | kEventIdx);
  Signals call;
  RingServer engine(Direction::kReadable, nullptr);
  RingServer device(Direction::kReadable, nullptr);
  device.SetCall(Target(call));
  REQUIRE(engine.Start(raw.config(), raw.memory(), 0).ok());
  raw.SetUsedEvent(30000);
  REQUIRE(RingServer::HandOver(engine, device, std::nullopt).ok());
  raw.OfferBuffer(0, 20);
  ServeOnce(device);
  CHECK_EQ(call.Take(), 1u);
}

TEST("the new owner asks for notifications beyond its own position") {
  RawRing raw(8, kVersion1 | kEventIdx);
  RingServer engine(Direction::kReadable, nullptr);
  RingServer device(Direction::kReadable, nullptr);
  REQUIRE(engine.Start(raw.config(), raw.memory(), 0).ok());
  raw.OfferBuffer(0, 20);
  ServeOnce(engine);
  {
    const BatchLock lock(engine.mutex());
    engine.DisableNotifications();
  }
  REQUIRE(RingServer::HandOver(engine, device, std::nullopt).ok());
  CHECK_EQ(raw.avail_event(), 1);
}

TEST("a handover of a ring that nobody started fails") {
  RingServer engine(Direction::kReadable, nullptr);
  RingServer device(Direction::kReadable, nullptr);
  const auto base = RingServer::HandOver(engine, device, std::nullopt);
  REQUIRE(!base.ok());
  CHECK_EQ(base.error().code, "ENOTCONN");
}

TEST("a handover to an owner that is busy fails and the engine serves on") {
  RawRing raw(8);
  RawRing other(8);
  RingServer engine(Direction::kReadable, nullptr);
  RingServer device(Direction::kReadable, nullptr);
  REQUIRE(engine.Start(raw.config(), raw.memory(), 0).ok());
  REQUIRE(device.Start(other.config(), other.memory(), 0).ok());
  const auto base = RingServer::HandOver(engine, device, std::nullopt);
  REQUIRE(!base.ok());
  CHECK_EQ(base.error().code, "EBUSY");
  raw.OfferBuffer(0, 20);
  CHECK_EQ(ServeOnce(engine), 1u);
}

TEST("a handover of a broken ring fails by the code of the break") {
  RawRing raw(8);
  RingServer engine(Direction::kReadable, nullptr);
  RingServer device(Direction::kReadable, nullptr);
  REQUIRE(engine.Start(raw.config(), raw.memory(), 0).ok());
  raw.Offer(200);
  ServeOnce(engine);
  const auto base = RingServer::HandOver(engine, device, std::nullopt);
  REQUIRE(!base.ok());
  CHECK_EQ(base.error().code, "ring-descriptor-out-of-range");
}

TEST("the blackout of a ring with work ends at the new owner's first chain") {
  RawRing raw(8);
  RingServer engine(Direction::kReadable, nullptr);
  RingServer device(Direction::kReadable, nullptr);
  REQUIRE(engine.Start(raw.config(), raw.memory(), 0).ok());
  CHECK_EQ(device.blackout_ns(), -1);
  raw.OfferBuffer(0, 20);
  REQUIRE(RingServer::HandOver(engine, device, std::nullopt).ok());
  const uint64_t so_far = device.AwaitFirstTake(1000);
  CHECK(so_far >= 1000);
  ServeOnce(device);
  const int64_t final = device.blackout_ns();
  CHECK(final >= static_cast<int64_t>(so_far));
  CHECK_EQ(device.blackout_ns(), final);
}

TEST("the blackout of a receive ring begins when the first frame was held, not with the frame before it") {
  constexpr uint64_t kQuietNs = 1'000'000;
  RawRing raw(8);
  RingServer engine(Direction::kWritable, nullptr);
  RingServer device(Direction::kWritable, nullptr);
  REQUIRE(engine.Start(raw.config(), raw.memory(), 0).ok());
  raw.OfferBuffer(0, 20, kWrite);
  const uint64_t begun = NowNs();
  while (NowNs() - begun < kQuietNs) continue;
  REQUIRE(RingServer::HandOver(engine, device, NowNs()).ok());
  ServeOnce(device);
  const auto all = static_cast<int64_t>(NowNs() - begun);
  CHECK(device.blackout_ns() > 0);
  CHECK(device.blackout_ns() <= all - static_cast<int64_t>(kQuietNs));
}

// Two threads serve, a driver offers, and a third thread passes the ring to and fro: every chain is completed
// once and in order.
TEST("chains survive a ring that changes hands all the time") {
  constexpr uint32_t kChains = 20000;
  RawRing raw(64, kVersion1 | kEventIdx);
  RingServer a(Direction::kReadable, nullptr);
  RingServer b(Direction::kReadable, nullptr);
  REQUIRE(a.Start(raw.config(), raw.memory(), 0).ok());
  std::atomic<bool> done{false};
  const auto serve = [&done](RingServer& server) {
    while (!done.load()) {
      if (ServeOnce(server) == 0) std::this_thread::yield();
    }
  };
  std::thread server_a(serve, std::ref(a));
  std::thread server_b(serve, std::ref(b));
  std::atomic<uint32_t> handovers{0};
  std::thread commander([&] {
    while (!done.load()) {
      RingServer& from = a.started() ? a : b;
      RingServer& to = a.started() ? b : a;
      if (RingServer::HandOver(from, to, std::nullopt).ok()) ++handovers;
      std::this_thread::yield();
    }
  });
  uint32_t offered = 0;
  uint32_t seen = 0;
  uint32_t wrong = 0;
  while (seen < kChains) {
    // On a busy machine the commander may hardly run: the driver waits for a handover now and then.
    while (offered < kChains && offered - seen < 64 && handovers.load() >= offered / 1000) {
      raw.OfferBuffer(static_cast<uint16_t>(offered % 64), 20);
      ++offered;
    }
    const auto used = static_cast<uint16_t>(raw.used_idx() - static_cast<uint16_t>(seen));
    for (uint16_t i = 0; i < used; ++i, ++seen)
      if (raw.used_id(static_cast<uint16_t>(seen)) != seen % 64) ++wrong;
    if (used == 0) std::this_thread::yield();
  }
  done.store(true);
  server_a.join();
  server_b.join();
  commander.join();
  CHECK_EQ(wrong, 0u);
  CHECK_EQ(a.chains() + b.chains(), uint64_t{kChains});
  CHECK(handovers.load() > 10);
}

TEST("stopping and starting under load loses no chain") {
  constexpr uint32_t kChains = 20000;
  RawRing raw(64);
  RingServer server(Direction::kReadable, nullptr);
  REQUIRE(server.Start(raw.config(), raw.memory(), 0).ok());
  std::atomic<bool> done{false};
  std::thread worker([&] {
    while (!done.load()) {
      if (ServeOnce(server) == 0) std::this_thread::yield();
    }
  });
  std::thread commander([&] {
    while (!done.load()) {
      const uint32_t base = server.Stop();
      CHECK_EQ(base, raw.used_idx());
      CHECK(server.Start(raw.config(), raw.memory(), base).ok());
      std::this_thread::yield();
    }
  });
  uint32_t offered = 0;
  uint32_t seen = 0;
  while (seen < kChains) {
    for (; offered < kChains && offered - seen < 64; ++offered)
      raw.OfferBuffer(static_cast<uint16_t>(offered % 64), 20);
    seen += static_cast<uint16_t>(raw.used_idx() - static_cast<uint16_t>(seen));
    std::this_thread::yield();
  }
  done.store(true);
  worker.join();
  commander.join();
  CHECK_EQ(server.chains(), uint64_t{kChains});
}

}  // namespace
}  // namespace doorbell::ring_server_test
