// One owner's view of one ring: the engine and the accelerator have a RingServer each for the same queue, and
// at most one of the two is started. It adds to the ring's value what serving it in threads needs: the lock
// that is held per batch, the memory generation that is held while started, the fds to signal, the counters.
//
// Threads: commands (Start, Stop, …) come from one thread and take the lock themselves. Serving threads hold
// `mutex()` around a batch: Take → Complete… → Publish; nothing stays taken when they let go.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "base/result.h"
#include "mem/dirty_log.h"
#include "mem/guest_memory.h"
#include "virtq/batch_mutex.h"
#include "virtq/break_code.h"
#include "virtq/chain.h"
#include "virtq/event_target.h"
#include "virtq/ring.h"
#include "virtq/ring_config.h"
#include "virtq/ring_counters.h"

namespace doorbell {

class RingServer {
 public:
  // Called from a serving or the command thread, with the ring's lock held, after the ring broke or began to wait for
  // a translation.
  using BreakListener = std::function<void()>;

  RingServer(Direction direction, BreakListener on_break)
      : direction_(direction), on_break_(std::move(on_break)) {}
  RingServer(const RingServer&) = delete;
  RingServer& operator=(const RingServer&) = delete;

  // ── commands ──
  // From now on marks the pages that it writes: those of the buffers, and those of the used area if `used` tells its
  // guest address (VHOST_VRING_F_LOG). Null: marks none. Kept over Stop() and Start().
  void SetLog(std::shared_ptr<DirtyLog> log, std::optional<uint64_t> used);
  // A device served the ring unlogged and was stopped: all that it may have written is marked.
  void MarkTakenOver();
  // While set, nothing is taken beyond the ring's first index: the ring is served up to there, with nothing in
  // flight then, `reached` is called (any thread, with the ring's lock held) and what is offered waits for a device
  // that can start nowhere else. It stays set over Stop() and Start() and ends with a handover. Null: serves on.
  // A frame that takes several chains may pass that index, and a ring whose two sides differ never comes to wait.
  void HoldAtStart(std::function<void()> reached);
  bool HeldAtStart();
  // Memory behind an IOMMU (GuestMemory::Behind): a ring whose next chain, or own area, has no translation waits. It is
  // started and serves nothing; `Miss()` says what it lacks. Pointers into guest memory are used between two calls of
  // TranslationsChanged() only, which waits for the batch under way: call it after every change of the Iotlb, before
  // the front-end is told that the change is done. → whether the ring has something to go on with.
  bool TranslationsChanged();
  std::optional<TranslationMiss> Miss();
  // Serves from `base` on, as in SET_VRING_BASE. Notifications are on afterwards, and the first completed batch
  // signals. Codes:
  // `ring-address-invalid`, `memory-truncated`, EINVAL, EBUSY if started.
  Status Start(const RingConfig& config, std::shared_ptr<GuestMemory> memory, uint32_t base);
  // Lets go of the ring and its memory; → the base to go on from. The last one where it was not started.
  uint32_t Stop();
  // The same ring in another generation of memory, between two batches. On failure the old one is served on.
  Status ReplaceMemory(std::shared_ptr<GuestMemory> memory);
  // Stops `from` and starts `to` at the same base, which is returned, both locks held: no thread sees the ring with
  // two owners or none. The caller makes the new owner look at the ring, then asks AwaitFirstTake for the blackout.
  // On failure `from` serves on; the code says why (a broken ring's own code, ENOTCONN if not started).
  // `held_since_ns`: for an rx ring, since when frames are held back for it that have buffers; empty where none are.
  static Result<uint32_t> HandOver(RingServer& from, RingServer& to, std::optional<uint64_t> held_since_ns);
  // Waits up to `limit_ns` for the new owner's first descriptor if the ring was not empty at handover; → the
  // blackout, or what has passed of it. blackout_ns() has the final value once it is known.
  uint64_t AwaitFirstTake(uint64_t limit_ns) const;
  // For an owner that is no thread of ours, but hardware: it serves the ring now. Said when it has taken the ring up,
  // which ends the blackout, and when it is about to let go of it.
  void NoteServing();
  // It served the ring and was stopped here, with `completed` chains of its own. What it took and did not complete is
  // completed with nothing written, in this order.
  Status ResumeAt(const RingPosition& at, uint64_t completed, std::span<const uint16_t> leftovers);
  // Its two sides do not fit together.
  void BreakStopped();
  // Of the ring that it was started with; null where not started. The thread of the commands.
  const RingConfig& config() const { return config_; }
  const std::shared_ptr<GuestMemory>& memory() const { return memory_; }
  // Signalled for completed chains, and once when the ring breaks. Null detaches.
  void SetCall(std::shared_ptr<const EventTarget> call);
  void SetErr(std::shared_ptr<const EventTarget> err);

