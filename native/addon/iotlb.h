#pragma once

#include <napi.h>

#include <memory>

#include "addon/handle.h"
#include "mem/iotlb.h"

namespace doorbell {

// JavaScript's `Iotlb`: one hold of a session's translations; memory behind them keeps its own.
class IotlbHandle final : public Handle {
 public:
  static constexpr const char* kName = "Iotlb";
  static constexpr napi_type_tag kTag = {0x2b7f90d3c61e48a5, 0x94d1e7305fa82c6b};

  IotlbHandle(Addon& addon, std::shared_ptr<Iotlb> iotlb) : Handle(addon), iotlb_(std::move(iotlb)) {}
  ~IotlbHandle() override { Close(); }

  const std::shared_ptr<Iotlb>& get() const { return iotlb_; }

  Napi::Value Update(const Napi::CallbackInfo& info);
  Napi::Value Invalidate(const Napi::CallbackInfo& info);

 private:
  void OnClose() override { iotlb_.reset(); }

  std::shared_ptr<Iotlb> iotlb_;
};

void DefineIotlb(Addon& addon);

// () → Iotlb: what `DataPath.iotlb` answers.
Napi::Value NewIotlb(Addon& addon);

}  // namespace doorbell
