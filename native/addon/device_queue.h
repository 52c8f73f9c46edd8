// JavaScript's `DeviceQueue`: one reserved queue of a native device, whatever its kind.
#pragma once

#include <napi.h>

#include <memory>
#include <utility>

#include "addon/data_path.h"
#include "addon/handle.h"
#include "net/accelerator_queue.h"

namespace doorbell {

class DeviceQueueHandle final : public Handle {
 public:
  static constexpr const char* kName = "DeviceQueue";
  static constexpr napi_type_tag kTag = {0x70d9e3a5182b4cf6, 0x8b42c69f0e7d15a3};

  // `siblings` outlive it: closing the device closes its queues.
  DeviceQueueHandle(Addon& addon, ChildHandles& siblings, std::shared_ptr<AcceleratorQueue> queue)
      : Handle(addon), siblings_(siblings), queue_(std::move(queue)) {
    siblings_.Enter(*this);
  }
  ~DeviceQueueHandle() override { Close(); }

  const std::shared_ptr<AcceleratorQueue>& queue() const { return queue_; }

  Napi::Value NotifyArea(const Napi::CallbackInfo& info);
  Napi::Value Ring(const Napi::CallbackInfo& info);

 private:
  void OnClose() override {
    queue_->GiveBack();
    // The page goes now, not when the collector finds this handle.
    queue_.reset();
    siblings_.Leave(*this);
  }

  ChildHandles& siblings_;
  std::shared_ptr<AcceleratorQueue> queue_;
};

}  // namespace doorbell
