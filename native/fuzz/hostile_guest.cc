#include "fuzz/hostile_guest.h"

#include <array>
#include <cstring>

#include "fuzz/target.h"
#include "io/memfd.h"
#include "net/net_header.h"

namespace doorbell::fuzz {

namespace {

constexpr uint16_t kNext = 1;
constexpr uint16_t kWrite = 2;
constexpr uint16_t kIndirect = 4;
constexpr uint64_t kRingSlot = 12 << 10;
// Indirect tables and frames lie behind the four ring slots of region 0, or in region 1.
constexpr uint64_t kTables = 4 * kRingSlot;
constexpr uint32_t kMaxSize = 256;
constexpr uint32_t kMaxTable = 16;

// Below `entries`, but now and then just beyond it or anything.
uint16_t AnyIndex(Input& input, uint32_t entries) {
  if (input.OneIn(80)) return input.Any<uint16_t>();
  return static_cast<uint16_t>(input.OneIn(80) ? entries : input.Below(entries));
}

}  // namespace

HostileGuest::HostileGuest() {
  Result<ScopedFd> fd = CreateMemfd("hostile", kRegions * kRegionSize);
  MUST(fd.ok());
  fd_ = std::move(fd).value();
  std::array<RegionSpec, kRegions> specs;
  for (uint64_t i = 0; i < kRegions; ++i)
    specs[i] = {kGuestBase[i], kRegionSize, kFrontendBase + i * kRegionSize, i * kRegionSize, fd_.get()};
  Result<std::shared_ptr<GuestMemory>> memory = GuestMemory::Map(specs);
  MUST(memory.ok());
  memory_ = std::move(memory).value();
}

void HostileGuest::Clear() {
  for (const uint64_t base : kGuestBase) std::memset(At(base), 0, kRegionSize);
}

uint16_t HostileGuest::Load16(uint64_t guest_address) const {
  uint16_t value = 0;
  std::memcpy(&value, memory_->FromGuest(guest_address, sizeof(value)), sizeof(value));
  return value;
}

uint64_t HostileGuest::AnyBuffer(Input& input, uint32_t length) {
  if (input.OneIn(40)) return input.Any<uint64_t>();
  // Across or right at the end of a region.
  if (input.OneIn(40)) {
    const uint64_t end = kGuestBase[input.Below(kRegions)] + kRegionSize;
    return end - input.Below(2 * uint64_t{length} + 1);
  }
  const uint64_t room = kRegionSize - (length < kRegionSize ? length : 0);
  // Region 1: what is written there destroys no ring.
  const uint64_t offset = input.Below(room);
  const uint64_t base = kGuestBase[input.OneIn(30) ? 0 : 1];
  return base + (input.OneIn(4) ? offset : offset / kFrameSlot * kFrameSlot);
}

HostileGuest::Descriptor HostileGuest::AnyDescriptor(Input& input, uint32_t entries, bool writable,
                                                     bool may_be_indirect) {
  Descriptor descriptor = {};
  if (may_be_indirect && input.OneIn(8)) {
    const auto count = static_cast<uint32_t>(1 + input.Below(kMaxTable));
    const uint64_t table = kTables + input.Below((kRegionSize - kTables) / 16 - count) * 16;
    for (uint32_t i = 0; i < count; ++i) {
      Descriptor inner = AnyDescriptor(input, count, writable, input.OneIn(50));
      // A table is mostly walked from first to last.
      if (!input.OneIn(20)) inner.next = static_cast<uint16_t>(i + 1);
      if (!input.OneIn(20) && i + 1 == count) inner.flags &= static_cast<uint16_t>(~kNext);
      std::memcpy(At(kGuestBase[0] + table + i * 16), &inner, sizeof(inner));
    }
    descriptor.address = kGuestBase[0] + table + (input.OneIn(30) ? input.Below(16) : 0);
    descriptor.length = count * 16 + static_cast<uint32_t>(input.OneIn(30) ? input.Below(32) : 0);
    descriptor.flags = kIndirect;
    if (input.OneIn(30)) descriptor.flags |= kNext;
    return descriptor;
  }
  descriptor.length = static_cast<uint32_t>(
      input.OneIn(50) ? input.Any<uint32_t>()
                      : input.Among({0, 1, 12, 14, 40, 54, 60, 74, 90, 90, 98, 110, 256, 1514, 1526, 4096}));
  descriptor.address = AnyBuffer(input, descriptor.length);
  const bool other_way = input.OneIn(60);
  if (writable != other_way) descriptor.flags |= kWrite;
  if (input.OneIn(3)) descriptor.flags |= kNext;
  if (input.OneIn(100)) descriptor.flags = input.Any<uint16_t>();
  descriptor.next = AnyIndex(input, entries);
  return descriptor;
}

HostileGuest::Ring HostileGuest::WriteRing(Input& input, unsigned slot, bool writable) {
  Ring ring;
  const uint32_t size = uint32_t{1} << input.Below(9);
  MUST(size <= kMaxSize);
  const uint64_t at = kFrontendBase + slot * kRingSlot;
  ring.config = {.size = size,
                 .desc = at,
                 .avail = at + size * 16,
                 .used = at + size * 16 + 8 + size * 2 + 2,
                 .addresses = AddressSpace::kFrontend,
                 .features = input.Any<uint64_t>() & (kOfferedFeatures | kNetFeatures) & ~kRingPacked};
  ring.config.used = (ring.config.used + 3) & ~uint64_t{3};
  ring.base = static_cast<uint16_t>(input.OneIn(4) ? input.Among({0xfff0, 0x7fff, 0xffff}) : input.Any<uint16_t>());

  const uint64_t desc = ring.config.desc - kFrontendBase;
  const bool indirect = (ring.config.features & kIndirectDesc) != 0 || input.OneIn(20);
  for (uint32_t i = 0; i < size; ++i) {
    const Descriptor descriptor = AnyDescriptor(input, size, writable, indirect);
    std::memcpy(At(desc + i * 16), &descriptor, sizeof(descriptor));
  }
  const uint64_t avail = ring.config.avail - kFrontendBase;
  const uint64_t used = ring.config.used - kFrontendBase;
  std::memcpy(At(avail + 2), &ring.base, 2);
  std::memcpy(At(used + 2), &ring.base, 2);
  Offer(input, ring);
  return ring;
}

void HostileGuest::Offer(Input& input, const Ring& ring) {
  const uint64_t avail = ring.config.avail - kFrontendBase;
  uint16_t index = Load16(avail + 2);
  for (uint64_t count = input.Below(ring.config.size + 1); count > 0; --count) {
    const uint16_t head = AnyIndex(input, ring.config.size);
    std::memcpy(At(avail + 4 + (index % ring.config.size) * 2), &head, 2);
    ++index;
  }
  if (input.OneIn(60)) index = input.Any<uint16_t>();
  std::memcpy(At(avail + 2), &index, 2);
  const auto flags = input.Any<uint16_t>();
  std::memcpy(At(avail), &flags, 2);
}

HostileGuest::Descriptor HostileGuest::AnyPackedDescriptor(Input& input, uint32_t entries, bool writable,
                                                           bool may_be_indirect) {
  if (may_be_indirect && input.OneIn(8)) {
    const auto count = static_cast<uint32_t>(1 + input.Below(kMaxTable));
    const uint64_t table = kTables + input.Below((kRegionSize - kTables) / 16 - count) * 16;
    for (uint32_t i = 0; i < count; ++i) {
      const Descriptor inner = AnyPackedDescriptor(input, count, writable, input.OneIn(50));
      std::memcpy(At(kGuestBase[0] + table + i * 16), &inner, sizeof(inner));
    }
    const auto flags = static_cast<uint16_t>(kIndirect | (input.OneIn(30) ? kNext : 0));
    return {kGuestBase[0] + table + (input.OneIn(30) ? input.Below(16) : 0),
            count * 16 + static_cast<uint32_t>(input.OneIn(30) ? input.Below(32) : 0), AnyIndex(input, entries),
            flags};
  }
  const Descriptor split = AnyDescriptor(input, entries, writable, false);
  return {split.address, split.length, split.next, split.flags};
}

HostileGuest::PackedRing HostileGuest::WritePackedRing(Input& input, unsigned slot, bool writable) {
  PackedRing ring;
  // No power of two is asked for.
  const auto size = static_cast<uint32_t>(1 + input.Below(input.OneIn(2) ? 8 : kMaxSize));
  const uint64_t at = kFrontendBase + slot * kRingSlot;
  ring.config = {.size = size,
                 .desc = at,
                 .avail = at + size * 16,
                 .used = at + size * 16 + 4,
                 .addresses = AddressSpace::kFrontend,
                 .features = (input.Any<uint64_t>() & (kOfferedFeatures | kNetFeatures)) | kRingPacked | kVersion1};
  ring.position = static_cast<uint16_t>(input.OneIn(4) ? size - 1 : input.Below(size));
  if (input.OneIn(2)) ring.position |= 0x8000;
  std::memset(At(ring.config.desc - kFrontendBase), 0, size * 16 + 8);
  OfferPacked(input, ring, writable);
  return ring;
}

void HostileGuest::OfferPacked(Input& input, const PackedRing& ring, bool writable) {
  constexpr uint16_t kAvail = 1 << 7;
  constexpr uint16_t kUsed = 1 << 15;
  const uint64_t desc = ring.config.desc - kFrontendBase;
  const bool indirect = (ring.config.features & kIndirectDesc) != 0 || input.OneIn(20);
  uint32_t index = ring.position & 0x7fff;
  bool wrap = (ring.position & 0x8000) != 0;
  // Now and then more than the ring has.
  for (uint64_t count = input.Below(ring.config.size + 2); count > 0; --count) {
    Descriptor descriptor = AnyPackedDescriptor(input, ring.config.size, writable, indirect);
    // The last word is the flags here.
    if (!input.OneIn(60)) {
      descriptor.next = static_cast<uint16_t>((descriptor.next & ~(kAvail | kUsed)) | (wrap ? kAvail : kUsed));
    }
    std::memcpy(At(desc + index * 16), &descriptor, sizeof(descriptor));
    if (++index < ring.config.size) continue;
    index = 0;
    wrap = !wrap;
  }
  const auto event = input.Any<uint32_t>();
  std::memcpy(At(ring.config.avail - kFrontendBase), &event, 4);
}

void HostileGuest::Scribble(Input& input) {
  for (uint64_t i = input.Below(4); i > 0; --i) {
    const uint64_t value = input.Any<uint64_t>();
    std::memcpy(At(kGuestBase[0] + input.Below(kRegionSize / 8) * 8), &value, 8);
  }
}

}  // namespace doorbell::fuzz
