// The device side of one packed virtqueue (virtio 1.2 §2.8) as a value; the counterpart of SplitRing.
//
//   desc    size × {u64 address, u32 length, u16 id, u16 flags}   written by the driver, overwritten here when used
//   driver  u16 off_wrap, u16 flags                               when the driver wants an interrupt
//   device  u16 off_wrap, u16 flags                               written here: when we want a notification
//
// Each side goes round the one ring and keeps a wrap counter that flips at its end. A descriptor is available
// where its AVAIL flag equals the driver's counter and its USED flag does not, and used where both equal ours.
//
// Memory order, the same at every place:
//  - A head's flags are loaded with acquire: the driver wrote them last, so the rest of the chain is visible.
//  - Of a batch of used descriptors, the flags of the first are stored last and with release (as part of seq_cst).
//    The driver goes in ring order, so whoever sees the first sees all: one ordered store per batch.
//  - The two handshakes "publish, then look whether the other side sleeps" need store → load order: both are
//    seq_cst, as in SplitRing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"
#include "mem/guest_memory.h"
#include "virtq/break_code.h"
#include "virtq/chain.h"
#include "virtq/ring_config.h"

namespace doorbell {

class PackedRing {
 public:
  // As of SplitRing. Positions are an index in bits 0-14 and a wrap counter in bit 15, as in SET_VRING_BASE. Without
  // `used` nothing is in flight: it equals `avail`.
  static Result<PackedRing> Attach(const RingConfig& config, const GuestMemory& memory, uint16_t avail,
                                   std::optional<uint16_t> used);

  BreakCode Take(ChainBatch& batch, size_t max, Direction direction);
  BreakCode TakeOne(ChainBatch& batch, Direction direction);
  void Untake(std::span<const Chain> chains);

  // Writes one used descriptor; seen by the driver at Publish(). With IN_ORDER one stands for all chains in a row
  // into which nothing was written.
  void Complete(const Chain& chain, uint32_t written);
  void Complete(std::span<const Chain> chains);
  bool Publish();
  bool has_unpublished() const { return unpublished_ != 0; }
  void SignalNext() { signal_next_ = true; }

  bool EnableNotifications();
  void DisableNotifications();
  // The event position lags behind what was seen, so the next notification may not come.
  bool notifications_stale() const { return event_idx_ && event_ != Seen().bits(); }

  // As of SplitRing: at index 0 of a lap like the first one.
  bool at_start() const { return in_step_ && next_.index == 0 && next_.wrap; }

  // Looks for descriptors beyond what was seen; → how many can be taken. Never more than the ring holds.
  uint16_t Refresh();

  // Free-running counts of descriptors, since the ring was attached: those that the driver made available, and
  // those that were published as used. Any thread that may see the areas; a moment old.
  uint16_t PeekAvail() const;
  uint16_t PeekUsed() const;
  // As of SplitRing, in descriptors. A chain across the end of the ring passes its first index.
  std::optional<uint32_t> PeekToStart() const;

  uint16_t avail() const { return next_.bits(); }
  // As the driver sees it at every batch boundary.
  uint16_t used() const { return used_.bits(); }
  uint32_t size() const { return size_; }

 private:
  // A slot of the ring in one of the two kinds of laps.
  struct Place {
    static constexpr uint16_t kWrapBit = 0x8000;

    uint16_t index = 0;
    bool wrap = true;

    static Place FromBits(uint16_t bits) {
      return {static_cast<uint16_t>(bits & ~kWrapBit), (bits & kWrapBit) != 0};
    }
    uint16_t bits() const { return static_cast<uint16_t>(index | (wrap ? kWrapBit : 0)); }
    // At most one lap.
    Place Plus(uint32_t slots, uint32_t size) const {
      const uint32_t sum = index + slots;
      if (sum < size) return {static_cast<uint16_t>(sum), wrap};
      return {static_cast<uint16_t>(sum - size), !wrap};
    }
    Place Minus(uint32_t slots, uint32_t size) const {
      if (slots <= index) return {static_cast<uint16_t>(index - slots), wrap};
      return {static_cast<uint16_t>(index + size - slots), !wrap};
    }
  };

  PackedRing() = default;

  std::byte* Slot(Place place) const;
  // What was seen of the driver's descriptors ends here.
  Place Seen() const { return next_.Plus(seen_ahead_, size_); }
  void Prefetch(Direction direction) const;
  // As of SplitRing; ends also where no more is available.
  size_t TakePlain(ChainBatch& batch, size_t most, Direction direction);
  template <Direction direction>
  size_t TakePlainOf(ChainBatch& batch, size_t most);
  BreakCode CopyChain(uint16_t head_flags, ChainBatch& batch, Direction direction) const;
  BreakCode CopyIndirect(uint64_t address, uint32_t length, ChainBatch& batch, Chain& chain) const;
  // Its used descriptor, at the place of its first.
  void WriteUsed(const Chain& chain, uint32_t written);
  void Advance(const Chain& chain);
  bool WantsInterrupt(uint32_t published) const;

  const GuestMemory* memory_ = nullptr;
  std::byte* desc_ = nullptr;
  std::byte* driver_event_ = nullptr;
  std::byte* device_event_ = nullptr;
  uint32_t size_ = 0;
  bool event_idx_ = false;
  bool indirect_allowed_ = false;
  bool in_order_ = false;
  // Both sides stand at one place between batches.
  bool in_step_ = false;

  // The next descriptor to take, and how many from it on are known to be available.
  Place next_;
  uint32_t seen_ahead_ = 0;
  // Taken and not completed.
  uint32_t outstanding_ = 0;
  // Of the last Take(), as a guess at the next.
  size_t taken_last_ = 0;
  // Where the next used descriptor goes, and how many slots before it the driver was not shown yet.
  Place used_;
  uint32_t unpublished_ = 0;
  // Of the batch that is being completed: its first descriptor's flags wait until Publish().
  Place first_used_;
  uint16_t first_flags_ = 0;
  // IN_ORDER: where the used descriptor lies that one more chain without written bytes may join.
  std::optional<Place> joinable_;
  bool signal_next_ = false;
  // The suppression structure as we last wrote it; kNoEvent is no position.
  static constexpr uint32_t kNoEvent = 0x10000;
  uint32_t event_ = kNoEvent;
  bool notifications_enabled_ = false;
  // For Peek: what was published, as a place in the low half and a count in the high one.
  uint32_t published_ = 0;
};

}  // namespace doorbell
