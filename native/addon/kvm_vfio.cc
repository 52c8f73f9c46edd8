#include "addon/kvm_vfio.h"

#include <utility>

#include "addon/addon.h"
#include "addon/answers.h"
#include "addon/arguments.h"
#include "addon/fd.h"

namespace doorbell {

namespace {

Napi::Value AnswerOf(Napi::Env env, const Status& status) {
  return status.ok() ? NativeOk(env, env.Undefined()) : NativeErr(env, status.error());
}

}  // namespace

Napi::Value KvmVfioHandle::Add(const Napi::CallbackInfo& info) {
  return AnswerOf(info.Env(), device_->Add(UnwrapFd(info[0], "group")));
}

Napi::Value KvmVfioHandle::Remove(const Napi::CallbackInfo& info) {
  return AnswerOf(info.Env(), device_->Remove(UnwrapFd(info[0], "group")));
}

void DefineKvmVfio(Addon& addon) {
  DefineHandle<KvmVfioHandle>(
      addon, {Method<&KvmVfioHandle::Add>("add"), Method<&KvmVfioHandle::Remove>("remove")});
}

Napi::Value OpenKvmVfio(Addon& addon, const Napi::CallbackInfo& info) {
  Result<KvmVfio> opened = KvmVfio::Open(ToText(info[0], "path").c_str());
  if (!opened.ok()) return NativeErr(info.Env(), opened.error());
  return NativeOk(info.Env(), NewHandle<KvmVfioHandle>(addon, std::move(opened).value()));
}

}  // namespace doorbell
