#include "addon/queue.h"

#include <memory>
#include <string>
#include <utility>

#include "addon/answers.h"
#include "addon/arguments.h"
#include "addon/device_queue.h"
#include "addon/dirty_log.h"
#include "addon/fd.h"
#include "addon/memory.h"
#include "addon/pool_task.h"

namespace doorbell {

namespace {

int ToFdOrNone(Napi::Value value, const char* what) {
  return value.IsNull() ? ScopedFd::kInvalid : UnwrapFd(value, what);
}

AddressSpace ToAddressSpace(Napi::Value value) {
  const std::string space = ToText(value, "ring.addresses");
  if (space == "frontend") return AddressSpace::kFrontend;
  if (space == "guest") return AddressSpace::kGuest;
  if (space == "iova") return AddressSpace::kIova;
  throw Napi::TypeError::New(value.Env(), "ring.addresses: not frontend, guest or iova");
}

RingConfig ToRing(const Napi::Object& ring) {
  RingConfig config;
  config.size = ToU32(ring.Get("size"), "ring.size");
  config.desc = ToU64(ring.Get("desc"), "ring.desc");
  config.avail = ToU64(ring.Get("avail"), "ring.avail");
  config.used = ToU64(ring.Get("used"), "ring.used");
  config.addresses = ToAddressSpace(ring.Get("addresses"));
  config.features = ToU64(ring.Get("features"), "ring.features");
  return config;
}

Napi::Value HandoverAnswer(Napi::Env env, const Result<Handover>& handover) {
  if (!handover.ok()) return NativeErr(env, handover.error());
  Napi::Object answer = Napi::Object::New(env);
  answer.Set("base", Napi::Number::New(env, handover.value().base));
  answer.Set("blackoutNs", Napi::Number::New(env, static_cast<double>(handover.value().blackout_ns)));
  return NativeOk(env, answer);
}

}  // namespace

void QueueHandle::OnClose() {
  queue_->Close();
  parent_.path().RemoveQueue(queue_);
  parent_.children().Leave(*this);
}

// What a peer sent as an eventfd may be none. Then it is as good as no fd: its queue gets no signals.
Napi::Value QueueHandle::SetKick(const Napi::CallbackInfo& info) {
  [[maybe_unused]] const Status status = queue_->SetKick(ToFdOrNone(info[0], "fd"));
  return info.Env().Undefined();
}

Napi::Value QueueHandle::SetCall(const Napi::CallbackInfo& info) {
  [[maybe_unused]] const Status status = queue_->SetCall(ToFdOrNone(info[0], "fd"));
  return info.Env().Undefined();
}

Napi::Value QueueHandle::SetErr(const Napi::CallbackInfo& info) {
  [[maybe_unused]] const Status status = queue_->SetErr(ToFdOrNone(info[0], "fd"));
  return info.Env().Undefined();
}

Napi::Value QueueHandle::Start(const Napi::CallbackInfo& info) {
  const Memory& memory = Unwrap<Memory>(info[0], "memory");
  const Napi::Object ring = ToObject(info[1], "ring");
  return NativeAnswer(info.Env(), queue_->Start(ToRing(ring), memory.get(), ToU32(ring.Get("base"), "ring.base")));
}

Napi::Value QueueHandle::Stop(const Napi::CallbackInfo& info) {
  Napi::Object answer = Napi::Object::New(info.Env());
  answer.Set("base", Napi::Number::New(info.Env(), queue_->Stop()));
  return answer;
}

Napi::Value QueueHandle::SetEnabled(const Napi::CallbackInfo& info) {
  queue_->SetEnabled(ToBool(info[0], "enabled"));
  return info.Env().Undefined();
}

Napi::Value QueueHandle::ReplaceMemory(const Napi::CallbackInfo& info) {
  return NativeAnswer(info.Env(), queue_->ReplaceMemory(Unwrap<Memory>(info[0], "memory").get()));
}

Napi::Value QueueHandle::TranslationsChanged(const Napi::CallbackInfo& info) {
  queue_->TranslationsChanged();
  return info.Env().Undefined();
}

Napi::Value QueueHandle::Miss(const Napi::CallbackInfo& info) {
  const std::optional<TranslationMiss> miss = queue_->ring().Miss();
  if (!miss.has_value()) return info.Env().Null();
  Napi::Object answer = Napi::Object::New(info.Env());
  answer.Set("iova", Napi::BigInt::New(info.Env(), miss->iova));
  answer.Set("readable", Napi::Boolean::New(info.Env(), (miss->permission & Iotlb::kRead) != 0));
  answer.Set("writable", Napi::Boolean::New(info.Env(), (miss->permission & Iotlb::kWrite) != 0));
  return answer;
}

Napi::Value QueueHandle::PrepareHandover(const Napi::CallbackInfo& info) {
  const auto prepare = queue_->PreparationOf(Unwrap<DeviceQueueHandle>(info[0], "device").queue());
  const auto done = std::make_shared<Status>();
  return RunOnPool(
      addon(), [done, prepare] { *done = prepare(); },
      [done](Napi::Env env) -> Napi::Value { return NativeAnswer(env, *done); });
}

Napi::Value QueueHandle::HandOverTo(const Napi::CallbackInfo& info) {
  const auto& device = Unwrap<DeviceQueueHandle>(info[0], "device").queue();
  return HandoverAnswer(info.Env(), queue_->HandOverTo(device));
}

Napi::Value QueueHandle::HandOverBack(const Napi::CallbackInfo& info) {
  return HandoverAnswer(info.Env(), queue_->HandOverBack());
}

Napi::Value QueueHandle::SetGuardPoll(const Napi::CallbackInfo& info) {
  queue_->SetGuardPoll(ToBool(info[0], "on"));
  return info.Env().Undefined();
}

Napi::Value QueueHandle::SetLog(const Napi::CallbackInfo& info) {
  std::shared_ptr<DirtyLog> log;
  if (!info[0].IsNull()) log = Unwrap<DirtyLogHandle>(info[0], "log").get();
  std::optional<uint64_t> used;
  if (!info[1].IsNull()) used = ToU64(info[1], "used");
  queue_->SetLog(std::move(log), used);
  return info.Env().Undefined();
}

Napi::Value QueueHandle::SetHoldAtStart(const Napi::CallbackInfo& info) {
  queue_->SetHoldAtStart(ToBool(info[0], "on"));
  return info.Env().Undefined();
}

void DefineQueue(Addon& addon) {
  DefineHandle<QueueHandle>(
      addon, {Method<&QueueHandle::SetKick>("setKick"), Method<&QueueHandle::SetCall>("setCall"),
              Method<&QueueHandle::SetErr>("setErr"), Method<&QueueHandle::Start>("start"),
              Method<&QueueHandle::Stop>("stop"), Method<&QueueHandle::SetEnabled>("setEnabled"),
              Method<&QueueHandle::ReplaceMemory>("replaceMemory"),
              Method<&QueueHandle::TranslationsChanged>("translationsChanged"),
              Method<&QueueHandle::Miss>("miss"),
              Method<&QueueHandle::PrepareHandover>("prepareHandover"),
              Method<&QueueHandle::HandOverTo>("handoverTo"),
              Method<&QueueHandle::HandOverBack>("handoverBack"),
              Method<&QueueHandle::SetGuardPoll>("setGuardPoll"),
              Method<&QueueHandle::SetLog>("setLog"),
              Method<&QueueHandle::SetHoldAtStart>("setHoldAtStart")});
}

}  // namespace doorbell
