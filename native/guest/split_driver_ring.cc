#include "guest/split_driver_ring.h"

#include <atomic>
#include <cstring>

#include "virtq/descriptor.h"

namespace doorbell {
namespace {

constexpr uint16_t kAvailNoInterrupt = 1;
constexpr uint16_t kUsedNoNotify = 1;
constexpr size_t kUsedBytes = 8;

// Offsets inside the avail and used areas; the event field follows the last entry.
constexpr size_t kFlags = 0;
constexpr size_t kIndex = 2;
constexpr size_t kEntries = 4;
constexpr size_t AvailEntry(size_t i) { return kEntries + 2 * i; }
constexpr size_t UsedEntry(size_t i) { return kEntries + kUsedBytes * i; }

// SAFETY: the layout aligns every field that is shared with the device, and the mapping outlives the ring.
std::atomic_ref<uint16_t> Shared16(std::byte* area, size_t offset) {
  return std::atomic_ref<uint16_t>(*reinterpret_cast<uint16_t*>(area + offset));
}
std::atomic_ref<uint32_t> Shared32(std::byte* area, size_t offset) {
  return std::atomic_ref<uint32_t>(*reinterpret_cast<uint32_t*>(area + offset));
}

}  // namespace

SplitDriverRing::SplitDriverRing(const DriverRingMemory& memory, const DriverRingOptions& options)
    : memory_(memory),
      options_(options),
      slots_(static_cast<uint16_t>(options.size / options.descriptors_per_slot)) {
  Reset(0);
}

void SplitDriverRing::Reset(uint32_t base) {
  const auto index = static_cast<uint16_t>(base);
  std::memset(memory_.desc, 0, kDescriptorSize * options_.size);
  std::memset(memory_.avail, 0, AvailEntry(options_.size) + 2);
  std::memset(memory_.used, 0, UsedEntry(options_.size) + 2);
  next_avail_ = published_ = last_used_ = index;
  broken_ = false;
  slots_.Reset();
  next_slot_ = 0;
  last_of_entry_.reset();
  Shared16(memory_.avail, AvailEntry(options_.size)).store(index, std::memory_order_relaxed);
  Shared16(memory_.used, UsedEntry(options_.size)).store(index, std::memory_order_relaxed);
  Shared16(memory_.used, kIndex).store(index, std::memory_order_relaxed);
  // Release: a device that sees this index sees the empty ring.
  Shared16(memory_.avail, kIndex).store(index, std::memory_order_release);
}

void SplitDriverRing::WriteDescriptor(std::byte* table, uint16_t index, const Segment& segment, uint16_t flags,
                                 uint16_t next) {
  std::byte* descriptor = table + kDescriptorSize * index;
  std::memcpy(descriptor, &segment.guest_address, sizeof segment.guest_address);
  std::memcpy(descriptor + 8, &segment.length, sizeof segment.length);
  std::memcpy(descriptor + 12, &flags, sizeof flags);
  std::memcpy(descriptor + 14, &next, sizeof next);
}

void SplitDriverRing::Offer(uint16_t slot) {
  const uint16_t head = static_cast<uint16_t>(slot * options_.descriptors_per_slot);
  // Relaxed: Publish() orders all entries by its release store of the index.
  Shared16(memory_.avail, AvailEntry(next_avail_ & (options_.size - 1)))
      .store(head, std::memory_order_relaxed);
  ++next_avail_;
  slots_.MarkOffered(slot);
}

void SplitDriverRing::OfferWritable(uint16_t slot, const Segment& buffer) {
  WriteDescriptor(memory_.desc, static_cast<uint16_t>(slot * options_.descriptors_per_slot), buffer,
                  kDescWrite, 0);
  Offer(slot);
}

void SplitDriverRing::OfferReadable(uint16_t slot, std::span<const Segment> segments) {
  const size_t head = size_t{slot} * options_.descriptors_per_slot;
  for (size_t i = 0; i < segments.size(); ++i) {
    const bool more = i + 1 < segments.size();
    WriteDescriptor(memory_.desc, static_cast<uint16_t>(head + i), segments[i], more ? kDescNext : 0,
                    static_cast<uint16_t>(more ? head + i + 1 : 0));
  }
  Offer(slot);
}

void SplitDriverRing::OfferIndirect(uint16_t slot, std::span<const Segment> segments, std::byte* table,
                               uint64_t table_address) {
  for (size_t i = 0; i < segments.size(); ++i) {
    const bool more = i + 1 < segments.size();
    WriteDescriptor(table, static_cast<uint16_t>(i), segments[i], more ? kDescNext : 0,
                    static_cast<uint16_t>(more ? i + 1 : 0));
  }
  const Segment whole{table_address, static_cast<uint32_t>(segments.size() * kDescriptorSize)};
  WriteDescriptor(memory_.desc, static_cast<uint16_t>(slot * options_.descriptors_per_slot), whole,
                  kDescIndirect, 0);
  Offer(slot);
}

bool SplitDriverRing::Publish() {
  if (next_avail_ == published_) return false;
  const uint16_t before = published_;
  published_ = next_avail_;
  // Descriptors, tables, buffers and avail entries are visible before the index that shows them. And
  // sequential consistency: the device writes its wish and then re-reads avail, we publish and then read the
  // wish, and at least one of the two must see the other (virtio 1.2 §2.7.13.4.1).
  Shared16(memory_.avail, kIndex).store(next_avail_, std::memory_order_seq_cst);
  if (!options_.event_idx)
    return (Shared16(memory_.used, kFlags).load(std::memory_order_seq_cst) & kUsedNoNotify) == 0;
  const uint16_t event = Shared16(memory_.used, UsedEntry(options_.size)).load(std::memory_order_seq_cst);
  // virtio 1.2 §2.7.10: notify when the index moved past the event, in 16-bit arithmetic.
  return static_cast<uint16_t>(next_avail_ - event - 1) < static_cast<uint16_t>(next_avail_ - before);
}

UsedSlot SplitDriverRing::PopUsed() {
  if (broken_) return {};
  // Acquire: the entries and buffers that this index shows were written before it.
  const uint16_t index = Shared16(memory_.used, kIndex).load(std::memory_order_acquire);
  const uint16_t pending = static_cast<uint16_t>(index - last_used_);
  if (pending == 0) return {};
  // What the device holds is bounded by what it was shown and not by what we are about to show.
  if (pending > in_flight()) {
    broken_ = true;
    return {Pop::kBroken, 0, 0};
  }
  const size_t entry = UsedEntry(last_used_ & (options_.size - 1));
  // Read once each: the device could change them between a check and a use.
  const uint32_t id = Shared32(memory_.used, entry).load(std::memory_order_relaxed);
  const uint32_t length = Shared32(memory_.used, entry + 4).load(std::memory_order_relaxed);
  ++last_used_;
  if (options_.in_order) return PopInOrder(id, length);
  const uint32_t slot = id / options_.descriptors_per_slot;
  if (id % options_.descriptors_per_slot != 0 || !slots_.Holds(slot)) return {Pop::kNonsense, 0, 0};
  slots_.Return(static_cast<uint16_t>(slot));
  return {Pop::kSlot, static_cast<uint16_t>(slot), length};
}

UsedSlot SplitDriverRing::PopInOrder(uint32_t id, uint32_t length) {
  // Virtio 1.2 §2.7.9: the entry names the last chain of a batch; the entries that it skips were not written.
  const bool begins = !last_of_entry_.has_value();
  if (begins) {
    const uint32_t last = id / options_.descriptors_per_slot;
    if (id % options_.descriptors_per_slot != 0 || !slots_.Holds(last)) {
      broken_ = true;
      return {Pop::kBroken, 0, 0};
    }
    last_of_entry_ = static_cast<uint16_t>(last);
  }
  const uint16_t slot = next_slot_;
  next_slot_ = slots_.After(slot);
  const bool is_last = slot == *last_of_entry_;
  if (is_last) last_of_entry_.reset();
  slots_.Return(slot);
  return {Pop::kSlot, slot, begins && is_last ? length : 0};
}

bool SplitDriverRing::EnableInterrupts(uint16_t after) {
  uint16_t threshold = 0;
  // The mirror image of Publish(): say what is wanted, then look again.
  if (options_.event_idx) {
    threshold = after;
    Shared16(memory_.avail, AvailEntry(options_.size))
        .store(static_cast<uint16_t>(last_used_ + after), std::memory_order_seq_cst);
  } else {
    Shared16(memory_.avail, kFlags).store(0, std::memory_order_seq_cst);
  }
  const uint16_t index = Shared16(memory_.used, kIndex).load(std::memory_order_seq_cst);
  return broken_ || static_cast<uint16_t>(index - last_used_) <= threshold;
}

void SplitDriverRing::DisableInterrupts() {
  // With EVENT_IDX an event that was passed stays silent until the index comes round: nothing to write.
  if (!options_.event_idx)
    Shared16(memory_.avail, kFlags).store(kAvailNoInterrupt, std::memory_order_relaxed);
}

}  // namespace doorbell
