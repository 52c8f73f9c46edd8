// One queue of the emulated device: a doorbell, and a ring server while it has a ring to serve.
//
// Like hardware it looks at its ring when its doorbell was rung, once when it is started, and when a frame came
// for it. It does not look for any other reason.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "device/device_thread.h"
#include "device/notify_page.h"
#include "net/accelerator_queue.h"

namespace doorbell {

class DeviceQueue final : public AcceleratorQueue, public std::enable_shared_from_this<DeviceQueue> {
 public:
  DeviceQueue(std::shared_ptr<DeviceThread> thread, NotifyPage page, bool zero_only,
              std::function<void()> on_break)
      : thread_(std::move(thread)),
        zero_only_(zero_only),
        on_break_(std::move(on_break)),
        page_(std::move(page)) {}

  // The doorbell that may be handed to a guest. Borrowed.
  int page_fd() const { return page_.fd(); }
  uint64_t page_size() const { return page_.size(); }

  // ── commands ──
  Status Attach(std::shared_ptr<QueueContext> queue, std::function<void()> give_back) override;
  void Detach() override;
  // The queue goes away: ends a turn that goes on.
  void GiveBack();

  // ── any thread ──
  bool starts_at_zero_only() const override { return zero_only_; }
  std::shared_ptr<QueueSide> side() override;
  void RingDoorbell() override;
  uint64_t doorbells() const override { return doorbells_.load(std::memory_order_relaxed); }
  uint64_t proven_wakes() const override { return proven_wakes_.load(std::memory_order_relaxed); }

 private:
  class Turn;

  const std::shared_ptr<DeviceThread> thread_;
  const bool zero_only_;
  const std::function<void()> on_break_;
  NotifyPage page_;
  // The host rang: the next doorbell proves nothing about the guest's path.
  std::atomic<bool> host_rang_{false};

  std::mutex mutex_;
  // Under mutex_.
  std::shared_ptr<Turn> turn_;

  // The command thread's own.
  std::function<void()> give_back_;

  // Own cache line: written by the device, read by samplers.
  alignas(64) std::atomic<uint64_t> doorbells_{0};
  std::atomic<uint64_t> proven_wakes_{0};
};

}  // namespace doorbell
