#pragma once

#include <napi.h>

#include "addon/handle.h"
#include "base/scoped_fd.h"

namespace doorbell {

// JavaScript's `Fd`: owns one descriptor, whose number never leaves C++.
class Fd final : public Handle {
 public:
  static constexpr const char* kName = "Fd";
  static constexpr napi_type_tag kTag = {0x6d1f0c2b84a94e35, 0x9b7a51e3d208c6f4};

  Fd(Addon& addon, ScopedFd fd) : Handle(addon), fd_(std::move(fd)) {}
  ~Fd() override { Close(); }

  // Borrowed.
  int get() const { return fd_.get(); }
  // Takes the descriptor out and closes the handle.
  ScopedFd Take();

  Napi::Value Identity(const Napi::CallbackInfo& info);
  Napi::Value Duplicate(const Napi::CallbackInfo& info);

 private:
  void OnClose() override { fd_.Reset(); }

  ScopedFd fd_;
};

void DefineFd(Addon& addon);

// The JavaScript object that owns `fd` from now on.
Napi::Object NewFd(Addon& addon, ScopedFd fd);
// Borrowed descriptor of an open Fd argument; TypeError otherwise. Valid while the caller's handle is open:
// whoever keeps it longer duplicates it.
int UnwrapFd(Napi::Value value, const char* what);

}  // namespace doorbell
