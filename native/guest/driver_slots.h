// What the driver's halves of split and packed rings have in common: chains are known by slots, which the driver
// takes, offers and gets back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace doorbell {

struct Segment {
  uint64_t guest_address = 0;
  uint32_t length = 0;
};

// The areas as RingConfig names them.
struct DriverRingMemory {
  std::byte* desc = nullptr;
  std::byte* avail = nullptr;
  std::byte* used = nullptr;
};

struct DriverRingOptions {
  uint16_t size = 0;
  // Descriptors per slot: 1, or 2 for direct two-part chains.
  uint16_t descriptors_per_slot = 1;
  bool event_idx = false;
  bool packed = false;
  // A used entry may stand for all chains up to the one that it names.
  bool in_order = false;
};

enum class Pop {
  kNone,      // Nothing more is used.
  kSlot,      // `slot` came back.
  kNonsense,  // The entry named no chain that the device holds; it was skipped.
  kBroken,    // What the device wrote leaves no way on: the ring is dead until Reset().
};

struct UsedSlot {
  Pop kind = Pop::kNone;
  uint16_t slot = 0;
  // As the device claims; the caller compares it with its buffer. 0 where an entry stands for several.
  uint32_t length = 0;
};

// Free slots are handed out in the order in which they came back, so a device that completes in order is offered
// the descriptors in ring order, as IN_ORDER wants it (virtio 1.2 §2.7.9).
class SlotPool {
 public:
  explicit SlotPool(uint16_t count) : count_(count) { Reset(); }

  void Reset() {
    free_.resize(count_);
    for (uint16_t i = 0; i < count_; ++i) free_[i] = i;
    first_ = 0;
    free_count_ = count_;
    held_.assign(count_, false);
  }

  uint16_t count() const { return count_; }
  uint16_t free() const { return free_count_; }
  uint16_t taken() const { return static_cast<uint16_t>(count_ - free_count_); }

  // Only while free() > 0.
  uint16_t Take() {
    const uint16_t slot = free_[first_];
    first_ = static_cast<uint16_t>((first_ + 1) % count_);
    --free_count_;
    return slot;
  }
  void MarkOffered(uint16_t slot) { held_[slot] = true; }
  // Whether the device holds it.
  bool Holds(uint32_t slot) const { return slot < count_ && held_[slot]; }
  void Return(uint16_t slot) {
    held_[slot] = false;
    free_[(first_ + free_count_) % count_] = slot;
    ++free_count_;
  }
  // In the order of slots, which is that of Take() as long as all came back in order.
  uint16_t After(uint16_t slot) const { return static_cast<uint16_t>((slot + 1) % count_); }

 private:
  const uint16_t count_;
  std::vector<uint16_t> free_;
  uint16_t first_ = 0;
  uint16_t free_count_ = 0;
  std::vector<bool> held_;
};

}  // namespace doorbell
