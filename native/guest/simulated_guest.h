// The guest half of a virtio-net device without a guest: rings and buffers in a memfd of its own, a driver on
// its own thread, eventfds and notify pages as a VMM would wire them. A front-end (main/vmm) presents its
// memory, rings and eventfds to a back-end; what the back-end does to the rings is checked and never trusted.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/scoped_fd.h"
#include "base/scoped_mmap.h"
#include "guest/guest_layout.h"
#include "guest/pair_driver.h"
#include "net/thread.h"
#include "virtq/batch_mutex.h"
#include "virtq/ring_config.h"

namespace doorbell {

class SimulatedGuest {
 public:
  struct Config {
    uint32_t queue_pairs = 1;
    uint32_t queue_size = 256;
    // Negotiated. They say the format of the rings, the length of the net header, and with ACCESS_PLATFORM that the
    // device sees I/O virtual addresses only.
    uint64_t features = 0;
  };
  static constexpr uint32_t kMaxQueuePairs = 64;
  static constexpr uint32_t kMinQueueSize = 4;
  static constexpr uint32_t kMaxQueueSize = 4096;

  // Front-end addresses, behind an IOMMU I/O virtual ones.
  struct RingAddresses {
    uint32_t size = 0;
    uint64_t desc = 0;
    uint64_t avail = 0;
    uint64_t used = 0;
  };
  struct PairSample {
    uint64_t sent = 0;
    uint64_t received = 0;
    uint64_t lost = 0;
    uint64_t duplicated = 0;
    uint64_t reordered = 0;
    uint64_t corrupted = 0;
    uint64_t kicks = 0;
    uint64_t doorbells = 0;
    uint64_t interrupts = 0;
    // Since the last Run() with traffic; none while nothing came back.
    std::optional<uint64_t> rtt_p50_ns;
    std::optional<uint64_t> rtt_p99_ns;
  };

  // EINVAL for numbers outside the bounds above, a queue size that is no power of two, or packed rings without
  // VERSION_1; else the errno of what the system refused.
  static Result<std::unique_ptr<SimulatedGuest>> Create(const Config& config);
  // Stops and joins the driver; drains in progress end.
  ~SimulatedGuest();
  SimulatedGuest(const SimulatedGuest&) = delete;
  SimulatedGuest& operator=(const SimulatedGuest&) = delete;

  // Fixed for life. Queue 2i is pair i's rx, 2i+1 its tx. Descriptors are borrowed.
  uint32_t queue_count() const { return layout_.queue_count(); }
  uint32_t pair_count() const { return static_cast<uint32_t>(pairs_.size()); }
  int memory_fd() const { return memory_fd_.get(); }
  std::span<const GuestRegion> regions() const { return layout_.regions(); }
  RingAddresses ring(uint32_t queue) const;
  // As of GuestLayout; empty for a guest without an IOMMU.
  std::optional<IommuPage> Translate(uint64_t iova) const {
    return layout_.behind_iommu() ? layout_.Translate(iova) : std::nullopt;
  }
  int kick_fd(uint32_t queue) const { return NotifierOf(queue).kick_fd(); }
  int call_fd(uint32_t queue) const { return NotifierOf(queue).call_fd(); }

  // The calls below wait for the driver's current round (microseconds), from one thread at a time.
  // See QueueNotifier for the codes.
  Status MapNotify(uint32_t queue, int fd, uint64_t offset, uint64_t size);
  void UnmapNotify(uint32_t queue);
  // Fresh rings at `base`; the driver rests until Run(). No device may serve the rings meanwhile.
  void Reset(uint32_t base);
  // Whether the rings have such a place, with nothing in flight.
  bool HasBase(uint32_t base) const;
  uint32_t first_base() const { return FirstBase(features_); }
  void Run(const Traffic& traffic);
  // Ends the traffic; `done` is called on the driver's thread when everything sent came back or `timeout_ns`
  // have passed, after counting what is missing as lost.
  void Drain(uint64_t timeout_ns, std::function<void()> done);

  PairSample Sample(uint32_t pair) const;

 private:
  struct PendingDrain {
    uint64_t deadline_ns;
    std::function<void()> done;
  };

  SimulatedGuest(const Config& config, ScopedFd memory_fd, ScopedMmap memory);

  Status Start(const Config& config);
  Status Watch(int fd, uint64_t tag);
  QueueNotifier& NotifierOf(uint32_t queue) const;
  void Wake();

  void Loop();
  // One round under the gate; → whether to go on at once. `due_ns` is when to look again otherwise.
  bool Round(uint64_t& due_ns);
  // The drains that are over.
  std::vector<PendingDrain> TakeEndedDrains(uint64_t now_ns);
  void Sleep(uint64_t due_ns);

  const uint64_t features_;
  const GuestLayout layout_;
  const ScopedFd memory_fd_;
  const ScopedMmap memory_;
  std::vector<std::unique_ptr<PairDriver>> pairs_;
  ScopedFd epoll_;
  ScopedFd timer_;
  ScopedFd wake_;

  // Held by the driver for one round; whoever changes anything below or in the pairs takes it in between.
  BatchMutex gate_;
  bool running_ = false;
  bool ending_ = false;
  std::vector<PendingDrain> drains_;

  Thread thread_;
};

}  // namespace doorbell
