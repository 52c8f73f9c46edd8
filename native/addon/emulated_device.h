// JavaScript's `EmulatedDevice` and `DeviceQueue`.
#pragma once

#include <napi.h>

#include <memory>

#include "addon/data_path.h"
#include "addon/handle.h"
#include "device/emulated_device.h"

namespace doorbell {

class EmulatedDeviceHandle final : public Handle {
 public:
  static constexpr const char* kName = "EmulatedDevice";
  static constexpr napi_type_tag kTag = {0x2ae7914bc6d04f58, 0xa7f06b18d3e54c29};

  EmulatedDeviceHandle(Addon& addon, DataPathHandle& path, bool zero_only);
  ~EmulatedDeviceHandle() override { Close(); }

  ChildHandles& children() { return children_; }

  Napi::Value Queue(const Napi::CallbackInfo& info);
  Napi::Value CpuNs(const Napi::CallbackInfo& info);

 private:
  void OnClose() override;

  // Outlives this: closing the data path closes its devices.
  DataPathHandle& path_;
  EmulatedDevice device_;
  ChildHandles children_;
};

class DeviceQueueHandle final : public Handle {
 public:
  static constexpr const char* kName = "DeviceQueue";
  static constexpr napi_type_tag kTag = {0x70d9e3a5182b4cf6, 0x8b42c69f0e7d15a3};

  DeviceQueueHandle(Addon& addon, EmulatedDeviceHandle& device, std::shared_ptr<DeviceQueue> queue)
      : Handle(addon), device_(device), queue_(std::move(queue)) {
    device_.children().Enter(*this);
  }
  ~DeviceQueueHandle() override { Close(); }

  const std::shared_ptr<DeviceQueue>& queue() const { return queue_; }

  Napi::Value NotifyArea(const Napi::CallbackInfo& info);
  Napi::Value Ring(const Napi::CallbackInfo& info);

 private:
  void OnClose() override {
    queue_->GiveBack();
    // The page goes now, not when the collector finds this handle.
    queue_.reset();
    device_.children().Leave(*this);
  }

  // Outlives this: closing the device closes its queues.
  EmulatedDeviceHandle& device_;
  std::shared_ptr<DeviceQueue> queue_;
};

}  // namespace doorbell
