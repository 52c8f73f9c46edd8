#include "virtq/split_ring.h"

#include "testing/raw_ring.h"
#include "testing/test.h"

namespace doorbell::split_ring_test {
namespace {

using testing::kIndirect;
using testing::kNext;
using testing::kWrite;
using testing::RawRing;

constexpr uint64_t kEvents = kVersion1 | kEventIdx;

SplitRing Attach(const RawRing& raw, uint16_t base = 0) {
  auto ring = SplitRing::Attach(raw.config(), *raw.memory(), base, std::nullopt);
  REQUIRE(ring.ok());
  return std::move(ring).value();
}

BreakCode TakeAll(SplitRing& ring, ChainBatch& batch, Direction direction = Direction::kReadable) {
  return ring.Take(batch, ChainBatch::kMaxChains, direction);
}

TEST("a chain of two buffers is copied with both lengths and completed at its head") {
  RawRing raw(8);
  raw.Describe(3, RawRing::BufferAddress(0), 12, kNext, 5);
  raw.Describe(5, RawRing::BufferAddress(1), 60, 0);
  raw.Offer(3);
  SplitRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch) == BreakCode::kNone);
  REQUIRE(batch.count == 1);
  CHECK_EQ(batch.chains[0].readable, 2u);
  CHECK_EQ(batch.chains[0].readable_bytes, 72u);
  CHECK(batch.Readable(batch.chains[0])[1].data == raw.Buffer(1));
  ring.Complete(batch.chains[0], 0);
  CHECK_EQ(raw.used_idx(), 0);
  ring.Publish();
  CHECK_EQ(raw.used_idx(), 1);
  CHECK_EQ(raw.used_id(0), 3u);
}

TEST("indices wrap at 65536 and slots at the ring size") {
  RawRing raw(4);
  raw.SetIndices(65534);
  SplitRing ring = Attach(raw, 65534);
  ChainBatch batch;
  for (uint16_t i = 0; i < 4; ++i) raw.OfferBuffer(i, 20);
  CHECK(TakeAll(ring, batch) == BreakCode::kNone);
  CHECK_EQ(batch.count, 4u);
  for (size_t i = 0; i < 4; ++i) ring.Complete(batch.chains[i], 7);
  ring.Publish();
  CHECK_EQ(raw.used_idx(), 2);
  CHECK_EQ(raw.used_id(65535), 1u);
  CHECK_EQ(raw.used_id(1), 3u);
  CHECK_EQ(ring.avail(), 2);
}

TEST("a full ring is served and one entry more breaks it as a jump") {
  RawRing raw(4);
  for (uint16_t i = 0; i < 4; ++i) raw.OfferBuffer(i, 20);
  SplitRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch) == BreakCode::kNone);
  CHECK_EQ(batch.count, 4u);
  raw.JumpAvail(9);
  CHECK(TakeAll(ring, batch) == BreakCode::kIndexJumped);
  CHECK_EQ(batch.count, 0u);
}

TEST("an avail index that moves backwards is a jump") {
  RawRing raw(8);
  SplitRing ring = Attach(raw, 5);
  raw.JumpAvail(4);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch) == BreakCode::kIndexJumped);
}

TEST("a batch takes no more than asked and goes on where it ended") {
  RawRing raw(8);
  for (uint16_t i = 0; i < 5; ++i) raw.OfferBuffer(i, 20);
  SplitRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(ring.Take(batch, 3, Direction::kReadable) == BreakCode::kNone);
  CHECK_EQ(batch.count, 3u);
  CHECK(ring.Take(batch, 3, Direction::kReadable) == BreakCode::kNone);
  REQUIRE(batch.count == 2);
  CHECK_EQ(batch.chains[0].id, 3);
}

TEST("what was given back is taken again") {
  RawRing raw(8);
  raw.OfferBuffer(0, 20);
  raw.OfferBuffer(1, 20);
  SplitRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch) == BreakCode::kNone);
  ring.Untake(batch.Last(1));
  CHECK(TakeAll(ring, batch) == BreakCode::kNone);
  REQUIRE(batch.count == 1);
  CHECK_EQ(batch.chains[0].id, 1);
}

TEST("a head beyond the table breaks the ring and the chains before it stand") {
  RawRing raw(8);
  raw.OfferBuffer(0, 20);
  raw.Offer(8);
  SplitRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch) == BreakCode::kDescriptorOutOfRange);
  CHECK_EQ(batch.count, 1u);
  CHECK_EQ(ring.avail(), 1);
}

