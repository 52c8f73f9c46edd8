#include "addon/addon.h"

#include "addon/handle.h"

namespace doorbell {

Addon::Addon(Napi::Env env) : env_(env), async_context_(env, "doorbell") {
  if (napi_get_uv_event_loop(env, &loop_) != napi_ok) throw Napi::Error::New(env);
  if (napi_add_async_cleanup_hook(env, OnCleanup, this, &cleanup_hook_) != napi_ok)
    throw Napi::Error::New(env);
}

Addon& Addon::Of(Napi::Env env) { return *env.GetInstanceData<Addon>(); }

void Addon::EnterJs(const std::function<void(Napi::Env)>& body) {
  const Napi::HandleScope scope(env_);
  const Napi::CallbackScope callback_scope(env_, async_context_);
  try {
    body(env_);
  } catch (const Napi::Error& error) {
    // Fails only where JavaScript cannot run any more; then nobody is left to be told.
    napi_fatal_exception(env_, error.Value());
  }
}

void Addon::LoopHandleClosed() {
  --loop_handles_;
  if (closing_ && loop_handles_ == 0) FinishCleanup();
}

void Addon::DefineConstructor(const napi_type_tag& tag, Napi::Function constructor) {
  constructors_[{tag.lower, tag.upper}] = Napi::Persistent(constructor);
}

Napi::Object Addon::Construct(const napi_type_tag& tag) {
  const Napi::FunctionReference& constructor = constructors_.at({tag.lower, tag.upper});
  constructing_ = true;
  try {
    Napi::Object object = constructor.New({});
    constructing_ = false;
    return object;
  } catch (...) {
    constructing_ = false;
    throw;
  }
}

void Addon::OnCleanup(napi_async_cleanup_hook_handle, void* self) {
  Addon& addon = *static_cast<Addon*>(self);
  const Napi::HandleScope scope(addon.env_);
  addon.closing_ = true;
  // Newest first: what uses something is younger than what it uses. Close takes the handle off the list.
  while (!addon.handles_.empty()) addon.handles_.back()->Close();
  if (addon.loop_handles_ == 0) addon.FinishCleanup();
}

void Addon::FinishCleanup() { napi_remove_async_cleanup_hook(cleanup_hook_); }

void SetFunction(Addon& addon, Napi::Object exports, const char* name, AddonFunction function) {
  const napi_callback callback = [](napi_env env, napi_callback_info raw) -> napi_value {
    return internal::Guarded(env, [&]() -> napi_value {
      const Napi::CallbackInfo info(env, raw);
      return reinterpret_cast<AddonFunction>(info.Data())(Addon::Of(env), info);
    });
  };
  napi_value value = nullptr;
  const napi_status status = napi_create_function(addon.env(), name, NAPI_AUTO_LENGTH, callback,
                                                  reinterpret_cast<void*>(function), &value);
  if (status != napi_ok) throw Napi::Error::New(addon.env());
  exports.Set(name, value);
}

}  // namespace doorbell