  // ── serving, under the lock ──
  BatchMutex& mutex() { return mutex_; }
  // Started, whole, and its areas are there.
  bool serving() const { return ring_.has_value() && broken_.load(std::memory_order_relaxed) < 0; }
  // Of the config it was started with; 0 where not.
  uint64_t features() const { return config_.features; }
  // Breaks the ring if its memory was truncated. Take() does so itself; before a run of TakeOne()s it is called
  // once.
  bool CheckMemory();
  // It waits at its first index: see HoldAtStart.
  bool held() const { return hold_ && ring_.has_value() && ring_->at_start(); }
  // It takes nothing though something may be there: held, or without a translation.
  bool waits() const { return miss_.has_value() || held(); }
  // As of SplitRing, with a bad chain breaking the ring: then fewer chains come. → chains in `batch`.
  size_t Take(ChainBatch& batch, size_t max);
  // One more chain into `batch`; false if none is there or the ring broke.
  bool TakeOne(ChainBatch& batch);
  void Untake(std::span<const Chain> chains) { ring_->Untake(chains); }
  // The pages of buffers that are written are to be marked.
  bool logging() const { return log_ != nullptr; }
  // Marks the first `written` bytes of these buffers, which were just written, if that is asked for; before the chain
  // is completed.
  void LogWritten(std::span<const HostBuffer> buffers, uint64_t written) {
    if (log_ != nullptr) MarkBuffers(buffers, written);
  }
  void Complete(const Chain& chain, uint32_t written);
  // A batch of them, each with what it says was written; they carried `frames`.
  void Complete(std::span<const Chain> chains, uint64_t frames);
  // Shows what was completed and signals the call fd if the driver wants it.
  void Publish();
  bool EnableNotifications() {
    notifying_ = true;
    const bool more = ring_->EnableNotifications();
    if (log_ != nullptr) MarkUsedArea();
    return more;
  }
  void DisableNotifications() {
    notifying_ = false;
    ring_->DisableNotifications();
    if (log_ != nullptr) MarkUsedArea();
  }
  bool notifications_stale() const { return ring_->notifications_stale(); }
  uint32_t size() const { return ring_->size(); }
  // New chains that can be taken, or something to break on.
  bool HasWork() { return ring_->Refresh() != 0; }

  // ── any thread ──
  bool started() const { return started_.load(std::memory_order_acquire); }
  const RingCounters& counters() const { return counters_; }
  uint64_t chains() const { return counters_.chains.load(std::memory_order_relaxed); }
  BreakCode broken() const { return static_cast<BreakCode>(broken_.load(std::memory_order_relaxed)); }
  // Of the last handover to this owner: 0 where the ring was empty, so that nothing waited; what has passed of it
  // where it is not over yet; -1 before the first.
  int64_t blackout_ns() const;

  // ── command thread, or under the lock ──
  struct Indices {
    uint16_t avail;
    uint16_t used;
    // Chains, in a packed ring descriptors, to complete until the ring is at its first index; empty where it never is.
    std::optional<uint32_t> to_start;
  };
  // As published in guest memory, in a packed ring counted since this owner began; empty where not started.
  std::optional<Indices> Peek() const;

 private:
  // The suppression area is rewritten for this owner before it takes anything.
  void Adopt(Ring ring, const RingConfig& config, std::shared_ptr<GuestMemory> memory);
  // Lets go of the ring; the lock is held.
  void Release();
  void Break(BreakCode code);
  void MarkBuffers(std::span<const HostBuffer> buffers, uint64_t written);
  void MarkUsedArea();
  BreakCode TakeUpToStart(ChainBatch& batch, size_t max);
  void NoteTaken();
  // The chains of a batch were published.
  void CountBatch(bool called);
  // What ended a Take: the ring breaks, or waits.
  void End(BreakCode code, const ChainBatch& batch);
  void WaitFor(const TranslationMiss& miss);
  // Lets go of areas that are not translated any more; the position stays.
  void Suspend(const TranslationMiss& miss);
  void Resume();
  bool AreasMoved() const;

  const Direction direction_;
  const BreakListener on_break_;
  BatchMutex mutex_;

  // Under mutex_.
  std::optional<Ring> ring_;
  RingConfig config_;
  std::shared_ptr<GuestMemory> memory_;
  std::shared_ptr<const EventTarget> call_;
  std::shared_ptr<const EventTarget> err_;
  std::function<void()> hold_;
  std::shared_ptr<DirtyLog> log_;
  std::optional<uint64_t> used_log_;
  uint32_t last_base_ = 0;
  // Started, but its own areas have no translation: it goes on from last_base_.
  bool suspended_ = false;
  std::optional<TranslationMiss> miss_;
  // Behind an IOMMU: where desc, avail and used are.
  std::array<const std::byte*, 3> areas_ = {};
  uint64_t last_taken_ns_ = 0;
  // The last look took nothing.
  bool found_empty_ = false;
  // The driver was told to send kicks.
  bool notifying_ = false;
  // Chains completed since the last Publish().
  uint64_t in_batch_ = 0;

  RingCounters counters_;
  // Own cache line: read by samplers while the above is written per batch.
  alignas(64) std::atomic<int64_t> blackout_ns_{-1};
  // Start of a blackout that ends with the next descriptor taken; 0 where none is open.
  std::atomic<uint64_t> blackout_since_ns_{0};
  std::atomic<int8_t> broken_{static_cast<int8_t>(BreakCode::kNone)};
  std::atomic<bool> started_{false};
};

}  // namespace doorbell