TEST("a next index beyond the table breaks the ring") {
  RawRing raw(8);
  raw.Describe(0, RawRing::BufferAddress(0), 12, kNext, 8);
  raw.Offer(0);
  SplitRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch) == BreakCode::kDescriptorOutOfRange);
  CHECK_EQ(batch.buffers.size(), 0u);
}

TEST("a chain that loops is too long") {
  RawRing raw(8);
  raw.Describe(0, RawRing::BufferAddress(0), 12, kNext, 1);
  raw.Describe(1, RawRing::BufferAddress(1), 12, kNext, 0);
  raw.Offer(0);
  SplitRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch) == BreakCode::kChainTooLong);
}

TEST("a chain as long as the ring is served") {
  RawRing raw(4);
  for (uint16_t i = 0; i < 3; ++i)
    raw.Describe(i, RawRing::BufferAddress(i), 12, kNext, static_cast<uint16_t>(i + 1));
  raw.Describe(3, RawRing::BufferAddress(3), 12, 0);
  raw.Offer(0);
  SplitRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch) == BreakCode::kNone);
  REQUIRE(batch.count == 1);
  CHECK_EQ(batch.chains[0].readable, 4u);
}

TEST("an indirect table of empty buffers ends at the cap") {
  RawRing raw(8, kVersion1 | kIndirectDesc);
  for (uint32_t i = 0; i < 2000; ++i)
    raw.WriteDescriptor(RawRing::kTables + i * 16, 0, 0, kNext, static_cast<uint16_t>(i + 1));
  raw.Describe(0, RawRing::kTables, 2000 * 16, kIndirect);
  raw.Offer(0);
  SplitRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch) == BreakCode::kChainTooLong);
}

TEST("a buffer outside memory breaks the ring") {
  RawRing raw(8);
  raw.Describe(0, RawRing::kGuestBase + RawRing::kSize - 4, 8, 0);
  raw.Offer(0);
  SplitRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch) == BreakCode::kBufferOutsideMemory);
}

TEST("a buffer whose end wraps around 2^64 breaks the ring") {
  RawRing raw(8);
  raw.Describe(0, ~uint64_t{0} - 4, 64, 0);
  raw.Offer(0);
  SplitRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch) == BreakCode::kBufferOutsideMemory);
}

TEST("an empty buffer at any address is passed over") {
  RawRing raw(8);
  raw.Describe(0, 0, 0, kNext, 1);
  raw.Describe(1, RawRing::BufferAddress(1), 33, 0);
  raw.Offer(0);
  SplitRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch) == BreakCode::kNone);
  REQUIRE(batch.count == 1);
  CHECK_EQ(batch.chains[0].readable, 1u);
  CHECK_EQ(batch.chains[0].readable_bytes, 33u);
}

TEST("a writable buffer in a tx queue breaks the ring") {
  RawRing raw(8);
  raw.OfferBuffer(0, 20, kWrite);
  SplitRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch) == BreakCode::kDirectionInvalid);
}

TEST("a readable buffer in an rx queue breaks the ring") {
  RawRing raw(8);
  raw.OfferBuffer(0, 20);
  SplitRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch, Direction::kWritable) == BreakCode::kDirectionInvalid);
}

TEST("a readable buffer after a writable one breaks the ring") {
  RawRing raw(8);
  raw.Describe(0, RawRing::BufferAddress(0), 12, kWrite | kNext, 1);
  raw.Describe(1, RawRing::BufferAddress(1), 12, 0);
  raw.Offer(0);
  SplitRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch, Direction::kBoth) == BreakCode::kDirectionInvalid);
}

TEST("an indirect table after a direct buffer is one chain") {
  RawRing raw(8, kVersion1 | kIndirectDesc);
  raw.WriteDescriptor(RawRing::kTables, RawRing::BufferAddress(1), 20, kNext, 1);
  raw.WriteDescriptor(RawRing::kTables + 16, RawRing::BufferAddress(2), 30, 0, 0);
  raw.Describe(0, RawRing::BufferAddress(0), 10, kNext, 1);
  raw.Describe(1, RawRing::kTables, 32, kIndirect);
  raw.Offer(0);
  SplitRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(TakeAll(ring, batch) == BreakCode::kNone);
  REQUIRE(batch.count == 1);
  CHECK_EQ(batch.chains[0].readable, 3u);
  CHECK_EQ(batch.chains[0].readable_bytes, 60u);
}

