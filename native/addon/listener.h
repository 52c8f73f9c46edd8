#pragma once

#include <napi.h>

#include <memory>
#include <optional>

#include "addon/handle.h"
#include "addon/poll.h"
#include "io/unix_listener.h"

namespace doorbell {

// JavaScript's `Listener`. Connections wait in the backlog until onConnection is called.
class Listener final : public Handle {
 public:
  static constexpr const char* kName = "Listener";
  static constexpr napi_type_tag kTag = {0x57f3c08d1e6b49a2, 0xb0d4917a6ec82f35};

  Listener(Addon& addon, UnixListener listener) : Handle(addon), listener_(std::move(listener)) {}
  ~Listener() override { Close(); }

  Napi::Value OnConnection(const Napi::CallbackInfo& info);

 private:
  void OnClose() override;
  void OnReady();

  std::optional<UnixListener> listener_;
  std::unique_ptr<Poll> poll_;
  Napi::FunctionReference on_connection_;
};

void DefineListener(Addon& addon);

}  // namespace doorbell
