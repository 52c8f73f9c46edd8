#pragma once

#include <napi.h>

#include <memory>

#include "addon/handle.h"
#include "mem/dirty_log.h"

namespace doorbell {

// JavaScript's `DirtyLog`: one hold of a mapped bitmap; rings that mark in it keep theirs.
class DirtyLogHandle final : public Handle {
 public:
  static constexpr const char* kName = "DirtyLog";
  static constexpr napi_type_tag kTag = {0x5e20c9f7a1834bd6, 0x8f3d06b2c7594ea1};

  DirtyLogHandle(Addon& addon, std::shared_ptr<DirtyLog> log) : Handle(addon), log_(std::move(log)) {}
  ~DirtyLogHandle() override { Close(); }

  const std::shared_ptr<DirtyLog>& get() const { return log_; }

 private:
  void OnClose() override { log_.reset(); }

  std::shared_ptr<DirtyLog> log_;
};

void DefineDirtyLog(Addon& addon);

// (fd, offset, size) → NativeResult<DirtyLog>: what `DataPath.mapLog` answers.
Napi::Value MapLog(Addon& addon, const Napi::CallbackInfo& info);

}  // namespace doorbell
