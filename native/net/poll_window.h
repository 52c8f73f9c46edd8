// How long a worker goes on looking at a queue after its last work, before it asks for kicks and sleeps. Polling
// pays while the next work comes sooner than a wake-up takes; a queue whose pauses are longer would only burn the
// core. So the window follows the queue's own pauses, within a budget.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace doorbell {

class PollWindow {
 public:
  // Work came at `now_ns` to a queue that was not polled. → how long to poll it now.
  uint64_t Woken(uint64_t now_ns, uint64_t budget_ns) {
    const uint64_t rested = rested_ns_.load(std::memory_order_relaxed);
    uint64_t window = window_ns_.load(std::memory_order_relaxed);
    if (rested == 0)
      window = budget_ns;
    else if (now_ns - rested <= budget_ns)
      window = std::max(2 * window, budget_ns / 8);
    else
      window = window / 2 < budget_ns / 8 ? 0 : window / 2;
    window = std::min(window, budget_ns);
    window_ns_.store(window, std::memory_order_relaxed);
    return window;
  }
  // Polling ended without work at `now_ns`.
  void Rested(uint64_t now_ns) { rested_ns_.store(now_ns, std::memory_order_relaxed); }
  uint64_t length_ns() const { return window_ns_.load(std::memory_order_relaxed); }

 private:
  // Atomic, since for a moment after it was moved a queue has two workers. Nothing else depends on them.
  std::atomic<uint64_t> window_ns_{0};
  std::atomic<uint64_t> rested_ns_{0};
};

}  // namespace doorbell
