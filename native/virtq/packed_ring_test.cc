#include "virtq/packed_ring.h"

#include "testing/raw_packed_ring.h"
#include "testing/test.h"

namespace doorbell::packed_ring_test {
namespace {

using testing::kIndirect;
using testing::kNext;
using testing::kWrite;
using testing::RawPackedRing;
using testing::RawRing;

constexpr uint16_t kStart = 0x8000;

PackedRing Attach(const RawPackedRing& raw, uint16_t base = kStart) {
  auto ring = PackedRing::Attach(raw.config(), *raw.memory(), base, std::nullopt);
  REQUIRE(ring.ok());
  return std::move(ring).value();
}

BreakCode TakeAll(PackedRing& ring, ChainBatch& batch, Direction direction = Direction::kReadable) {
  return ring.Take(batch, ChainBatch::kMaxChains, direction);
}

// Takes what is there, completes it and shows it; → whether the driver wants an interrupt.
bool ServeAll(PackedRing& ring, uint32_t written = 0) {
  ChainBatch batch;
  CHECK(TakeAll(ring, batch, Direction::kBoth) == BreakCode::kNone);
  for (size_t i = 0; i < batch.count; ++i) ring.Complete(batch.chains[i], written);
  return ring.Publish();
}

TEST("a packed chain of two descriptors is copied with both lengths and known by the id of its last") {
  RawPackedRing raw(8);
  raw.Offer(RawRing::BufferAddress(0), 12, 77, kNext);
  raw.Offer(RawRing::BufferAddress(1), 60, 5, 0);
  PackedRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch) == BreakCode::kNone);
  REQUIRE(batch.count == 1);
  CHECK_EQ(batch.chains[0].id, 5);
  CHECK_EQ(batch.chains[0].slots, 2);
  CHECK_EQ(batch.chains[0].readable_bytes, 72u);
  CHECK(batch.Readable(batch.chains[0])[1].data == raw.Buffer(1));
  ring.Complete(batch.chains[0], 0);
  CHECK(!raw.IsUsed(0));
  ring.Publish();
  CHECK(raw.IsUsed(0));
  CHECK_EQ(raw.At(0).id, 5);
  CHECK_EQ(ring.avail(), kStart | 2);
  CHECK_EQ(ring.used(), kStart | 2);
}

TEST("a packed ring of a size that is no power of two wraps with its counters") {
  RawPackedRing raw(3);
  PackedRing ring = Attach(raw);
  ChainBatch batch;
  for (uint16_t round = 0; round < 4; ++round) {
    raw.OfferBuffer(7, 20);
    raw.OfferBuffer(9, 30);
    CHECK(TakeAll(ring, batch) == BreakCode::kNone);
    REQUIRE(batch.count == 2);
    CHECK_EQ(batch.chains[0].id, 7);
    CHECK_EQ(batch.chains[1].readable_bytes, 30u);
    ring.Complete(batch.chains[0], 0);
    ring.Complete(batch.chains[1], 0);
    ring.Publish();
    CHECK_EQ(ring.avail(), raw.position());
    CHECK_EQ(ring.used(), raw.position());
    CHECK(TakeAll(ring, batch) == BreakCode::kNone);
    CHECK_EQ(batch.count, 0u);
  }
  // Eight descriptors in rings of three: two full laps, so the counter is the first one again.
  CHECK_EQ(raw.position(), kStart | 2);
}

TEST("a chain across the end of a packed ring is one chain") {
  RawPackedRing raw(4);
  raw.SetPosition(kStart | 3);
  raw.Offer(RawRing::BufferAddress(0), 12, 1, kNext);
  raw.Offer(RawRing::BufferAddress(1), 13, 1, 0);
  PackedRing ring = Attach(raw, kStart | 3);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch) == BreakCode::kNone);
  REQUIRE(batch.count == 1);
  CHECK_EQ(batch.chains[0].readable_bytes, 25u);
  ring.Complete(batch.chains[0], 0);
  ring.Publish();
  CHECK(raw.IsUsed(3, true));
  CHECK_EQ(ring.used(), 1);
}

