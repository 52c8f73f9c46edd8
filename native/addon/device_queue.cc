#include "addon/device_queue.h"

#include "addon/addon.h"
#include "addon/answers.h"
#include "addon/fd.h"

namespace doorbell {

Napi::Value DeviceQueueHandle::NotifyArea(const Napi::CallbackInfo& info) {
  Result<doorbell::NotifyArea> found = queue_->notify_area();
  if (!found.ok()) return NativeErr(info.Env(), found.error());
  Napi::Object area = Napi::Object::New(info.Env());
  area.Set("fd", NewFd(addon(), std::move(found.value().fd)));
  area.Set("offset", Napi::BigInt::New(info.Env(), found.value().offset));
  area.Set("size", Napi::BigInt::New(info.Env(), found.value().size));
  return NativeOk(info.Env(), area);
}

Napi::Value DeviceQueueHandle::Ring(const Napi::CallbackInfo& info) {
  queue_->RingDoorbell();
  return info.Env().Undefined();
}

void InitDeviceQueue(Addon& addon, Napi::Object) {
  DefineHandle<DeviceQueueHandle>(addon, {Method<&DeviceQueueHandle::NotifyArea>("notifyArea"),
                                          Method<&DeviceQueueHandle::Ring>("ring")});
}

}  // namespace doorbell
