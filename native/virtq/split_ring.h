// The device side of one split virtqueue (virtio 1.2 §2.7) as a value: where its three areas are, how far it
// has been served, and what the driver was told about notifications. No lock, no fds: see RingServer.
//
//   desc   size × {u64 address, u32 length, u16 flags, u16 next}
//   avail  u16 flags, u16 idx, size × u16 head, u16 used_event      written by the driver
//   used   u16 flags, u16 idx, size × {u32 head, u32 length}, u16 avail_event   written here
//
// Memory order, the same at every place:
//  - avail.idx is loaded with acquire: the entries and descriptors below it are visible after it.
//  - used.idx is stored after the entries below it, so that they are visible with it.
//  - The two handshakes "publish, then look whether the other side sleeps" need store → load order. Both the
//    store and the load are seq_cst, which every C++ target gives as such (x86: locked exchange; arm64:
//    stlr/ldar), without a fence that ThreadSanitizer could not see.
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

class SplitRing {
 public:
  // Checks sizes, alignment and that each area lies in one region of `memory`, which must outlive the value.
  // `used` is the used index to go on from; without it the one in memory is taken, as after a reconnect.
  static Result<SplitRing> Attach(const RingConfig& config, const GuestMemory& memory, uint16_t base,
                                  std::optional<uint16_t> used);

  // Copies at most `max` available chains into `batch` (cleared first). What was taken is completed, or given
  // back by Untake(). A code other than kNone breaks the ring; the chains before the bad one stand.
  BreakCode Take(ChainBatch& batch, size_t max, Direction direction);
  // Adds one more chain to `batch`; count is unchanged if none is available. `batch` has room.
  BreakCode TakeOne(ChainBatch& batch, Direction direction);
  // Gives chains back to the ring, the last ones that were taken; they are still the driver's.
  void Untake(std::span<const Chain> chains) {
    next_avail_ = static_cast<uint16_t>(next_avail_ - chains.size());
  }
  // Writes one used entry; seen by the driver at Publish(). In the order of Take(): base is used in order. With
  // IN_ORDER one entry stands for all chains in a row into which nothing was written.
  void Complete(const Chain& chain, uint32_t written);
  // As often as there are chains, each with what it says was written.
  void Complete(std::span<const Chain> chains);
  // Shows the completed entries; → whether the driver wants an interrupt for them.
  bool Publish();
  bool has_unpublished() const { return next_used_ != published_used_; }
  // The next Publish() wants its interrupt whatever the driver says: after a handover nobody knows which one the
  // driver still waits for.
  void SignalNext() { signal_next_ = true; }

  // Asks for a notification of anything beyond what was seen so far, then looks: true = something new is there
  // already and no notification may come for it.
  bool EnableNotifications();
  void DisableNotifications();
  // avail_event lags behind what was seen, so the next notification may not come.
  bool notifications_stale() const { return event_idx_ && avail_event_ != seen_avail_; }

  // Looks at avail.idx; → chains that can be taken. More than `size` is the guest's error, found by Take().
  uint16_t Refresh();
  // As last seen, without a look.
  uint16_t remaining() const { return static_cast<uint16_t>(seen_avail_ - next_avail_); }

  // At its first index and, once what was taken is completed, with nothing in flight: a device may start here that
  // can start nowhere else.
  bool at_start() const { return in_step_ && next_avail_ == 0; }

  // What the two sides have published, read from memory. Any thread that may see the areas.
  uint16_t PeekAvail() const;
  uint16_t PeekUsed() const;
  // How many entries are to be used until the ring is at_start(); empty where it never is.
  std::optional<uint32_t> PeekToStart() const {
    return in_step_ ? std::optional<uint32_t>(static_cast<uint16_t>(-PeekUsed())) : std::nullopt;
  }

  uint16_t avail() const { return next_avail_; }
  // As the driver sees it; equals what was completed at every batch boundary.
  uint16_t used() const { return published_used_; }
  uint32_t size() const { return size_; }

 private:
  struct Descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags;
    uint16_t next;
  };

  SplitRing() = default;

  // The driver's CPU wrote them: the misses on the next `count` chains' first descriptors overlap.
  void PrefetchDescriptors(size_t count) const;
  // The driver's CPU reads them: where the next `count` used entries will be written.
  void PrefetchUsed(size_t count, Direction direction) const;
  // Takes up to `most` chains, which are there, as long as they are of the usual kind: one direct buffer of the
  // queue's direction. → how many; whatever comes next must be looked at with more care.
  size_t TakePlain(ChainBatch& batch, size_t most, Direction direction);
  template <Direction direction>
  size_t TakePlainOf(ChainBatch& batch, size_t most);
  static Descriptor CopyDescriptor(const std::byte* entry);
  BreakCode CopyChain(uint16_t head, ChainBatch& batch, Direction direction) const;
  BreakCode CopyTable(const std::byte* table, uint32_t entries, uint16_t first, bool indirect,
                      ChainBatch& batch, Chain& chain) const;

  const GuestMemory* memory_ = nullptr;
  std::byte* desc_ = nullptr;
  std::byte* avail_ = nullptr;
  std::byte* used_ = nullptr;
  uint32_t size_ = 0;
  bool event_idx_ = false;
  bool indirect_allowed_ = false;
  bool in_order_ = false;
  // Both sides stand at one index between batches.
  bool in_step_ = false;

  uint16_t next_avail_ = 0;
  // avail.idx as last loaded.
  uint16_t seen_avail_ = 0;
  // Entries written, and those of them that the driver was shown.
  uint16_t next_used_ = 0;
  uint16_t published_used_ = 0;
  // IN_ORDER: the entry, not shown yet, that one more chain without written bytes may join.
  std::optional<uint16_t> joinable_;
  bool signal_next_ = false;
  // The suppression area as we last wrote it.
  bool notifications_enabled_ = false;
  uint16_t avail_event_ = 0;
};

}  // namespace doorbell