TEST("of a packed batch the driver sees nothing before the first descriptor's flags") {
  RawPackedRing raw(8);
  for (uint16_t i = 0; i < 3; ++i) raw.OfferBuffer(i, 20, kWrite);
  PackedRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch, Direction::kWritable) == BreakCode::kNone);
  for (size_t i = 0; i < 3; ++i) ring.Complete(batch.chains[i], 20);
  CHECK(!raw.IsUsed(0));
  ring.Publish();
  for (uint32_t i = 0; i < 3; ++i) {
    CHECK(raw.IsUsed(i));
    CHECK_EQ(raw.At(i).length, 20u);
    CHECK((raw.At(i).flags & kWrite) != 0);
  }
}

TEST("a full packed ring is served and one descriptor more breaks it as a jump") {
  RawPackedRing raw(4);
  for (uint16_t i = 0; i < 4; ++i) raw.OfferBuffer(i, 20);
  PackedRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch) == BreakCode::kNone);
  CHECK_EQ(batch.count, 4u);
  raw.OfferBuffer(0, 20);
  CHECK(TakeAll(ring, batch) == BreakCode::kIndexJumped);
  CHECK_EQ(batch.count, 0u);
}

TEST("a packed chain as long as the ring is served and a longer one is too long") {
  RawPackedRing raw(3);
  for (uint16_t i = 0; i < 3; ++i) raw.Offer(RawRing::BufferAddress(i), 10, i, i < 2 ? kNext : 0);
  PackedRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch) == BreakCode::kNone);
  REQUIRE(batch.count == 1);
  CHECK_EQ(batch.chains[0].slots, 3);
  ring.Complete(batch.chains[0], 0);
  ring.Publish();
  for (uint16_t i = 0; i < 3; ++i) raw.Offer(RawRing::BufferAddress(i), 10, i, kNext);
  CHECK(TakeAll(ring, batch) == BreakCode::kChainTooLong);
  CHECK_EQ(batch.buffers.size(), 0u);
}

TEST("a packed chain that runs into a descriptor which is not available breaks the ring") {
  RawPackedRing raw(8);
  raw.Offer(RawRing::BufferAddress(0), 12, 1, kNext);
  PackedRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch) == BreakCode::kDescriptorOutOfRange);
}

TEST("a packed buffer outside memory or against the direction breaks the ring and the chains before it stand") {
  RawPackedRing raw(8);
  raw.OfferBuffer(0, 20);
  raw.Offer(RawRing::kGuestBase + RawRing::kSize - 8, 9, 1, 0);
  PackedRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch) == BreakCode::kBufferOutsideMemory);
  CHECK_EQ(batch.count, 1u);
  CHECK_EQ(ring.avail(), kStart | 1);

  RawPackedRing other(8);
  other.Offer(~uint64_t{0} - 3, 8, 1, 0);
  PackedRing wrapping = Attach(other);
  CHECK(TakeAll(wrapping, batch) == BreakCode::kBufferOutsideMemory);

  RawPackedRing third(8);
  third.OfferBuffer(0, 20, kWrite);
  PackedRing wrong = Attach(third);
  CHECK(TakeAll(wrong, batch) == BreakCode::kDirectionInvalid);
}

TEST("a packed indirect table is walked from first to last without its NEXT flags") {
  RawPackedRing raw(8, kIndirectDesc);
  raw.raw().WriteDescriptor(RawRing::kTables, RawRing::BufferAddress(0), 12, 0, 0);
  raw.raw().WriteDescriptor(RawRing::kTables + 16, RawRing::BufferAddress(1), 60, 0, 0);
  raw.Offer(RawRing::kTables, 32, 4, kIndirect);
  PackedRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch) == BreakCode::kNone);
  REQUIRE(batch.count == 1);
  CHECK_EQ(batch.chains[0].readable, 2u);
  CHECK_EQ(batch.chains[0].slots, 1);
  CHECK_EQ(batch.chains[0].id, 4);
}

