// The driver of one queue pair: keeps rx buffers posted, sends numbered probes, and judges what comes back.
// All calls but the counters come from one thread at a time.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "guest/driver_ring.h"
#include "guest/guest_layout.h"
#include "guest/latency_histogram.h"
#include "guest/probe_frame.h"
#include "guest/queue_notifier.h"
#include "guest/sequence_tracker.h"

namespace doorbell {

struct Traffic {
  enum class Kind { kNone, kPing, kStream };
  Kind kind = Kind::kNone;
  // Frames per second and pair. kPing: above 0. kStream: 0 is as many as the ring takes.
  double rate = 0;
};

// Written by the driver, read by any thread; each is a moment old at most.
struct PairCounters {
  std::atomic<uint64_t> sent{0};
  std::atomic<uint64_t> received{0};
  std::atomic<uint64_t> lost{0};
  std::atomic<uint64_t> duplicated{0};
  std::atomic<uint64_t> reordered{0};
  std::atomic<uint64_t> corrupted{0};
  std::atomic<uint64_t> kicks{0};
  std::atomic<uint64_t> doorbells{0};
  std::atomic<uint64_t> interrupts{0};
};

class PairDriver {
 public:
  static constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

  struct Options {
    uint32_t pair = 0;
    uint16_t queue_size = 0;
    // Tells this guest's addresses from other guests'.
    uint16_t guest = 0;
    bool event_idx = false;
    bool indirect = false;
    bool packed = false;
    bool in_order = false;
    bool notification_data = false;
    // Of the net header: 10, or 12 where it has num_buffers (virtio 1.2 §5.1.6).
    uint32_t net_header = 12;
  };

  // `file` is the whole guest memory and outlives this, as `layout` does.
  PairDriver(const GuestLayout& layout, std::byte* file, const Options& options, QueueNotifier rx,
             QueueNotifier tx);

  QueueNotifier& rx_notifier() { return rx_notifier_; }
  QueueNotifier& tx_notifier() { return tx_notifier_; }
  const PairCounters& counters() const { return counters_; }
  const LatencyHistogram& round_trips() const { return round_trips_; }

  // Fresh rings at `base`; what was in flight is forgotten, which is no loss.
  void Reset(uint32_t base);
  // Round trips are measured anew.
  void SetTraffic(const Traffic& traffic, uint64_t now_ns);
  // One bounded round of everything that is possible now; whether anything was done.
  bool Poll(uint64_t now_ns);
  // Asks for interrupts. False: something came meanwhile, poll again.
  [[nodiscard]] bool PrepareSleep();
  // When Poll has something to do without an interrupt; kNever if only an interrupt can bring it.
  uint64_t NextDueNs() const;
  void CountInterrupt() { Add(counters_.interrupts, 1); }

  uint64_t outstanding() const { return sequences_.outstanding(); }
  // Counts everything outstanding as lost.
  void GiveUp();

 private:
  bool ReapRx();
  bool ReapTx();
  bool SendDue(uint64_t now_ns);
  bool CanSend() const;
  void PostRx();
  void SendProbe();
  void Judge(uint16_t slot, uint32_t length);
  void Publish(DriverRing& ring, QueueNotifier& notifier, uint16_t index);
  // There is one writer: no read-modify-write is needed.
  static void Add(std::atomic<uint64_t>& counter, uint64_t n) {
    counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }

  const GuestLayout& layout_;
  std::byte* const file_;
  const Options options_;
  const QueuePlacement rx_place_;
  const QueuePlacement tx_place_;
  const MacAddress address_;
  DriverRing rx_;
  DriverRing tx_;
  QueueNotifier rx_notifier_;
  QueueNotifier tx_notifier_;
  SequenceTracker sequences_;
  LatencyHistogram round_trips_;
  PairCounters counters_;
  // Every outstanding frame finds an rx buffer: the peer never has to drop one.
  const uint64_t window_;
  Traffic traffic_;
  uint64_t interval_ns_ = 0;
  uint64_t next_send_ns_ = kNever;
  // When a frame last came, or sending began with none outstanding.
  uint64_t last_progress_ns_ = 0;
  bool interrupts_enabled_ = true;
  // What the device wrote is copied out before it is judged: it could change under the checks.
  std::array<std::byte, GuestLayout::kBufferStride> scratch_{};
};

}  // namespace doorbell
