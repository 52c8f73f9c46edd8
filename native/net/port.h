// A queue pair's place on the switch: where frames for the guest wait until whoever owns the rx ring puts them
// there.
//
// A frame from a thread of the owning domain goes straight into the guest's buffers. A frame from the other
// domain, or one that meets frames already held, is held in order: so neither a change of the rx owner nor one
// of the tx owner can reorder anything. Held frames are bounded; what does not fit is dropped and counted.
//
// Lock order: tx ring → port → rx ring. A thread holds one port at most.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "net/drop_counters.h"
#include "net/offload.h"
#include "net/queue_side.h"
#include "net/rx_placement.h"
#include "net/wire.h"

namespace doorbell {

class Port {
 public:
  // Enough for a whole ring of the usual size in flight while its two queues have different owners.
  static constexpr size_t kMaxHeldFrames = 1024;
  static constexpr size_t kMaxHeldBytes = 2 << 20;

  // `slot` is unique among the ports of a switch; ports of one session share a `group`, in which `pair` counts
  // them from 0.
  // `wire`: its network where that is not the switch, on which it has no place then; null for none.
  Port(uint16_t slot, uint32_t group, uint16_t pair, std::shared_ptr<Wire> wire = nullptr)
      : slot_(slot), group_(group), pair_(pair), wire_(std::move(wire)) {}
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  uint16_t slot() const { return slot_; }
  uint32_t group() const { return group_; }
  uint16_t pair() const { return pair_; }
  const std::shared_ptr<Wire>& wire() const { return wire_; }

  // ── commands ──
  // `side` is started.
  void BindRx(std::shared_ptr<QueueSide> side);
  // Drops what is held: it was for a driver that is gone.
  void UnbindRx();
  void SetEnabled(bool enabled) { enabled_.store(enabled, std::memory_order_relaxed); }
  // RingServer::HandOver with the port held, so that no frame is placed meanwhile.
  Result<uint32_t> HandOverRx(std::shared_ptr<QueueSide> to);

  // ── any thread ──
  // A frame would be placed or held.
  bool receives() const {
    return bound_.load(std::memory_order_relaxed) && enabled_.load(std::memory_order_relaxed);
  }
  // Frames for the guest, and frames of the guest.
  const DropCounters& rx_drops() const { return rx_drops_; }
  const DropCounters& tx_drops() const { return tx_drops_; }
  // With the tx ring's lock held.
  void CountTxDrop(DropReason reason, uint64_t count = 1) { tx_drops_.Add(reason, count); }

  // ── serving: Lock, any number of Accept, Unlock ──
  void Lock(const Domain& self);
  void Accept(const Frame& frame, RxPlacement& placement) {
    if (!flows_ || !placement.PlaceNext(frame)) AcceptWithCare(frame, placement);
  }
  // Places held frames, shows the guest what was placed, arranges the next notification.
  void Unlock(RxPlacement& placement);

 private:
  // A frame that waits for buffers or for the rx ring's owner.
  struct Held {
    std::vector<std::byte> bytes;
    Offload offload;
  };

  // All under the lock, the first three with the rx ring's lock held too where the thread's domain owns it.
  void AcceptWithCare(const Frame& frame, RxPlacement& placement);
  // The driver takes the frame's offloads.
  void PlaceOrHold(const Frame& frame, RxPlacement& placement);
  // False: no buffers, frames are still held.
  bool PlaceHeld(RxPlacement& placement);
  // Places what is held and shows the guest all that was placed.
  void ShowPlaced(RxPlacement& placement);
  void Settle(RxPlacement& placement);
  void Hold(const Frame& frame);
  void DropHeld();

  const uint16_t slot_;
  const uint32_t group_;
  const uint16_t pair_;
  const std::shared_ptr<Wire> wire_;
  std::atomic<bool> bound_{false};
  std::atomic<bool> enabled_{false};
  // Lines of their own: the first is written by senders, the second by whoever serves the guest's tx ring.
  DropCounters rx_drops_;
  DropCounters tx_drops_;

  BatchMutex mutex_;
  std::shared_ptr<QueueSide> rx_;
  // Of the driver behind it, as long as it is bound.
  uint64_t features_ = 0;
  std::deque<Held> held_;
  size_t held_bytes_ = 0;
  // The first of them.
  uint64_t held_since_ns_ = 0;
  // The rx ring ran out of buffers with frames held.
  bool starved_ = false;
  // The locking thread is of the domain that owns the rx ring, and holds the ring's lock.
  bool owned_ = false;
  // The last frame was placed, so that the next may go behind it into what was taken with it.
  bool flows_ = false;
  // The owner is to be woken after Unlock.
  bool wake_owner_ = false;
};

}  // namespace doorbell