TEST("packed indirect misuse breaks the ring: not negotiated, nested, chained, empty") {
  const auto broken_by = [](uint64_t features, uint32_t length, uint16_t flags, uint16_t inner) {
    RawPackedRing raw(8, features);
    // Flags are the last word of a packed descriptor, so the split writer's `next` is where they go.
    raw.raw().WriteDescriptor(RawRing::kTables, RawRing::BufferAddress(0), 12, 0, inner);
    raw.Offer(RawRing::kTables, length, 4, flags);
    PackedRing ring = Attach(raw);
    ChainBatch batch;
    return TakeAll(ring, batch);
  };
  CHECK(broken_by(0, 16, kIndirect, 0) == BreakCode::kIndirectInvalid);
  CHECK(broken_by(kIndirectDesc, 16, kIndirect, kIndirect) == BreakCode::kIndirectInvalid);
  CHECK(broken_by(kIndirectDesc, 16, kIndirect | kNext, 0) == BreakCode::kIndirectInvalid);
  CHECK(broken_by(kIndirectDesc, 0, kIndirect, 0) == BreakCode::kIndirectInvalid);
  CHECK(broken_by(kIndirectDesc, 15, kIndirect, 0) == BreakCode::kIndirectInvalid);
  CHECK(broken_by(kIndirectDesc, 16, kIndirect, 0) == BreakCode::kNone);
}

TEST("what was given back to a packed ring is taken again") {
  RawPackedRing raw(4);
  raw.SetPosition(kStart | 2);
  raw.Offer(RawRing::BufferAddress(0), 12, 1, kNext);
  raw.Offer(RawRing::BufferAddress(1), 12, 1, 0);
  raw.OfferBuffer(2, 20);
  PackedRing ring = Attach(raw, kStart | 2);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch) == BreakCode::kNone);
  REQUIRE(batch.count == 2);
  ring.Untake(batch.Last(2));
  CHECK_EQ(ring.avail(), kStart | 2);
  CHECK(TakeAll(ring, batch) == BreakCode::kNone);
  CHECK_EQ(batch.count, 2u);
}

TEST("a packed driver's event flags say when it wants an interrupt") {
  RawPackedRing raw(4, kEventIdx);
  PackedRing ring = Attach(raw);
  const auto serve_two = [&] {
    raw.OfferBuffer(0, 20);
    raw.OfferBuffer(1, 20);
    return ServeAll(ring);
  };
  raw.SetDriverEvent(0, RawPackedRing::kEnable);
  CHECK(serve_two());
  raw.SetDriverEvent(0, RawPackedRing::kDisable);
  CHECK(!serve_two());
  // Slots 0 and 1 of the second lap come next; the driver waits for slot 2 of it.
  raw.SetDriverEvent(2, RawPackedRing::kAtDescriptor);
  CHECK(!serve_two());
  CHECK(serve_two());
  // The same slot of the lap before is long past; of this lap it comes with the second pair.
  raw.SetDriverEvent(kStart | 1, RawPackedRing::kAtDescriptor);
  CHECK(serve_two());
  CHECK(!serve_two());
}

TEST("an event at the end of a packed lap is met by a batch across it") {
  RawPackedRing raw(4, kEventIdx);
  raw.SetPosition(kStart | 3);
  PackedRing ring = Attach(raw, kStart | 3);
  raw.SetDriverEvent(kStart | 3, RawPackedRing::kAtDescriptor);
  raw.OfferBuffer(0, 20);
  raw.OfferBuffer(1, 20);
  CHECK(ServeAll(ring));
}

