#include "guest/driver_ring.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include "testing/test.h"

namespace doorbell::driver_ring_test {
namespace {

constexpr uint16_t kSize = 8;

// A ring in plain memory with a device that writes whatever it likes.
struct Bench {
  alignas(64) std::array<std::byte, 16 * kSize> desc{};
  alignas(64) std::array<std::byte, 6 + 2 * kSize> avail{};
  alignas(64) std::array<std::byte, 6 + 8 * kSize> used{};

  DriverRing Ring(bool event_idx, uint16_t descriptors_per_slot = 1) {
    return DriverRing({desc.data(), avail.data(), used.data()}, {kSize, descriptors_per_slot, event_idx});
  }
  template <typename T, size_t N>
  static T Get(const std::array<std::byte, N>& area, size_t offset) {
    T value;
    std::memcpy(&value, area.data() + offset, sizeof value);
    return value;
  }
  template <typename T, size_t N>
  static void Put(std::array<std::byte, N>& area, size_t offset, T value) {
    std::memcpy(area.data() + offset, &value, sizeof value);
  }
  void Use(uint16_t position, uint32_t id, uint32_t length) {
    Put<uint32_t>(used, 4 + 8 * (position % kSize), id);
    Put<uint32_t>(used, 8 + 8 * (position % kSize), length);
    Put<uint16_t>(used, 2, static_cast<uint16_t>(position + 1));
  }
  void PutAvailEvent(uint16_t event) { Put<uint16_t>(used, 4 + 8 * kSize, event); }
  uint16_t AvailIndex() const { return Get<uint16_t>(avail, 2); }
};

void OfferOne(DriverRing& ring) { ring.OfferWritable(ring.TakeSlot(), {0x1000, 64}); }

TEST("a fresh ring at a base has both indices there") {
  Bench bench;
  DriverRing ring = bench.Ring(true);
  ring.Reset(0xfffe);
  CHECK_EQ(bench.AvailIndex(), 0xfffe);
  CHECK_EQ((Bench::Get<uint16_t>(bench.used, 2)), 0xfffe);
  CHECK(ring.PopUsed().kind == Pop::kNone);
}

TEST("a ring goes on across the wrap of its 16-bit indices") {
  Bench bench;
  DriverRing ring = bench.Ring(false);
  ring.Reset(0xfffe);
  for (uint16_t i = 0; i < 5; ++i) {
    OfferOne(ring);
    CHECK(ring.Publish());
    const auto position = static_cast<uint16_t>(0xfffe + i);
    bench.Use(position, Bench::Get<uint16_t>(bench.avail, 4 + 2 * (position % kSize)), 10);
    const UsedSlot used = ring.PopUsed();
    CHECK(used.kind == Pop::kSlot);
    CHECK_EQ(used.length, 10u);
  }
  CHECK_EQ(bench.AvailIndex(), 3);
  CHECK_EQ(ring.free_slots(), kSize);
}

TEST("nothing is shown to the device before it is published") {
  Bench bench;
  DriverRing ring = bench.Ring(false);
  OfferOne(ring);
  CHECK_EQ(bench.AvailIndex(), 0);
  CHECK(ring.Publish());
  CHECK_EQ(bench.AvailIndex(), 1);
  CHECK(!ring.Publish());
}

TEST("NO_NOTIFY silences notifications where EVENT_IDX is not negotiated") {
  Bench bench;
  DriverRing ring = bench.Ring(false);
  Bench::Put<uint16_t>(bench.used, 0, 1);
  OfferOne(ring);
  CHECK(!ring.Publish());
}

TEST("with EVENT_IDX a notification is due when the index passes the device's event") {
  Bench bench;
  DriverRing ring = bench.Ring(true);
  bench.PutAvailEvent(1);
  OfferOne(ring);
  CHECK(!ring.Publish());
  OfferOne(ring);
  CHECK(ring.Publish());
  OfferOne(ring);
  CHECK(!ring.Publish());
}

TEST("with EVENT_IDX one notification covers a batch that passes the event") {
  Bench bench;
  DriverRing ring = bench.Ring(true);
  bench.PutAvailEvent(2);
  for (int i = 0; i < 4; ++i) OfferOne(ring);
  CHECK(ring.Publish());
}

TEST("a used id beyond the table is reported and skipped") {
  Bench bench;
  DriverRing ring = bench.Ring(false);
  OfferOne(ring);
  CHECK(ring.Publish());
  bench.Use(0, 0xffffffff, 1);
  CHECK(ring.PopUsed().kind == Pop::kNonsense);
  CHECK(ring.PopUsed().kind == Pop::kNone);
  CHECK(!ring.broken());
}

TEST("a used id that the device does not hold is reported and frees nothing") {
  Bench bench;
  DriverRing ring = bench.Ring(false);
  OfferOne(ring);
  OfferOne(ring);
  CHECK(ring.Publish());
  bench.Use(0, 0, 1);
  CHECK(ring.PopUsed().kind == Pop::kSlot);
  bench.Use(1, 0, 1);
  CHECK(ring.PopUsed().kind == Pop::kNonsense);
  CHECK_EQ(ring.in_flight(), 1);
}

TEST("the second descriptor of a chain is no head") {
  Bench bench;
  DriverRing ring = bench.Ring(false, 2);
  const std::array<Segment, 2> parts = {Segment{0x1000, 12}, Segment{0x2000, 60}};
  ring.OfferReadable(ring.TakeSlot(), parts);
  CHECK(ring.Publish());
  bench.Use(0, 1, 0);
  CHECK(ring.PopUsed().kind == Pop::kNonsense);
}

TEST("a used index that jumps beyond what the device holds breaks the ring until it is reset") {
  Bench bench;
  DriverRing ring = bench.Ring(true);
  OfferOne(ring);
  CHECK(ring.Publish());
  Bench::Put<uint16_t>(bench.used, 2, 2);
  CHECK(ring.PopUsed().kind == Pop::kBroken);
  CHECK(ring.broken());
  CHECK(ring.PopUsed().kind == Pop::kNone);
  CHECK(ring.EnableInterrupts(0));
  ring.Reset(7);
  CHECK(!ring.broken());
  CHECK_EQ(ring.free_slots(), kSize);
}

TEST("a direct chain links its descriptors, the last one ends it") {
  Bench bench;
  DriverRing ring = bench.Ring(false, 2);
  CHECK_EQ(ring.slot_count(), kSize / 2);
  ring.TakeSlot();
  const std::array<Segment, 2> parts = {Segment{0x1000, 12}, Segment{0x2000, 60}};
  ring.OfferReadable(ring.TakeSlot(), parts);
  CHECK(ring.Publish());
  CHECK_EQ((Bench::Get<uint16_t>(bench.avail, 4)), 2);
  CHECK_EQ((Bench::Get<uint64_t>(bench.desc, 32)), 0x1000u);
  CHECK_EQ((Bench::Get<uint16_t>(bench.desc, 32 + 12)), 1);
  CHECK_EQ((Bench::Get<uint16_t>(bench.desc, 32 + 14)), 3);
  CHECK_EQ((Bench::Get<uint64_t>(bench.desc, 48)), 0x2000u);
  CHECK_EQ((Bench::Get<uint32_t>(bench.desc, 48 + 8)), 60u);
  CHECK_EQ((Bench::Get<uint16_t>(bench.desc, 48 + 12)), 0);
}

TEST("an indirect chain is one descriptor that names its table") {
  Bench bench;
  DriverRing ring = bench.Ring(false);
  const std::array<Segment, 3> parts = {Segment{0x1000, 12}, Segment{0x2000, 14}, Segment{0x3000, 46}};
  alignas(16) std::array<std::byte, 48> table{};
  ring.OfferIndirect(ring.TakeSlot(), parts, table.data(), 0x9000);
  CHECK(ring.Publish());
  CHECK_EQ((Bench::Get<uint64_t>(bench.desc, 0)), 0x9000u);
  CHECK_EQ((Bench::Get<uint32_t>(bench.desc, 8)), 48u);
  CHECK_EQ((Bench::Get<uint16_t>(bench.desc, 12)), 4);
  CHECK_EQ((Bench::Get<uint16_t>(table, 12)), 1);
  CHECK_EQ((Bench::Get<uint16_t>(table, 14)), 1);
  CHECK_EQ((Bench::Get<uint64_t>(table, 32)), 0x3000u);
  CHECK_EQ((Bench::Get<uint16_t>(table, 32 + 12)), 0);
}

TEST("interrupts are asked for by the used event, and what came meanwhile is noticed") {
  Bench bench;
  DriverRing ring = bench.Ring(true);
  ring.Reset(100);
  OfferOne(ring);
  CHECK(ring.Publish());
  CHECK(ring.EnableInterrupts(0));
  CHECK_EQ((Bench::Get<uint16_t>(bench.avail, 4 + 2 * kSize)), 100);
  bench.Use(100, 0, 1);
  CHECK(!ring.EnableInterrupts(0));
  CHECK(ring.EnableInterrupts(1));
}

TEST("interrupts are asked for by the flag where EVENT_IDX is not negotiated") {
  Bench bench;
  DriverRing ring = bench.Ring(false);
  ring.DisableInterrupts();
  CHECK_EQ((Bench::Get<uint16_t>(bench.avail, 0)), 1);
  CHECK(ring.EnableInterrupts(3));
  CHECK_EQ((Bench::Get<uint16_t>(bench.avail, 0)), 0);
}

}  // namespace
}  // namespace doorbell::driver_ring_test
