// The driver's half of one split virtqueue (virtio 1.2 §2.7): offers chains, takes back used ones, and
// follows both notification schemes (flags, or EVENT_IDX where negotiated).
//
// A chain is known by its slot. Slot i of an rx queue is descriptor i; a tx slot is the two descriptors
// 2i and 2i+1, or descriptor i with an indirect table where INDIRECT was negotiated. What the device wrote is
// checked before it is used: a wrong entry is reported, never followed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace doorbell {

struct Segment {
  uint64_t guest_address = 0;
  uint32_t length = 0;
};

class DriverRing {
 public:
  struct Memory {
    std::byte* desc = nullptr;
    std::byte* avail = nullptr;
    std::byte* used = nullptr;
  };
  struct Options {
    uint16_t size = 0;
    // Descriptors per slot: 1, or 2 for direct two-part chains.
    uint16_t descriptors_per_slot = 1;
    bool event_idx = false;
  };

  enum class Pop {
    kNone,      // Nothing more is used.
    kSlot,      // `slot` came back.
    kNonsense,  // The entry named no chain that the device holds; it was skipped.
    kBroken,    // The used index jumped beyond what the device holds: the ring is dead until Reset().
  };
  struct Used {
    Pop kind = Pop::kNone;
    uint16_t slot = 0;
    // As the device claims; the caller compares it with its buffer.
    uint32_t length = 0;
  };

  DriverRing(const Memory& memory, const Options& options);

  // An empty ring whose both indices are `base`. No device may serve it meanwhile.
  void Reset(uint16_t base);

  uint16_t slot_count() const { return slot_count_; }
  uint16_t free_slots() const { return static_cast<uint16_t>(free_.size()); }
  uint16_t in_flight() const { return static_cast<uint16_t>(slot_count_ - free_.size()); }
  bool broken() const { return broken_; }

  // Only when free_slots() > 0. The caller fills the slot's buffers, then calls one of the Offer…()s.
  uint16_t TakeSlot();
  // One buffer that the device writes to.
  void OfferWritable(uint16_t slot, const Segment& buffer);
  // A readable chain; as many segments as a slot has descriptors.
  void OfferReadable(uint16_t slot, std::span<const Segment> segments);
  // A readable chain in the table of 16 bytes per segment at `table`, whose guest address is `table_address`.
  void OfferIndirect(uint16_t slot, std::span<const Segment> segments, std::byte* table,
                     uint64_t table_address);
  // Shows the device what was offered since the last call; whether it wants to be notified of that.
  [[nodiscard]] bool Publish();

  // A slot that came back is free again.
  Used PopUsed();

  // Asks for an interrupt once more than `after` further chains were used (0: at the next one; without
  // EVENT_IDX always at the next). False: that is so already, none need come, look again.
  [[nodiscard]] bool EnableInterrupts(uint16_t after);
  void DisableInterrupts();

 private:
  void WriteDescriptor(std::byte* table, uint16_t index, const Segment& segment, uint16_t flags,
                       uint16_t next);
  void Offer(uint16_t slot);

  Memory memory_;
  Options options_;
  uint16_t slot_count_;
  // Where the next chain is offered; published_ is what the device was shown.
  uint16_t next_avail_ = 0;
  uint16_t published_ = 0;
  uint16_t last_used_ = 0;
  bool broken_ = false;
  std::vector<uint16_t> free_;
  // By slot: whether the device holds it.
  std::vector<bool> offered_;
};

}  // namespace doorbell