TEST("a packed device asks for a notification of the first descriptor it has not seen") {
  RawPackedRing raw(4, kEventIdx);
  PackedRing ring = Attach(raw);
  CHECK(!ring.EnableNotifications());
  CHECK_EQ(raw.device_flags(), RawPackedRing::kAtDescriptor);
  CHECK_EQ(raw.device_off_wrap(), kStart);
  raw.OfferBuffer(0, 20);
  raw.OfferBuffer(1, 20);
  CHECK(ring.EnableNotifications());
  CHECK_EQ(ring.Refresh(), 2);
  CHECK(ring.notifications_stale());
  CHECK(!ring.EnableNotifications());
  CHECK_EQ(raw.device_off_wrap(), kStart | 2);
  CHECK(!ring.notifications_stale());
  ring.DisableNotifications();
  CHECK_EQ(raw.device_flags(), RawPackedRing::kDisable);
}

TEST("without EVENT_IDX a packed device knows on and off only") {
  RawPackedRing raw(4);
  PackedRing ring = Attach(raw);
  ring.EnableNotifications();
  CHECK_EQ(raw.device_flags(), RawPackedRing::kEnable);
  ring.DisableNotifications();
  CHECK_EQ(raw.device_flags(), RawPackedRing::kDisable);
  raw.OfferBuffer(0, 20);
  CHECK(ring.EnableNotifications());
  CHECK_EQ(raw.device_flags(), RawPackedRing::kEnable);
}

TEST("a full packed ring expects no news") {
  RawPackedRing raw(2, kEventIdx);
  PackedRing ring = Attach(raw);
  raw.OfferBuffer(0, 20);
  raw.OfferBuffer(1, 20);
  CHECK_EQ(ring.Refresh(), 2);
  CHECK(!ring.EnableNotifications());
}

TEST("what was published in a packed ring is counted on across its laps") {
  RawPackedRing raw(4);
  PackedRing ring = Attach(raw);
  CHECK_EQ(ring.PeekAvail(), 0);
  for (int i = 0; i < 5; ++i) {
    raw.OfferBuffer(0, 20);
    raw.OfferBuffer(1, 20);
    raw.OfferBuffer(2, 20);
    CHECK_EQ(ring.PeekAvail(), 3 * i + 3);
    ServeAll(ring);
    CHECK_EQ(ring.PeekUsed(), 3 * i + 3);
    CHECK_EQ(ring.PeekAvail(), 3 * i + 3);
  }
  for (int i = 0; i < 4; ++i) raw.OfferBuffer(0, 20);
  CHECK_EQ(ring.PeekAvail(), 19);
}

TEST("a packed ring goes on with descriptors in flight and refuses places it does not have") {
  RawPackedRing raw(4);
  const auto attach = [&](uint16_t avail, uint16_t used) {
    return PackedRing::Attach(raw.config(), *raw.memory(), avail, used).ok();
  };
  CHECK(attach(kStart | 3, kStart | 1));
  CHECK(attach(1, kStart | 3));
  CHECK(attach(0, kStart));
  CHECK(!attach(1, kStart));
  CHECK(!attach(kStart | 1, kStart | 3));
  CHECK(!attach(kStart | 4, kStart | 4));
}

TEST("the areas of a packed ring are checked for size and alignment") {
  RawPackedRing raw(4);
  const auto refused = [&](RingConfig config) {
    return !PackedRing::Attach(config, *raw.memory(), kStart, std::nullopt).ok();
  };
  RingConfig config = raw.config();
  config.desc += 8;
  CHECK(refused(config));
  config = raw.config();
  config.avail += 2;
  CHECK(refused(config));
  config = raw.config();
  config.used = RawRing::kFrontendBase + RawRing::kSize - 2;
  CHECK(refused(config));
  config = raw.config();
  config.size = kMaxRingSize + 1;
  CHECK(refused(config));
  CHECK(!refused(raw.config()));
}

}  // namespace
}  // namespace doorbell::packed_ring_test
