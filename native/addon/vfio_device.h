// JavaScript's `VfioDevice`.
#pragma once

#include <napi.h>

#include <memory>

#include "addon/data_path.h"
#include "addon/handle.h"
#include "addon/poll.h"
#include "vfio/virtio_function.h"

namespace doorbell {

class VfioDeviceHandle final : public Handle {
 public:
  static constexpr const char* kName = "VfioDevice";
  static constexpr napi_type_tag kTag = {0x6b1f90c7e25d4a83, 0x94d7a03c5e86b1f2};

  VfioDeviceHandle(Addon& addon, std::shared_ptr<VirtioFunction> function)
      : Handle(addon), function_(std::move(function)) {}
  ~VfioDeviceHandle() override { Close(); }

  Napi::Value Facts(const Napi::CallbackInfo& info);
  Napi::Value Group(const Napi::CallbackInfo& info);
  Napi::Value Queue(const Napi::CallbackInfo& info);
  Napi::Value ReleaseMemory(const Napi::CallbackInfo& info);
  Napi::Value Connect(const Napi::CallbackInfo& info);
  Napi::Value Disconnect(const Napi::CallbackInfo& info);
  Napi::Value LinkUp(const Napi::CallbackInfo& info);
  Napi::Value SetReceives(const Napi::CallbackInfo& info);
  Napi::Value Reception(const Napi::CallbackInfo& info);
  Napi::Value OnConfigChange(const Napi::CallbackInfo& info);
  Napi::Value OnFault(const Napi::CallbackInfo& info);

 private:
  void OnClose() override;
  void OnFaultSignal();
  void OnConfigSignal();

  std::shared_ptr<VirtioFunction> function_;
  ChildHandles children_;
  // Before the function, which owns what it polls.
  std::unique_ptr<Poll> poll_;
  std::unique_ptr<Poll> config_poll_;
  Napi::FunctionReference on_fault_;
  Napi::FunctionReference on_config_change_;
};

}  // namespace doorbell
