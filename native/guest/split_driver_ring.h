// The driver's half of one split virtqueue (virtio 1.2 §2.7): offers chains, takes back used ones, and
// follows both notification schemes (flags, or EVENT_IDX where negotiated).
//
// A chain is known by its slot. Slot i of an rx queue is descriptor i; a tx slot is the two descriptors
// 2i and 2i+1, or descriptor i with an indirect table where INDIRECT was negotiated. What the device wrote is
// checked before it is used: a wrong entry is reported, never followed.
#pragma once

#include <optional>
#include <span>

#include "guest/driver_slots.h"

namespace doorbell {

class SplitDriverRing {
 public:
  SplitDriverRing(const DriverRingMemory& memory, const DriverRingOptions& options);

  // An empty ring whose both indices are `base`, as in SET_VRING_BASE. No device may serve it meanwhile.
  void Reset(uint32_t base);

  uint16_t slot_count() const { return slots_.count(); }
  uint16_t free_slots() const { return slots_.free(); }
  uint16_t in_flight() const { return slots_.taken(); }
  bool broken() const { return broken_; }
  // Where the next chain goes, as NOTIFICATION_DATA has it (virtio 1.2 §2.9).
  uint16_t next_position() const { return next_avail_; }

  // Only when free_slots() > 0. The caller fills the slot's buffers, then calls one of the Offer…()s.
  uint16_t TakeSlot() { return slots_.Take(); }
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
  UsedSlot PopUsed();

  // Asks for an interrupt once more than `after` further chains were used (0: at the next one; without
  // EVENT_IDX always at the next). False: that is so already, none need come, look again.
  [[nodiscard]] bool EnableInterrupts(uint16_t after);
  void DisableInterrupts();

 private:
  void WriteDescriptor(std::byte* table, uint16_t index, const Segment& segment, uint16_t flags,
                       uint16_t next);
  void Offer(uint16_t slot);

  UsedSlot PopInOrder(uint32_t id, uint32_t length);

  DriverRingMemory memory_;
  DriverRingOptions options_;
  SlotPool slots_;
  // Where the next chain is offered; published_ is what the device was shown.
  uint16_t next_avail_ = 0;
  uint16_t published_ = 0;
  uint16_t last_used_ = 0;
  bool broken_ = false;
  // IN_ORDER: the chain that comes back next, and the last one that the present used entry stands for.
  uint16_t next_slot_ = 0;
  std::optional<uint16_t> last_of_entry_;
};

}  // namespace doorbell
