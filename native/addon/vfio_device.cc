#include "addon/vfio_device.h"

#include <fcntl.h>

#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "addon/addon.h"
#include "addon/answers.h"
#include "addon/arguments.h"
#include "addon/device_link.h"
#include "addon/device_queue.h"
#include "addon/fd.h"
#include "addon/mac_text.h"
#include "addon/pool_task.h"
#include "io/eventfd.h"
#include "vfio/vfio_queue.h"

namespace doorbell {

namespace {

Napi::Value OpenVfioDevice(Addon& addon, const Napi::CallbackInfo& info) {
  const uint32_t group = ToU32(info[0], "group");
  std::string address = ToText(info[1], "address");
  using Opened = std::optional<Result<std::shared_ptr<VirtioFunction>>>;
  const auto opened = std::make_shared<Opened>();
  const auto open = [opened, group, address = std::move(address)] { *opened = VirtioFunction::Open(group, address); };
  return RunOnPool(addon, open, [opened, &addon](Napi::Env env) -> Napi::Value {
    Result<std::shared_ptr<VirtioFunction>> function = std::move(**opened);
    opened->reset();
    if (!function.ok()) return NativeErr(env, function.error());
    return NativeOk(env, NewHandle<VfioDeviceHandle>(addon, std::move(function).value()));
  });
}

Napi::Value CreateDeviceLink(Addon& addon, const Napi::CallbackInfo& info) {
  Result<std::shared_ptr<DeviceLink>> link = DeviceLink::Create();
  if (!link.ok()) return NativeErr(info.Env(), link.error());
  return NativeOk(info.Env(), NewHandle<DeviceLinkHandle>(addon, std::move(link).value()));
}

const char* NameOf(Receives receives) {
  switch (receives) {
    case Receives::kAsReset:
      return "as-reset";
    case Receives::kAddress:
      return "address";
    case Receives::kEverything:
      return "everything";
  }
  return "";
}

Napi::Object ToArea(Napi::Env env, uint64_t offset, uint64_t size) {
  Napi::Object area = Napi::Object::New(env);
  area.Set("offset", Napi::BigInt::New(env, offset));
  area.Set("size", Napi::BigInt::New(env, size));
  return area;
}

// A region without told holes is mappable as a whole.
Napi::Object ToRegion(Napi::Env env, uint32_t bar, const VfioRegion& region) {
  Napi::Array mappable = Napi::Array::New(env);
  if (region.mappable && region.areas.has_value())
    for (const MappableArea& area : *region.areas) mappable.Set(mappable.Length(), ToArea(env, area.offset, area.size));
  else if (region.mappable)
    mappable.Set(0u, ToArea(env, 0, region.size));
  Napi::Object object = Napi::Object::New(env);
  object.Set("bar", Napi::Number::New(env, bar));
  object.Set("size", Napi::BigInt::New(env, region.size));
  object.Set("mappable", mappable);
  return object;
}

}  // namespace

void VfioDeviceHandle::OnClose() {
  // Rings go back to the engine first.
  children_.CloseAll();
  poll_.reset();
  config_poll_.reset();
  on_fault_.Reset();
  on_config_change_.Reset();
  function_.reset();
}

Napi::Value VfioDeviceHandle::Facts(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Object facts = Napi::Object::New(env);
  facts.Set("features", Napi::BigInt::New(env, function_->features()));
  facts.Set("ringFeatures", Napi::BigInt::New(env, function_->ring_features()));
  facts.Set("vectors", Napi::Number::New(env, function_->vectors()));
  facts.Set("mac", MacText(env, function_->mac()));
  facts.Set("queues", Napi::Number::New(env, function_->queues()));
  facts.Set("stopsPerQueue", Napi::Boolean::New(env, function_->stops_per_queue()));
  const Result<NotifyPageRange> page = function_->NotifyPage(0);
  facts.Set("pageProblem", page.ok() ? env.Null() : Napi::Value(ErrorObject(env, page.error())));
  Napi::Array regions = Napi::Array::New(env);
  for (uint8_t bar = 0; bar < VfioPciDevice::kBars; ++bar) {
    const VfioRegion& region = function_->device().bar(bar);
    if (region.size != 0) regions.Set(regions.Length(), ToRegion(env, bar, region));
  }
  facts.Set("regions", regions);
  return facts;
}

Napi::Value VfioDeviceHandle::Group(const Napi::CallbackInfo& info) {
  ScopedFd fd(fcntl(function_->group_fd(), F_DUPFD_CLOEXEC, 0));
  if (!fd.valid()) return NativeErr(info.Env(), ErrnoError(errno, "duplicate a group's file"));
  return NativeOk(info.Env(), NewFd(addon(), std::move(fd)));
}

Napi::Value VfioDeviceHandle::Queue(const Napi::CallbackInfo&) {
  return NewHandle<DeviceQueueHandle>(addon(), children_, std::make_shared<VfioQueue>(function_));
}

Napi::Value VfioDeviceHandle::ReleaseMemory(const Napi::CallbackInfo&) {
  return RunOnPool(
      addon(), [function = function_] { function->ReleaseMemory(); },
      [](Napi::Env env) -> Napi::Value { return env.Undefined(); });
}

Napi::Value VfioDeviceHandle::Connect(const Napi::CallbackInfo& info) {
  const std::shared_ptr<DeviceLink>& link = Unwrap<DeviceLinkHandle>(info[0], "link").get();
  const uint64_t features = ToU64(info[1], "features");
  const auto done = std::make_shared<Status>();
  return RunOnPool(
      addon(), [done, function = function_, link, features] { *done = function->Connect(link, features); },
      [done](Napi::Env env) -> Napi::Value { return NativeAnswer(env, *done); });
}

Napi::Value VfioDeviceHandle::Disconnect(const Napi::CallbackInfo& info) {
  const std::shared_ptr<DeviceLink>& link = Unwrap<DeviceLinkHandle>(info[0], "link").get();
  return RunOnPool(
      addon(), [function = function_, link] { function->Disconnect(link); },
      [](Napi::Env env) -> Napi::Value { return env.Undefined(); });
}

Napi::Value VfioDeviceHandle::LinkUp(const Napi::CallbackInfo& info) {
  const std::optional<bool> up = function_->LinkUp();
  return up.has_value() ? Napi::Value(Napi::Boolean::New(info.Env(), *up)) : info.Env().Null();
}

Napi::Value VfioDeviceHandle::SetReceives(const Napi::CallbackInfo& info) {
  const std::optional<MacNumber> mac = ToMac(info[0], "mac");
  return RunOnPool(
      addon(), [function = function_, mac] { function->SetReceives(mac); },
      [](Napi::Env env) -> Napi::Value { return env.Undefined(); });
}

Napi::Value VfioDeviceHandle::Reception(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const VirtioFunction::Reception now = function_->reception();
  Napi::Object reception = Napi::Object::New(env);
  reception.Set("receives", now.kind.has_value() ? Napi::Value(Napi::String::New(env, NameOf(*now.kind))) : env.Null());
  reception.Set("mac", MacText(env, now.mac));
  reception.Set("problem", now.problem.empty() ? env.Null() : Napi::Value(Napi::String::New(env, now.problem)));
  return reception;
}

Napi::Value VfioDeviceHandle::OnConfigChange(const Napi::CallbackInfo& info) {
  on_config_change_ = Napi::Persistent(ToFunction(info[0], "listener"));
  if (config_poll_ != nullptr) return info.Env().Undefined();
  Result<std::unique_ptr<Poll>> poll =
      Poll::New(addon(), function_->config_signal(), [this](Poll::Ready) { OnConfigSignal(); });
  if (!poll.ok()) throw Napi::Error::New(env(), poll.error().message);
  config_poll_ = std::move(poll).value();
  config_poll_->Watch(true, false);
  KeepAlive(true);
  return info.Env().Undefined();
}

void VfioDeviceHandle::OnConfigSignal() {
  [[maybe_unused]] const Result<uint64_t> taken = TakeEventfd(function_->config_signal());
  function_->CheckHealth();
  const Napi::Value self = object();
  on_config_change_.Value().Call(self, {});
}

Napi::Value VfioDeviceHandle::OnFault(const Napi::CallbackInfo& info) {
  on_fault_ = Napi::Persistent(ToFunction(info[0], "listener"));
  if (poll_ != nullptr) return info.Env().Undefined();
  Result<std::unique_ptr<Poll>> poll =
      Poll::New(addon(), function_->fault_signal(), [this](Poll::Ready) { OnFaultSignal(); });
  if (!poll.ok()) throw Napi::Error::New(env(), poll.error().message);
  poll_ = std::move(poll).value();
  poll_->Watch(true, false);
  KeepAlive(true);
  return info.Env().Undefined();
}

void VfioDeviceHandle::OnFaultSignal() {
  [[maybe_unused]] const Result<uint64_t> taken = TakeEventfd(function_->fault_signal());
  const std::string known = function_->fault();
  const std::string message = known.empty() ? "the device reported an error that it cannot correct" : known;
  const Napi::Value self = object();
  on_fault_.Value().Call(self, {Napi::String::New(env(), message)});
}

void InitVfioDevice(Addon& addon, Napi::Object exports) {
  DefineHandle<VfioDeviceHandle>(
      addon, {Method<&VfioDeviceHandle::Facts>("facts"), Method<&VfioDeviceHandle::Group>("group"),
              Method<&VfioDeviceHandle::Queue>("queue"), Method<&VfioDeviceHandle::ReleaseMemory>("releaseMemory"),
              Method<&VfioDeviceHandle::Connect>("connect"), Method<&VfioDeviceHandle::Disconnect>("disconnect"),
              Method<&VfioDeviceHandle::LinkUp>("linkUp"),
              Method<&VfioDeviceHandle::SetReceives>("setReceives"),
              Method<&VfioDeviceHandle::Reception>("reception"),
              Method<&VfioDeviceHandle::OnConfigChange>("onConfigChange"),
              Method<&VfioDeviceHandle::OnFault>("onFault")});
  DefineHandle<DeviceLinkHandle>(addon, {});
  SetFunction(addon, exports, "createDeviceLink", CreateDeviceLink);
  SetFunction(addon, exports, "openVfioDevice", OpenVfioDevice);
}

}  // namespace doorbell
