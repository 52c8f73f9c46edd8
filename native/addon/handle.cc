#include "addon/handle.h"

#include "addon/addon.h"

namespace doorbell {

Handle::Handle(Addon& addon) : addon_(addon), place_(addon.Enter(*this)) {}

Handle::~Handle() {
  // Still open only where a derived constructor failed.
  if (!closed_) addon_.Leave(place_);
}

void Handle::Close() {
  if (closed_) return;
  closed_ = true;
  addon_.Leave(place_);
  OnClose();
  KeepAlive(false);
}

Napi::Env Handle::env() const { return addon_.env(); }

Napi::Value Handle::object() const {
  napi_value value = nullptr;
  napi_get_reference_value(env(), wrapper_, &value);
  return Napi::Value(env(), value);
}

void Handle::KeepAlive(bool alive) {
  if (alive == kept_alive_) return;
  kept_alive_ = alive;
  if (alive)
    napi_reference_ref(env(), wrapper_, nullptr);
  else
    napi_reference_unref(env(), wrapper_, nullptr);
}

namespace internal {

namespace {

// The collector's call, or that of the environment's end, when the cleanup hook has closed everything.
void Finalize(napi_env env, void* data, void* hint) {
  const std::unique_ptr<Handle> handle(static_cast<Handle*>(data));
  if (!handle->closed()) Addon::Of(env).CountLeak();
  handle->Close();
  napi_delete_reference(env, *std::unique_ptr<napi_ref>(static_cast<napi_ref*>(hint)));
}

napi_value ConstructorCalled(napi_env env, napi_callback_info raw) {
  return Guarded(env, [&]() -> napi_value {
    const Napi::CallbackInfo info(env, raw);
    if (!Addon::Of(info.Env()).constructing())
      throw Napi::TypeError::New(env, "native handles are not constructible");
    return info.This();
  });
}

void Check(napi_env env, napi_status status) {
  if (status != napi_ok) throw Napi::Error::New(env);
}

}  // namespace

Handle& UnwrapTagged(Napi::Value value, const napi_type_tag& tag, const char* name,
                     const char* what) {
  bool matches = false;
  void* data = nullptr;
  if (value.IsObject() && napi_check_object_type_tag(value.Env(), value, &tag, &matches) == napi_ok &&
      matches && napi_unwrap(value.Env(), value, &data) == napi_ok && data != nullptr)
    return *static_cast<Handle*>(data);
  throw Napi::TypeError::New(value.Env(), std::string(what) + " is not a " + name);
}

void ThrowIfClosed(const Handle& handle, const char* name) {
  if (handle.closed()) throw Napi::Error::New(handle.env(), std::string(name) + " is closed");
}

napi_property_descriptor CloseMethod(napi_callback callback) {
  napi_property_descriptor descriptor = {};
  descriptor.utf8name = "close";
  descriptor.method = callback;
  descriptor.attributes = napi_default_method;
  return descriptor;
}

napi_property_descriptor ClosedGetter(napi_callback callback) {
  napi_property_descriptor descriptor = {};
  descriptor.utf8name = "closed";
  descriptor.getter = callback;
  descriptor.attributes = napi_enumerable;
  return descriptor;
}

void DefineClass(Addon& addon, const napi_type_tag& tag, const char* name,
                 const std::vector<napi_property_descriptor>& properties) {
  const Napi::Env env = addon.env();
  napi_value constructor = nullptr;
  Check(env, napi_define_class(env, name, NAPI_AUTO_LENGTH, ConstructorCalled, nullptr,
                               properties.size(), properties.data(), &constructor));
  addon.DefineConstructor(tag, Napi::Function(env, constructor));
}

Napi::Object WrapNew(Addon& addon, const napi_type_tag& tag, std::unique_ptr<Handle> handle) {
  const Napi::Env env = addon.env();
  Napi::Object object = addon.Construct(tag);
  Check(env, napi_type_tag_object(env, object, &tag));
  auto reference = std::make_unique<napi_ref>(nullptr);
  Check(env, napi_wrap(env, object, handle.get(), Finalize, reference.get(), reference.get()));
  handle->Attach(*reference);
  // From here the JavaScript object owns both: Finalize takes them back.
  static_cast<void>(reference.release());
  static_cast<void>(handle.release());
  return object;
}

}  // namespace internal
}  // namespace doorbell
