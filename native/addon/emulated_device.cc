#include "addon/emulated_device.h"

#include <fcntl.h>

#include <cerrno>
#include <utility>

#include "addon/addon.h"
#include "addon/answers.h"
#include "addon/arguments.h"
#include "addon/fd.h"

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
  return NativeOk(info.Env(), NewHandle<DeviceQueueHandle>(addon(), *this, std::move(queue).value()));
}

Napi::Value EmulatedDeviceHandle::CpuNs(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(device_.CpuNs()));
}

Napi::Value DeviceQueueHandle::NotifyArea(const Napi::CallbackInfo& info) {
  ScopedFd fd(fcntl(queue_->page_fd(), F_DUPFD_CLOEXEC, 0));
  if (!fd.valid()) return NativeErr(info.Env(), ErrnoError(errno, "duplicate a notify page"));
  Napi::Object area = Napi::Object::New(info.Env());
  area.Set("fd", NewFd(addon(), std::move(fd)));
  area.Set("offset", Napi::BigInt::New(info.Env(), uint64_t{0}));
  area.Set("size", Napi::BigInt::New(info.Env(), queue_->page_size()));
  return NativeOk(info.Env(), area);
}

Napi::Value DeviceQueueHandle::Ring(const Napi::CallbackInfo& info) {
  queue_->RingDoorbell();
  return info.Env().Undefined();
}

void InitEmulatedDevice(Addon& addon, Napi::Object exports) {
  DefineHandle<EmulatedDeviceHandle>(addon, {Method<&EmulatedDeviceHandle::Queue>("queue"),
                                             Method<&EmulatedDeviceHandle::CpuNs>("cpuNs")});
  DefineHandle<DeviceQueueHandle>(addon, {Method<&DeviceQueueHandle::NotifyArea>("notifyArea"),
                                          Method<&DeviceQueueHandle::Ring>("ring")});
  SetFunction(addon, exports, "createEmulatedDevice", CreateEmulatedDevice);
}

}  // namespace doorbell