// One descriptor that names a table, and what its first entry is.
BreakCode TakeIndirect(uint64_t features, uint64_t table, uint32_t length, uint16_t flags, uint16_t inner_flags) {
  RawRing raw(8, features);
  raw.WriteDescriptor(RawRing::kTables, RawRing::BufferAddress(0), 20, inner_flags, 7);
  raw.Describe(0, table, length, flags, 1);
  raw.Describe(1, RawRing::BufferAddress(1), 20, 0);
  raw.Offer(0);
  SplitRing ring = Attach(raw);
  ChainBatch batch;
  return TakeAll(ring, batch);
}
constexpr uint64_t kWithIndirect = kVersion1 | kIndirectDesc;

TEST("an indirect table that was not negotiated breaks the ring") {
  CHECK(TakeIndirect(kVersion1, RawRing::kTables, 16, kIndirect, 0) == BreakCode::kIndirectInvalid);
}
TEST("an empty indirect table breaks the ring") {
  CHECK(TakeIndirect(kWithIndirect, RawRing::kTables, 0, kIndirect, 0) == BreakCode::kIndirectInvalid);
}
TEST("an indirect table of a broken size breaks the ring") {
  CHECK(TakeIndirect(kWithIndirect, RawRing::kTables, 24, kIndirect, 0) == BreakCode::kIndirectInvalid);
}
TEST("a misaligned indirect table breaks the ring") {
  CHECK(TakeIndirect(kWithIndirect, RawRing::kTables + 4, 16, kIndirect, 0) == BreakCode::kIndirectInvalid);
}
TEST("an indirect table with a next breaks the ring") {
  CHECK(TakeIndirect(kWithIndirect, RawRing::kTables, 16, kIndirect | kNext, 0) == BreakCode::kIndirectInvalid);
}
TEST("an indirect table in an indirect table breaks the ring") {
  CHECK(TakeIndirect(kWithIndirect, RawRing::kTables, 16, kIndirect, kIndirect) == BreakCode::kIndirectInvalid);
}
TEST("a next beyond an indirect table breaks the ring") {
  CHECK(TakeIndirect(kWithIndirect, RawRing::kTables, 32, kIndirect, kNext) == BreakCode::kIndirectInvalid);
}
TEST("an indirect table outside memory breaks the ring") {
  CHECK(TakeIndirect(kWithIndirect, RawRing::kGuestBase + RawRing::kSize, 16, kIndirect, 0) ==
        BreakCode::kBufferOutsideMemory);
}

std::string AttachCode(RingConfig config) {
  const RawRing raw(8);
  const auto ring = SplitRing::Attach(config, *raw.memory(), 0, std::nullopt);
  return ring.ok() ? "" : ring.error().code;
}

TEST("a ring size of zero is refused") {
  RingConfig config = RawRing(8).config();
  config.size = 0;
  CHECK_EQ(AttachCode(config), "EINVAL");
}
TEST("a ring size that is no power of two is refused") {
  RingConfig config = RawRing(8).config();
  config.size = 24;
  CHECK_EQ(AttachCode(config), "EINVAL");
}
TEST("a ring size beyond 32768 is refused") {
  RingConfig config = RawRing(8).config();
  config.size = 65536;
  CHECK_EQ(AttachCode(config), "EINVAL");
}
TEST("a misaligned descriptor table is refused") {
  RingConfig config = RawRing(8).config();
  config.desc += 8;
  CHECK_EQ(AttachCode(config), "ring-address-invalid");
}
TEST("a misaligned used ring is refused") {
  RingConfig config = RawRing(8).config();
  config.used += 2;
  CHECK_EQ(AttachCode(config), "ring-address-invalid");
}
TEST("an avail ring that ends beyond memory is refused") {
  RingConfig config = RawRing(8).config();
  config.avail = RawRing::kGuestBase + RawRing::kSize - 8;
  CHECK_EQ(AttachCode(config), "ring-address-invalid");
}
TEST("a ring is found by its front-end addresses") {
  RingConfig config = RawRing(8).config();
  constexpr uint64_t kShift = RawRing::kFrontendBase - RawRing::kGuestBase;
  config.desc += kShift;
  config.avail += kShift;
  config.used += kShift;
  config.addresses = AddressSpace::kFrontend;
  CHECK_EQ(AttachCode(config), "");
}

