// SIM: an accelerator that serves guests' rings itself, as hardware would. Its switch is the data path's, so a
// queue that changes hands stays on the same network.
#pragma once

#include <functional>
#include <memory>

#include "device/device_queue.h"
#include "device/device_thread.h"
#include "net/ring_notice.h"

namespace doorbell {

class EmulatedDevice {
 public:
  // `notice` is told when a ring breaks that the device serves. `zero_only`: it starts rings at index 0 only, as
  // virtio-pci hardware does.
  EmulatedDevice(std::shared_ptr<Switch> network, std::shared_ptr<RingNotice> notice, bool zero_only = false)
      : thread_(std::make_shared<DeviceThread>(std::move(network))),
        notice_(std::move(notice)),
        zero_only_(zero_only) {}

  EmulatedDevice(const EmulatedDevice&) = delete;
  EmulatedDevice& operator=(const EmulatedDevice&) = delete;
  ~EmulatedDevice() { Close(); }

  // A new queue with a notify page of its own.
  Result<std::shared_ptr<DeviceQueue>> AddQueue() {
    Result<NotifyPage> page = NotifyPage::Create();
    if (!page.ok()) return page.error();
    return std::make_shared<DeviceQueue>(thread_, std::move(page).value(), zero_only_,
                                         [notice = notice_] { notice->Notify(); });
  }

  // Every queue has given its ring back. Idempotent.
  void Close() { thread_->Stop(); }
  uint64_t CpuNs() { return thread_->CpuNs(); }

 private:
  std::shared_ptr<DeviceThread> thread_;
  std::shared_ptr<RingNotice> notice_;
  const bool zero_only_;
};

}  // namespace doorbell
