// The driver's half of one packed virtqueue (virtio 1.2 §2.8); the counterpart of SplitDriverRing. Slot i has buffer
// ID i, and its chain lies wherever the ring has come to when it is offered.
#pragma once

#include <optional>
#include <span>

#include "guest/driver_slots.h"

namespace doorbell {

class PackedDriverRing {
 public:
  PackedDriverRing(const DriverRingMemory& memory, const DriverRingOptions& options);

  // An empty ring at `base`: an index and, in bit 15, a wrap counter, for the avail half (bits 0-15) and the used
  // half (bits 16-31), which are equal. No device may serve it meanwhile.
  void Reset(uint32_t base);

  uint16_t slot_count() const { return slots_.count(); }
  uint16_t free_slots() const { return slots_.free(); }
  uint16_t in_flight() const { return slots_.taken(); }
  bool broken() const { return broken_; }
  uint16_t next_position() const { return static_cast<uint16_t>(next_.index | (next_.wrap ? 0x8000 : 0)); }

  // As of SplitDriverRing.
  uint16_t TakeSlot() { return slots_.Take(); }
  void OfferWritable(uint16_t slot, const Segment& buffer);
  void OfferReadable(uint16_t slot, std::span<const Segment> segments);
  void OfferIndirect(uint16_t slot, std::span<const Segment> segments, std::byte* table,
                     uint64_t table_address);
  [[nodiscard]] bool Publish();
  UsedSlot PopUsed();
  [[nodiscard]] bool EnableInterrupts(uint16_t after);
  void DisableInterrupts();

 private:
  struct Place {
    uint16_t index = 0;
    bool wrap = true;
  };

  Place Plus(Place place, uint32_t descriptors) const;
  std::byte* Descriptor(Place place) const { return memory_.desc + size_t{16} * place.index; }
  bool IsUsed(Place place) const;
  // Everything of one descriptor but its flags, which show it.
  static void WriteDescriptor(std::byte* at, const Segment& segment, uint16_t id);
  // The flags of the descriptor at next_, and the step to the next. `first`: of a chain.
  void Show(uint16_t flags, bool first);
  void Finish(uint16_t slot, uint16_t descriptors);

  DriverRingMemory memory_;
  DriverRingOptions options_;
  SlotPool slots_;
  // Where the next descriptor is offered, and how many were since the device was shown something.
  Place next_;
  uint32_t unpublished_ = 0;
  // The first one's flags wait until Publish(): they show all.
  Place first_;
  uint16_t first_flags_ = 0;
  // Chains that the device was shown and that did not come back, and those offered since.
  uint16_t shown_ = 0;
  uint16_t offered_ = 0;
  Place last_used_;
  bool broken_ = false;
  // By slot: its descriptors in the ring.
  std::vector<uint16_t> descriptors_;
  // IN_ORDER: as of SplitDriverRing.
  uint16_t next_slot_ = 0;
  std::optional<uint16_t> last_of_entry_;
};

}  // namespace doorbell
