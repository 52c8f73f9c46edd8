#include "addon/emulated_device.h"

#include <utility>

#include "addon/addon.h"
#include "addon/answers.h"
#include "addon/arguments.h"
#include "addon/device_queue.h"

namespace doorbell {

namespace {

Napi::Value CreateEmulatedDevice(Addon& addon, const Napi::CallbackInfo& info) {
  DataPathHandle& path = Unwrap<DataPathHandle>(info[0], "dataPath");
  const bool zero_only = ToBool(ToObject(info[1], "options").Get("zeroOnly"), "zeroOnly");
  return NativeOk(info.Env(), NewHandle<EmulatedDeviceHandle>(addon, path, zero_only));
}

}  // namespace

EmulatedDeviceHandle::EmulatedDeviceHandle(Addon& addon, DataPathHandle& path, bool zero_only)
    : Handle(addon), path_(path), device_(path.path().network(), path.path().ring_notice(), zero_only) {
  path_.children().Enter(*this);
}

void EmulatedDeviceHandle::OnClose() {
  // Rings go back to the engine first.
  children_.CloseAll();
  device_.Close();
  path_.children().Leave(*this);
}

Napi::Value EmulatedDeviceHandle::Queue(const Napi::CallbackInfo& info) {
  Result<std::shared_ptr<DeviceQueue>> queue = device_.AddQueue();
  if (!queue.ok()) return NativeErr(info.Env(), queue.error());
  return NativeOk(info.Env(), NewHandle<DeviceQueueHandle>(addon(), children_, std::move(queue).value()));
}

Napi::Value EmulatedDeviceHandle::CpuNs(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(device_.CpuNs()));
}

void InitEmulatedDevice(Addon& addon, Napi::Object exports) {
  DefineHandle<EmulatedDeviceHandle>(addon, {Method<&EmulatedDeviceHandle::Queue>("queue"),
                                             Method<&EmulatedDeviceHandle::CpuNs>("cpuNs")});
  SetFunction(addon, exports, "createEmulatedDevice", CreateEmulatedDevice);
}

}  // namespace doorbell