TEST("without EVENT_IDX notifications follow the used flags") {
  RawRing raw(8);
  SplitRing ring = Attach(raw);
  CHECK(!ring.EnableNotifications());
  CHECK_EQ(raw.used_flags(), 0);
  ring.DisableNotifications();
  CHECK_EQ(raw.used_flags(), 1);
  raw.OfferBuffer(0, 20);
  CHECK(ring.EnableNotifications());
  CHECK_EQ(raw.used_flags(), 0);
}

TEST("without EVENT_IDX interrupts follow the avail flags") {
  RawRing raw(8);
  SplitRing ring = Attach(raw);
  ring.Complete(Chain{.id = 0}, 0);
  CHECK(ring.Publish());
  raw.SetAvailFlags(1);
  ring.Complete(Chain{.id = 1}, 0);
  CHECK(!ring.Publish());
}

TEST("with EVENT_IDX the driver is told to notify beyond what was seen") {
  RawRing raw(8, kEvents);
  SplitRing ring = Attach(raw);
  raw.OfferBuffer(0, 20);
  CHECK(ring.EnableNotifications());
  CHECK(ring.notifications_stale());
  CHECK(!ring.EnableNotifications());
  CHECK_EQ(raw.avail_event(), 1);
  CHECK(!ring.notifications_stale());
}

TEST("with EVENT_IDX suppression leaves an event index that the driver has passed") {
  RawRing raw(8, kEvents);
  raw.Store16(RawRing::kUsed, 1);
  SplitRing ring = Attach(raw);
  CHECK(!ring.EnableNotifications());
  CHECK_EQ(raw.used_flags(), 0);
  ring.DisableNotifications();
  // vring_need_event(event, new = 1, old = 0) is false.
  CHECK(static_cast<uint16_t>(1 - raw.avail_event() - 1) >= 1);
}

TEST("with EVENT_IDX suppression moves along before the index comes round") {
  RawRing raw(8, kEvents);
  SplitRing ring = Attach(raw);
  ChainBatch batch;
  CHECK(!ring.EnableNotifications());
  ring.DisableNotifications();
  for (int i = 0; i < 5000; ++i) {
    for (uint16_t k = 0; k < 8; ++k) raw.OfferBuffer(k, 20);
    CHECK(TakeAll(ring, batch) == BreakCode::kNone);
    ring.DisableNotifications();
    // The driver's last publication, from `seen - 8` to `seen`, was not among those it notifies for.
    const uint16_t now = ring.avail();
    const auto ahead = static_cast<uint16_t>(now + 1 - raw.avail_event() - 1);
    REQUIRE(ahead >= 1 && ahead <= 0x8000);
  }
}

TEST("with EVENT_IDX the driver is interrupted when its used event is passed") {
  RawRing raw(8, kEvents);
  SplitRing ring = Attach(raw);
  raw.SetUsedEvent(1);
  ring.Complete(Chain{.id = 0}, 0);
  CHECK(!ring.Publish());
  ring.Complete(Chain{.id = 1}, 0);
  CHECK(ring.Publish());
  ring.Complete(Chain{.id = 2}, 0);
  CHECK(!ring.Publish());
}

TEST("a batch interrupts once for all that it completed") {
  RawRing raw(8, kEvents);
  SplitRing ring = Attach(raw);
  raw.SetUsedEvent(2);
  for (uint16_t i = 0; i < 5; ++i) ring.Complete(Chain{.id = i}, 0);
  CHECK(ring.Publish());
  CHECK(!ring.Publish());
  CHECK_EQ(raw.used_idx(), 5);
}

TEST("the batch after SignalNext interrupts whatever the driver says") {
  RawRing raw(8, kEvents);
  SplitRing ring = Attach(raw);
  raw.SetUsedEvent(1000);
  ring.SignalNext();
  CHECK(!ring.Publish());
  ring.Complete(Chain{.id = 0}, 0);
  CHECK(ring.Publish());
  ring.Complete(Chain{.id = 1}, 0);
  CHECK(!ring.Publish());
}

}  // namespace
}  // namespace doorbell::split_ring_test
