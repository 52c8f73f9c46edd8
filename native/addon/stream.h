#pragma once

#include <napi.h>

#include <memory>

#include "addon/handle.h"
#include "addon/poll.h"
#include "base/result.h"
#include "base/scoped_fd.h"

namespace doorbell {

// JavaScript's `Stream`: a connected socket on this environment's loop.
class Stream final : public Handle {
 public:
  static constexpr const char* kName = "Stream";
  static constexpr napi_type_tag kTag = {0xd82b6e91f40c4a57, 0x8c35e7a90b1f62d4};

  Stream(Addon& addon, ScopedFd socket) : Handle(addon), socket_(std::move(socket)) {}
  ~Stream() override { Close(); }

  Napi::Value Receive(const Napi::CallbackInfo& info);
  Napi::Value Send(const Napi::CallbackInfo& info);
  Napi::Value OnReadable(const Napi::CallbackInfo& info);
  Napi::Value OnWritable(const Napi::CallbackInfo& info);
  Napi::Value Peer(const Napi::CallbackInfo& info);

 private:
  void OnClose() override;
  void OnReady(Poll::Ready ready);
  void Listen(Napi::FunctionReference& slot, Napi::Value listener);

  ScopedFd socket_;
  // Made with the first listener; before the fd in the order of closing.
  std::unique_ptr<Poll> poll_;
  Napi::FunctionReference on_readable_;
  Napi::FunctionReference on_writable_;
};

void DefineStream(Addon& addon);

// The JavaScript object that owns the connected, non-blocking `socket`.
Napi::Object NewStream(Addon& addon, ScopedFd socket);

}  // namespace doorbell
