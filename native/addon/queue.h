// JavaScript's `Queue`: one virtqueue of a session.
#pragma once

#include <napi.h>

#include <memory>

#include "addon/data_path.h"
#include "addon/handle.h"
#include "net/engine_queue.h"

namespace doorbell {

class QueueHandle final : public Handle {
 public:
  static constexpr const char* kName = "Queue";
  static constexpr napi_type_tag kTag = {0xd83a5b7104ef4c92, 0x96c1f24e07bd8a35};

  QueueHandle(Addon& addon, DataPathHandle& parent, std::shared_ptr<EngineQueue> queue)
      : Handle(addon), parent_(parent), queue_(std::move(queue)) {
    parent_.children().Enter(*this);
  }
  ~QueueHandle() override { Close(); }

  EngineQueue& queue() const { return *queue_; }

  Napi::Value SetKick(const Napi::CallbackInfo& info);
  Napi::Value SetCall(const Napi::CallbackInfo& info);
  Napi::Value SetErr(const Napi::CallbackInfo& info);
  Napi::Value Start(const Napi::CallbackInfo& info);
  Napi::Value Stop(const Napi::CallbackInfo& info);
  Napi::Value SetEnabled(const Napi::CallbackInfo& info);
  Napi::Value ReplaceMemory(const Napi::CallbackInfo& info);
  Napi::Value TranslationsChanged(const Napi::CallbackInfo& info);
  Napi::Value Miss(const Napi::CallbackInfo& info);
  Napi::Value PrepareHandover(const Napi::CallbackInfo& info);
  Napi::Value HandOverTo(const Napi::CallbackInfo& info);
  Napi::Value HandOverBack(const Napi::CallbackInfo& info);
  Napi::Value SetGuardPoll(const Napi::CallbackInfo& info);
  Napi::Value SetLog(const Napi::CallbackInfo& info);
  Napi::Value SetHoldAtStart(const Napi::CallbackInfo& info);

 private:
  void OnClose() override;

  // Outlives this: closing the parent closes its children.
  DataPathHandle& parent_;
  std::shared_ptr<EngineQueue> queue_;
};

void DefineQueue(Addon& addon);

}  // namespace doorbell
