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
  Status Prepare(const RingConfig&, const std::shared_ptr<GuestMemory>&) override { return {}; }
  // Its thread looks at the ring as soon as it has one.
  Status Begin() override { return {}; }
  void End() override {}
  void Detach() override;
  Status SetCall(std::shared_ptr<const EventTarget> call) override;
  void GiveBack() override;
  Result<NotifyArea> notify_area() override;

  // ── any thread ──
  bool starts_at_zero_only() const override { return zero_only_; }
  std::shared_ptr<QueueSide> side() override;
  void RingDoorbell() override;
  AcceleratorCounts counts() override;

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
  uint64_t doorbells_at_attach_ = 0;
  uint64_t proven_wakes_at_attach_ = 0;

  // Own cache line: written by the device, read by samplers.
  alignas(64) std::atomic<uint64_t> doorbells_{0};
  std::atomic<uint64_t> proven_wakes_{0};
};

}  // namespace doorbell
