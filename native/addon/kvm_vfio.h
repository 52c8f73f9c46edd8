// JavaScript's `KvmVfio`.
#pragma once

#include <napi.h>

#include <optional>

#include "addon/handle.h"
#include "io/kvm_vfio.h"

namespace doorbell {

class KvmVfioHandle final : public Handle {
 public:
  static constexpr const char* kName = "KvmVfio";
  static constexpr napi_type_tag kTag = {0x51c7e60ad93f4b82, 0xb60f2d7e91a34cd8};

  KvmVfioHandle(Addon& addon, KvmVfio device) : Handle(addon), device_(std::move(device)) {}
  ~KvmVfioHandle() override { Close(); }

  Napi::Value Add(const Napi::CallbackInfo& info);
  Napi::Value Remove(const Napi::CallbackInfo& info);

 private:
  void OnClose() override { device_.reset(); }

  // Empty once closed.
  std::optional<KvmVfio> device_;
};

void DefineKvmVfio(Addon& addon);
// NativeResult<KvmVfio> for the device file at info[0].
Napi::Value OpenKvmVfio(Addon& addon, const Napi::CallbackInfo& info);

}  // namespace doorbell
