// One virtqueue of a session as the engine holds it, whoever serves its ring.
//
// The kick eventfd stays attached to the engine's worker in every phase. A kick means "serve" while the engine
// owns the ring and "one store to the doorbell" while the accelerator does, so a guest that has not noticed a
// change of the path is never lost.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "net/accelerator_queue.h"
#include "net/ring_notice.h"
#include "net/port.h"
#include "net/worker.h"

namespace doorbell {

// Numbers of one queue, in the order of SAMPLE_FIELDS in main/addon/surface.ts. Unknown is -1.
struct QueueSample {
  enum Field {
    kKicks,
    kDoorbells,
    kInterrupts,
    kCalls,
    kEngineDescriptors,
    kDeviceDescriptors,
    kAvailIdx,
    kUsedIdx,
    kProvenWakes,
    kDrops,
    kBroken,
    kToStart,
    kBlackoutNs,
    kCount,
  };
  std::array<double, kCount> values;
};

// What the engine did for one queue since it was made, in the order of STATISTICS_FIELDS in main/addon/surface.ts.
struct QueueStatistics {
  enum Field {
    kKicks,
    kKicksSuppressed,
    kCalls,
    kCallsSuppressed,
    kChains,
    kFrames,
    kBytes,
    kFirstBatchSize,
    kFirstDropReason = kFirstBatchSize + RingCounters::kBatchSizes,
    kCount = kFirstDropReason + DropCounters::kReasons,
  };
  std::array<double, kCount> values;
};

struct Handover {
  // Where the new owner began, as in SET_VRING_BASE.
  uint32_t base = 0;
  // From the old owner's last descriptor to the new owner's first; 0 where the ring was empty: nothing waited.
  uint64_t blackout_ns = 0;
};

class EngineQueue final : public QueueSide,
                          public WorkerClient,
                          public std::enable_shared_from_this<EngineQueue> {
 public:
  EngineQueue(const Domain& domain, std::shared_ptr<QueueContext> context, std::shared_ptr<Worker> worker,
              const std::shared_ptr<RingNotice>& notice);

  // ── commands, from one thread ──
  // ScopedFd::kInvalid detaches, and so does an fd that is no eventfd. The fds stay the caller's.
  Status SetKick(int fd_or_none);
  // A running ring's new target is signalled once, as what the old one was told last may be lost.
  Status SetCall(int fd_or_none);
  Status SetErr(int fd_or_none);
  // As of RingServer.
  Status Start(const RingConfig& config, std::shared_ptr<GuestMemory> memory, uint32_t base);
  // Whoever serves the ring lets go of it; → the base to go on from.
  uint32_t Stop();
  void SetEnabled(bool enabled);
  Status ReplaceMemory(std::shared_ptr<GuestMemory> memory);
  // As of RingServer; what can go on is looked at.
  void TranslationsChanged();
  // What this device has to do beforehand for the ring as it is now, so that HandOverTo() does not wait for it. For any
  // thread, and at any time: the ring is not touched.
  std::function<Status()> PreparationOf(std::shared_ptr<AcceleratorQueue> device) const;
  Result<Handover> HandOverTo(std::shared_ptr<AcceleratorQueue> device);
  // The ring is the engine's again; ENOTCONN where no device has it.
  Result<Handover> HandOverBack();
  void SetGuardPoll(bool on);
  // As of RingServer. While set, a ring that a device gives back is marked as a whole.
  void SetLog(std::shared_ptr<DirtyLog> log, std::optional<uint64_t> used);
  // While on, the engine serves no further than the ring's first index: see RingServer::HoldAtStart. Tells the notice
  // when it waits there. Ends with a handover.
  void SetHoldAtStart(bool on);
  // The worker that serves it from now on, of the same domain. What the engine serves goes on without a gap.
  Status MoveTo(std::shared_ptr<Worker> worker);
  const std::shared_ptr<Worker>& worker() const { return worker_; }
  QueueSample Sample() const;
  // Of what the engine served; an accelerator's turns are not in it.
  QueueStatistics Statistics() const;
  // Stops, detaches every fd and leaves the worker. Idempotent.
  void Close();

  // ── any thread ──
  void Wake() override;

  // ── WorkerClient ──
  Served Kicked(Forwarder& forwarder, bool counted) override;
  Served Look(Forwarder& forwarder) override;
  Served Guard(Forwarder& forwarder) override;
  bool Rest() override;

 private:
  // What devices did for this queue, over all of their turns.
  AcceleratorCounts DeviceTotals() const;
  QueueSide& Owner() { return device_side_ != nullptr ? *device_side_ : static_cast<QueueSide&>(*this); }
  const QueueSide& Owner() const {
    return device_side_ != nullptr ? static_cast<const QueueSide&>(*device_side_) : *this;
  }
  std::shared_ptr<AcceleratorQueue> Device();
  std::shared_ptr<Worker> ServingWorker();
  Result<uint32_t> GiveRing(AcceleratorQueue& device, const std::shared_ptr<QueueSide>& side);
  Result<uint32_t> PassRing(const std::shared_ptr<QueueSide>& from, const std::shared_ptr<QueueSide>& to);
  // The device's turn is over: its ring was taken back or stopped.
  void ReleaseDevice();

  const std::shared_ptr<QueueContext> context_;
  // Written by commands, read by whoever wakes it.
  std::mutex worker_mutex_;
  std::shared_ptr<Worker> worker_;
  const std::shared_ptr<RingNotice> notice_;
  std::atomic<uint64_t> kicks_{0};
  std::atomic<bool> poked_{false};

  // Written by commands, read by the worker for each kick.
  std::mutex device_mutex_;
  std::shared_ptr<AcceleratorQueue> device_;

  // The command thread's own.
  std::shared_ptr<QueueSide> device_side_;
  // Of the turns before this one.
  AcceleratorCounts earlier_counts_{0, 0, 0, 0};
  std::shared_ptr<const EventTarget> call_;
  std::shared_ptr<const EventTarget> err_;
  uint64_t kick_key_ = 0;
  bool guarded_ = false;
  bool handed_over_ = false;

  // What the last guard poll saw. Atomic, since for a moment after it was moved it has two workers.
  std::atomic<uint16_t> guard_avail_{0};
  std::atomic<uint16_t> guard_used_{0};
};

}  // namespace doorbell
