// The addon's state of one JavaScript environment (main thread, worker thread, Electron's main process): there
// are no globals. A cleanup hook closes every handle that is still open, newest first, so that workers are
// stopped and joined before what they use goes away, and waits until the loop has let go of its handles.
//
// A layer adds itself with one function `void InitX(Addon& addon, Napi::Object exports)`, declared below and
// called by module.cc. It defines its handle classes (handle.h) and sets its factory functions on `exports`
// with `SetFunction`; `exports` is the `Addon` interface of main/addon/surface.ts.
//
// Worker threads never touch JavaScript: they wake it through a LoopSignal (loop_signal.h). Blocking work with
// an answer goes to the thread pool and comes back as a promise (pool_task.h).
#pragma once

#include <napi.h>
#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <utility>

namespace doorbell {

class Handle;

class Addon {
 public:
  explicit Addon(Napi::Env env);
  Addon(const Addon&) = delete;
  Addon& operator=(const Addon&) = delete;

  static Addon& Of(Napi::Env env);

  Napi::Env env() const { return env_; }
  uv_loop_t* loop() const { return loop_; }

  // Handles that the collector had to close.
  uint32_t leaked() const { return leaked_; }

  // Runs `body` as a callback from the loop: in the environment's context, with handle scope, ticks and
  // microtasks after it. What it throws becomes an uncaught exception, as for any Node callback.
  void EnterJs(const std::function<void(Napi::Env)>& body);

  // Initialises and counts a handle of the loop, so that teardown waits for its close.
  void LoopHandleOpened() { ++loop_handles_; }
  // From the handle's uv_close callback.
  void LoopHandleClosed();

  // For handle.cc.
  std::list<Handle*>::iterator Enter(Handle& handle) {
    return handles_.insert(handles_.end(), &handle);
  }
  void Leave(std::list<Handle*>::iterator place) { handles_.erase(place); }
  void CountLeak() { ++leaked_; }
  void DefineConstructor(const napi_type_tag& tag, Napi::Function constructor);
  Napi::Object Construct(const napi_type_tag& tag);
  // Whether a constructor call comes from Construct.
  bool constructing() const { return constructing_; }

 private:
  static void OnCleanup(napi_async_cleanup_hook_handle hook, void* self);
  void FinishCleanup();

  Napi::Env env_;
  uv_loop_t* loop_ = nullptr;
  Napi::AsyncContext async_context_;
  std::map<std::pair<uint64_t, uint64_t>, Napi::FunctionReference> constructors_;
  // In order of creation.
  std::list<Handle*> handles_;
  size_t loop_handles_ = 0;
  uint32_t leaked_ = 0;
  bool constructing_ = false;
  bool closing_ = false;
  napi_async_cleanup_hook_handle cleanup_hook_ = nullptr;
};

// Sets `exports[name]` to a function that may throw Napi errors and answers a value.
using AddonFunction = Napi::Value (*)(Addon& addon, const Napi::CallbackInfo& info);
void SetFunction(Addon& addon, Napi::Object exports, const char* name, AddonFunction function);

// The layers, each in the file of its name.
void InitIo(Addon& addon, Napi::Object exports);
void InitDataPath(Addon& addon, Napi::Object exports);
void InitDeviceQueue(Addon& addon, Napi::Object exports);
void InitEmulatedDevice(Addon& addon, Napi::Object exports);
void InitGuest(Addon& addon, Napi::Object exports);
void InitGuestRam(Addon& addon, Napi::Object exports);
void InitVfioDevice(Addon& addon, Napi::Object exports);

}  // namespace doorbell
