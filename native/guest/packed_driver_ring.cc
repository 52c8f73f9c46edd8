#include "guest/packed_driver_ring.h"

#include <atomic>
#include <cstring>

#include "virtq/descriptor.h"

namespace doorbell {
namespace {

constexpr uint16_t kDescAvail = 1 << 7;
constexpr uint16_t kDescUsed = 1 << 15;
constexpr uint16_t kWrapBit = 1 << 15;
constexpr size_t kDescLength = 8;
constexpr size_t kDescId = 12;
constexpr size_t kDescFlags = 14;
// Event suppression: off_wrap in the low half, flags in the high one.
constexpr unsigned kEventFlagsShift = 16;
constexpr uint32_t kEventEnable = 0;
constexpr uint32_t kEventDisable = 1;
constexpr uint32_t kEventAtDescriptor = 2;

// SAFETY: the layout aligns every field that is shared with the device, and the mapping outlives the ring.
std::atomic_ref<uint16_t> Shared16(std::byte* at) {
  return std::atomic_ref<uint16_t>(*reinterpret_cast<uint16_t*>(at));
}
std::atomic_ref<uint32_t> Shared32(std::byte* at) {
  return std::atomic_ref<uint32_t>(*reinterpret_cast<uint32_t*>(at));
}

}  // namespace

PackedDriverRing::PackedDriverRing(const DriverRingMemory& memory, const DriverRingOptions& options)
    : memory_(memory),
      options_(options),
      slots_(static_cast<uint16_t>(options.size / options.descriptors_per_slot)) {
  Reset(kWrapBit);
}

void PackedDriverRing::Reset(uint32_t base) {
  std::memset(memory_.desc, 0, kDescriptorSize * options_.size);
  slots_.Reset();
  descriptors_.assign(slots_.count(), 0);
  next_ = {static_cast<uint16_t>(base & (kWrapBit - 1)), (base & kWrapBit) != 0};
  last_used_ = next_;
  unpublished_ = 0;
  shown_ = offered_ = 0;
  broken_ = false;
  next_slot_ = 0;
  last_of_entry_.reset();
  Shared32(memory_.avail).store(kEventEnable, std::memory_order_relaxed);
  Shared32(memory_.used).store(kEventEnable, std::memory_order_release);
}

PackedDriverRing::Place PackedDriverRing::Plus(Place place, uint32_t descriptors) const {
  const uint32_t sum = place.index + descriptors;
  if (sum < options_.size) return {static_cast<uint16_t>(sum), place.wrap};
  return {static_cast<uint16_t>(sum - options_.size), !place.wrap};
}

bool PackedDriverRing::IsUsed(Place place) const {
  // Sequential consistency: of PopUsed() acquire is needed (what was used was written before), of
  // EnableInterrupts() the order after the wish.
  const uint16_t flags = Shared16(Descriptor(place) + kDescFlags).load(std::memory_order_seq_cst);
  return ((flags & kDescAvail) != 0) == place.wrap && ((flags & kDescUsed) != 0) == place.wrap;
}

void PackedDriverRing::WriteDescriptor(std::byte* at, const Segment& segment, uint16_t id) {
  std::memcpy(at, &segment.guest_address, sizeof segment.guest_address);
  std::memcpy(at + kDescLength, &segment.length, sizeof segment.length);
  std::memcpy(at + kDescId, &id, sizeof id);
}

void PackedDriverRing::Show(uint16_t flags, bool first) {
  const auto whole = static_cast<uint16_t>(flags | (next_.wrap ? kDescAvail : kDescUsed));
  if (first && unpublished_ == 0) {
    first_ = next_;
    first_flags_ = whole;
  } else {
    // Relaxed: the device comes here only after the first one's flags, which are released.
    Shared16(Descriptor(next_) + kDescFlags).store(whole, std::memory_order_relaxed);
  }
  next_ = Plus(next_, 1);
  ++unpublished_;
}

void PackedDriverRing::Finish(uint16_t slot, uint16_t descriptors) {
  descriptors_[slot] = descriptors;
  ++offered_;
  slots_.MarkOffered(slot);
}

void PackedDriverRing::OfferWritable(uint16_t slot, const Segment& buffer) {
  WriteDescriptor(Descriptor(next_), buffer, slot);
  Show(kDescWrite, true);
  Finish(slot, 1);
}

void PackedDriverRing::OfferReadable(uint16_t slot, std::span<const Segment> segments) {
  for (size_t i = 0; i < segments.size(); ++i) {
    WriteDescriptor(Descriptor(next_), segments[i], slot);
    Show(i + 1 < segments.size() ? kDescNext : 0, i == 0);
  }
  Finish(slot, static_cast<uint16_t>(segments.size()));
}

void PackedDriverRing::OfferIndirect(uint16_t slot, std::span<const Segment> segments, std::byte* table,
                                     uint64_t table_address) {
  // Virtio 1.2 §2.8.7: the entries of a table follow each other without flags or IDs.
  constexpr uint16_t kNone = 0;
  for (size_t i = 0; i < segments.size(); ++i) {
    WriteDescriptor(table + kDescriptorSize * i, segments[i], kNone);
    std::memcpy(table + kDescriptorSize * i + kDescFlags, &kNone, sizeof kNone);
  }
  const Segment whole{table_address, static_cast<uint32_t>(segments.size() * kDescriptorSize)};
  WriteDescriptor(Descriptor(next_), whole, slot);
  Show(kDescIndirect, true);
  Finish(slot, 1);
}

bool PackedDriverRing::Publish() {
  if (unpublished_ == 0) return false;
  const auto count = static_cast<int32_t>(unpublished_);
  unpublished_ = 0;
  shown_ = static_cast<uint16_t>(shown_ + offered_);
  offered_ = 0;
  // As in SplitDriverRing: descriptors, tables and buffers are visible before the flags that show them, and the
  // store is before the look at the device's wish.
  Shared16(Descriptor(first_) + kDescFlags).store(first_flags_, std::memory_order_seq_cst);
  const uint32_t event = Shared32(memory_.used).load(std::memory_order_seq_cst);
  const uint32_t flags = event >> kEventFlagsShift;
  if (flags == kEventDisable) return false;
  if (flags != kEventAtDescriptor || !options_.event_idx) return true;
  // Virtio 1.2 §2.8.10: notify when the descriptor at the event was among those shown now.
  const bool same_lap = ((event & kWrapBit) != 0) == next_.wrap;
  const auto index = static_cast<int32_t>(event & (kWrapBit - 1));
  const int32_t distance = next_.index - (same_lap ? index : index - options_.size) - 1;
  return distance >= 0 && distance < count;
}

UsedSlot PackedDriverRing::PopUsed() {
  if (broken_) return {};
  const bool begins = !last_of_entry_.has_value();
  uint32_t length = 0;
  if (begins) {
    // Without a chain at the device the flags are of an earlier lap.
    if (shown_ == 0 || !IsUsed(last_used_)) return {};
    // Read once each: the device could change them between a check and a use.
    const uint16_t id = Shared16(Descriptor(last_used_) + kDescId).load(std::memory_order_relaxed);
    length = Shared32(Descriptor(last_used_) + kDescLength).load(std::memory_order_relaxed);
    last_of_entry_ = id;
  }
  // How far an unknown chain reaches nobody knows.
  if (shown_ == 0 || !slots_.Holds(*last_of_entry_)) {
    broken_ = true;
    return {Pop::kBroken, 0, 0};
  }
  const uint16_t slot = options_.in_order ? next_slot_ : *last_of_entry_;
  next_slot_ = slots_.After(slot);
  const bool is_last = slot == *last_of_entry_;
  if (is_last) last_of_entry_.reset();
  last_used_ = Plus(last_used_, descriptors_[slot]);
  --shown_;
  slots_.Return(slot);
  return {Pop::kSlot, slot, begins && is_last ? length : 0};
}

bool PackedDriverRing::EnableInterrupts(uint16_t after) {
  Place awaited = last_used_;
  if (options_.event_idx) {
    const Place event = Plus(last_used_, uint32_t{after} * options_.descriptors_per_slot);
    const uint32_t position = event.index | (event.wrap ? kWrapBit : 0u);
    Shared32(memory_.avail)
        .store(position | kEventAtDescriptor << kEventFlagsShift, std::memory_order_seq_cst);
    // One used descriptor may stand for many, so with IN_ORDER only the next one is sure to be written.
    if (!options_.in_order) awaited = event;
  } else {
    Shared32(memory_.avail).store(kEventEnable << kEventFlagsShift, std::memory_order_seq_cst);
  }
  // Beyond what the device was shown nothing can be used, and what stands there is of an earlier lap.
  const bool counts = options_.event_idx && !options_.in_order;
  if (broken_ || shown_ <= (counts ? after : 0)) return true;
  return !IsUsed(awaited);
}

void PackedDriverRing::DisableInterrupts() {
  Shared32(memory_.avail).store(kEventDisable << kEventFlagsShift, std::memory_order_relaxed);
}

}  // namespace doorbell
