#include "addon/fd.h"

#include <cerrno>

#include "addon/addon.h"
#include "addon/answers.h"
#include "io/fd_identity.h"

namespace doorbell {

ScopedFd Fd::Take() {
  ScopedFd taken = std::move(fd_);
  Close();
  return taken;
}

Napi::Value Fd::Identity(const Napi::CallbackInfo&) {
  const FdIdentity identity = IdentifyFd(fd_.get());
  Napi::Object object = Napi::Object::New(env());
  object.Set("kind", Napi::String::New(env(), identity.kind));
  object.Set("key", identity.key.has_value() ? Napi::Value(Napi::String::New(env(), *identity.key))
                                             : env().Null());
  object.Set("size", identity.size.has_value() ? Napi::Value(Napi::BigInt::New(env(), *identity.size))
                                               : env().Null());
  object.Set("seals", identity.seals.has_value() ? Napi::Value(Napi::Number::New(env(), *identity.seals))
                                                 : env().Null());
  return object;
}

Napi::Value Fd::Duplicate(const Napi::CallbackInfo&) {
  ScopedFd copy = fd_.Duplicate();
  if (!copy) return NativeErr(env(), ErrnoError(errno, "duplicate"));
  return NativeOk(env(), NewFd(addon(), std::move(copy)));
}

void DefineFd(Addon& addon) {
  DefineHandle<Fd>(addon, {Method<&Fd::Identity>("identity"), Method<&Fd::Duplicate>("duplicate")});
}

Napi::Object NewFd(Addon& addon, ScopedFd fd) { return NewHandle<Fd>(addon, std::move(fd)); }

int UnwrapFd(Napi::Value value, const char* what) { return Unwrap<Fd>(value, what).get(); }

}  // namespace doorbell
