#pragma once

#include <napi.h>

#include <memory>

#include "addon/handle.h"
#include "mem/guest_memory.h"

namespace doorbell {

// JavaScript's `Memory`: one hold of a memory generation.
class Memory final : public Handle {
 public:
  static constexpr const char* kName = "Memory";
  static constexpr napi_type_tag kTag = {0x31c7be905f2a4d18, 0xa4e06bd97c135f82};

  Memory(Addon& addon, std::shared_ptr<GuestMemory> memory)
      : Handle(addon), memory_(std::move(memory)) {}
  ~Memory() override { Close(); }

  // Whoever serves a ring on it keeps its own copy, exactly one per started ring: they are what `holders` counts.
  const std::shared_ptr<GuestMemory>& get() const { return memory_; }

  Napi::Value Holders(const Napi::CallbackInfo& info);
  Napi::Value Behind(const Napi::CallbackInfo& info);

 private:
  void OnClose() override { memory_.reset(); }

  std::shared_ptr<GuestMemory> memory_;
};

void DefineMemory(Addon& addon);

// `MemoryRegionSpec[]` → NativeResult<Memory>: what `DataPath.mapMemory` answers.
Napi::Value MapMemory(Addon& addon, Napi::Value regions);

}  // namespace doorbell
