#include "addon/iotlb.h"

#include "addon/addon.h"
#include "addon/answers.h"
#include "addon/arguments.h"

namespace doorbell {

Napi::Value IotlbHandle::Update(const Napi::CallbackInfo& info) {
  const uint64_t iova = ToU64(info[0], "iova");
  const uint64_t size = ToU64(info[1], "size");
  const uint64_t frontend = ToU64(info[2], "frontendAddress");
  const int permission = (ToBool(info[3], "readable") ? Iotlb::kRead : 0) | (ToBool(info[4], "writable") ? Iotlb::kWrite : 0);
  return NativeAnswer(info.Env(), iotlb_->Update(iova, size, frontend, static_cast<uint8_t>(permission)));
}

Napi::Value IotlbHandle::Invalidate(const Napi::CallbackInfo& info) {
  const uint64_t iova = ToU64(info[0], "iova");
  iotlb_->Invalidate(iova, ToU64(info[1], "size"));
  return info.Env().Undefined();
}

void DefineIotlb(Addon& addon) {
  DefineHandle<IotlbHandle>(
      addon, {Method<&IotlbHandle::Update>("update"), Method<&IotlbHandle::Invalidate>("invalidate")});
}

Napi::Value NewIotlb(Addon& addon) { return NewHandle<IotlbHandle>(addon, std::make_shared<Iotlb>()); }

}  // namespace doorbell
