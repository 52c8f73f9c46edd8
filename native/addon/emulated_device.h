// JavaScript's `EmulatedDevice`.
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

  Napi::Value Queue(const Napi::CallbackInfo& info);
  Napi::Value CpuNs(const Napi::CallbackInfo& info);

 private:
  void OnClose() override;

  // Outlives this: closing the data path closes its devices.
  DataPathHandle& path_;
  EmulatedDevice device_;
  ChildHandles children_;
};

}  // namespace doorbell
