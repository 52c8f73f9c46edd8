// How a native object is shown to JavaScript: one class per file, derived from Handle.
//
//   class Guest final : public Handle {
//    public:
//     static constexpr const char* kName = "Guest";
//     static constexpr napi_type_tag kTag = {0x…, 0x…};   // two random numbers, unique to the class
//     explicit Guest(Addon& addon, std::unique_ptr<SimulatedGuest> guest);
//     ~Guest() override { Close(); }
//     Napi::Value Run(const Napi::CallbackInfo& info);     // only called while open
//    private:
//     void OnClose() override;                             // stop workers → join → unmap → close
//   };
//
//   void InitGuest(Addon& addon, Napi::Object exports) {
//     DefineHandle<Guest>(addon, {Method<&Guest::Run>("run")});   // close() and `closed` come by themselves
//     …
//   }
//   Napi::Object object = NewHandle<Guest>(addon, std::move(native));   // arguments after the addon
//   Guest& guest = Unwrap<Guest>(info[0], "guest");                     // TypeError if wrong, Error if closed
//
// Methods run on the JS thread. They throw Napi::TypeError for wrong arguments (see arguments.h) and answer
// NativeOk / NativeErr (see answers.h) for everything else. Objects are not constructible from JavaScript.
#pragma once

#include <napi.h>

#include <exception>
#include <initializer_list>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace doorbell {

class Addon;

class Handle {
 public:
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  // A derived destructor calls Close(): by then nothing virtual is left to run here.
  virtual ~Handle();

  // Idempotent. JS thread.
  void Close();
  bool closed() const { return closed_; }
  Napi::Env env() const;

  // Attached by NewHandle; `wrapper` is weak.
  void Attach(napi_ref wrapper) { wrapper_ = wrapper; }

 protected:
  explicit Handle(Addon& addon);

  // Runs once, while the derived object is whole. Never calls JavaScript.
  virtual void OnClose() = 0;

  Addon& addon() const { return addon_; }
  // Its JavaScript object; while the result is in scope, it is not collected.
  Napi::Value object() const;
  // Keeps the JavaScript object from being collected while it is active (listening). Close() ends it.
  void KeepAlive(bool alive);

 private:
  Addon& addon_;
  // In the addon's list of open handles; left at Close, so that nothing touches the addon after its teardown.
  std::list<Handle*>::iterator place_;
  napi_ref wrapper_ = nullptr;
  bool kept_alive_ = false;
  bool closed_ = false;
};

namespace internal {

// Turns C++ exceptions into JavaScript ones at the boundary.
template <typename Body>
napi_value Guarded(napi_env env, Body body) {
  try {
    return body();
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
  } catch (const std::exception& error) {
    Napi::Error::New(env, error.what()).ThrowAsJavaScriptException();
  }
  return nullptr;
}

// The tagged native object behind `value`, else a TypeError that names `what` and `name`.
Handle& UnwrapTagged(Napi::Value value, const napi_type_tag& tag, const char* name, const char* what);
void ThrowIfClosed(const Handle& handle, const char* name);
napi_property_descriptor CloseMethod(napi_callback callback);
napi_property_descriptor ClosedGetter(napi_callback callback);
void DefineClass(Addon& addon, const napi_type_tag& tag, const char* name,
                 const std::vector<napi_property_descriptor>& properties);
// Creates the object and makes it the owner of `handle`.
Napi::Object WrapNew(Addon& addon, const napi_type_tag& tag, std::unique_ptr<Handle> handle);

template <typename Member>
struct ClassOf;
template <typename T>
struct ClassOf<Napi::Value (T::*)(const Napi::CallbackInfo&)> {
  using Type = T;
};

template <auto kMethod>
napi_value CallMethod(napi_env env, napi_callback_info raw) {
  return Guarded(env, [&]() -> napi_value {
    using T = typename ClassOf<decltype(kMethod)>::Type;
    const Napi::CallbackInfo info(env, raw);
    T& self = static_cast<T&>(UnwrapTagged(info.This(), T::kTag, T::kName, "this"));
    ThrowIfClosed(self, T::kName);
    return (self.*kMethod)(info);
  });
}

template <typename T>
napi_value CallClose(napi_env env, napi_callback_info raw) {
  return Guarded(env, [&]() -> napi_value {
    const Napi::CallbackInfo info(env, raw);
    UnwrapTagged(info.This(), T::kTag, T::kName, "this").Close();
    return info.Env().Undefined();
  });
}

template <typename T>
napi_value GetClosed(napi_env env, napi_callback_info raw) {
  return Guarded(env, [&]() -> napi_value {
    const Napi::CallbackInfo info(env, raw);
    const Handle& self = UnwrapTagged(info.This(), T::kTag, T::kName, "this");
    return Napi::Boolean::New(info.Env(), self.closed());
  });
}

}  // namespace internal

// A member `Napi::Value M(const Napi::CallbackInfo&)` as a method of the class.
template <auto kMethod>
napi_property_descriptor Method(const char* name) {
  napi_property_descriptor descriptor = {};
  descriptor.utf8name = name;
  descriptor.method = internal::CallMethod<kMethod>;
  descriptor.attributes = napi_default_method;
  return descriptor;
}

// Once per environment, in the layer's Init function.
template <typename T>
void DefineHandle(Addon& addon, std::initializer_list<napi_property_descriptor> methods) {
  std::vector<napi_property_descriptor> properties(methods);
  properties.push_back(internal::CloseMethod(internal::CallClose<T>));
  properties.push_back(internal::ClosedGetter(internal::GetClosed<T>));
  internal::DefineClass(addon, T::kTag, T::kName, properties);
}

// A new open T(addon, arguments…) and its JavaScript object.
template <typename T, typename... Arguments>
Napi::Object NewHandle(Addon& addon, Arguments&&... arguments) {
  return internal::WrapNew(addon, T::kTag,
                           std::make_unique<T>(addon, std::forward<Arguments>(arguments)...));
}

// The open T behind an argument. `what` names the argument in the error.
template <typename T>
T& Unwrap(Napi::Value value, const char* what) {
  T& handle = static_cast<T&>(internal::UnwrapTagged(value, T::kTag, T::kName, what));
  internal::ThrowIfClosed(handle, T::kName);
  return handle;
}

}  // namespace doorbell
