// The emulated device's own thread: silicon in reality. It polls the doorbells of all queues that have a ring;
// while doorbells come it spins, later it naps, a millisecond at a time and half of one more after a second without
// any, and without a ring it sleeps until it gets one.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "device/notify_page.h"
#include "net/forwarder.h"
#include "net/thread.h"

namespace doorbell {

enum class Polled {
  kQuiet,
  kWorked,  // Served without a doorbell: a frame came, or more was left from last time.
  kRung,
};

class PolledQueue {
 public:
  virtual ~PolledQueue() = default;
  // On the device's thread.
  virtual Polled Poll(Forwarder& forwarder) = 0;
  // Lives as long as this.
  virtual DoorbellWord doorbell() = 0;
};

class DeviceThread {
 public:
  explicit DeviceThread(std::shared_ptr<Switch> network);
  DeviceThread(const DeviceThread&) = delete;
  DeviceThread& operator=(const DeviceThread&) = delete;
  ~DeviceThread() { Stop(); }

  // Joins the thread. Nothing is polled afterwards. Idempotent.
  void Stop();

  // False after Stop().
  bool Add(std::shared_ptr<PolledQueue> queue);
  // It may be polled once more, while this runs or shortly after.
  void Remove(const std::shared_ptr<PolledQueue>& queue);
  // Polls all queues soon. Any thread.
  void Wake();

  const Domain& domain() const { return domain_; }
  // CPU time since start, in nanoseconds; of the device, not of the engine.
  uint64_t CpuNs();

 private:
  void Run();
  // Waits for Wake(), at most `limit_ns`, or without limit if that is 0. → whether it came.
  bool Sleep(uint64_t limit_ns);
  // Until Wake(), a doorbell, or the time for another poll.
  void Nap(const std::vector<DoorbellWord>& doorbells, uint64_t nap_ns);
  void WakeNow();
  // In the middle of spinning.
  void OfferCpu(uint64_t now_ns);

  const Domain domain_{.watches_rx_buffers = true};
  const std::shared_ptr<Switch> switch_;

  std::mutex mutex_;
  // Under mutex_.
  std::vector<std::shared_ptr<PolledQueue>> queues_;

  // A futex: 1 after WakeNow(), until the thread has seen it. A condition variable costs a nap a lock and two looks at
  // the clock more.
  std::atomic<uint32_t> wake_{0};
  std::atomic<uint64_t> version_{0};
  std::atomic<bool> stopping_{false};
  // Lets Wake() pass without the lock while the thread is awake.
  std::atomic<bool> asleep_{false};
  uint64_t cpu_ns_when_stopped_ = 0;
  // The thread's own.
  uint64_t crowded_until_ns_ = 0;
  Thread thread_;
};

}  // namespace doorbell
