#include "addon/data_path.h"

#include <string>
#include <utility>

#include "addon/addon.h"
#include "addon/answers.h"
#include "addon/arguments.h"
#include "addon/device_link.h"
#include "addon/dirty_log.h"
#include "addon/iotlb.h"
#include "addon/mac_text.h"
#include "addon/memory.h"
#include "addon/queue.h"
#include "net/announcement.h"

namespace doorbell {

namespace {

QueueRole ToRole(Napi::Value value) {
  const std::string role = ToText(value, "role");
  if (role == "rx") return QueueRole::kRx;
  if (role == "tx") return QueueRole::kTx;
  if (role == "ctrl") return QueueRole::kCtrl;
  throw Napi::TypeError::New(value.Env(), "role: not rx, tx or ctrl");
}

Napi::Value CreateDataPath(Addon& addon, const Napi::CallbackInfo& info) {
  const Napi::Object options = ToObject(info[0], "options");
  const uint32_t workers = ToU32(options.Get("workers"), "workers");
  DataPathTuning tuning;
  tuning.poll_ns = ToU32(options.Get("busyPollNs"), "busyPollNs");
  const Napi::Array cpus = ToArray(options.Get("cpus"), "cpus");
  for (uint32_t i = 0; i < cpus.Length(); ++i) tuning.cpus.push_back(ToU32(cpus.Get(i), "cpu"));
  std::shared_ptr<Tap> uplink;
  if (const Napi::Value name = options.Get("uplink"); !name.IsNull()) {
    Result<std::shared_ptr<Tap>> opened = Tap::Open(ToText(name, "uplink"));
    if (!opened.ok()) return NativeErr(info.Env(), opened.error());
    uplink = std::move(opened).value();
  }
  Result<std::unique_ptr<DataPath>> path = DataPath::Create(workers, std::move(uplink), tuning);
  if (!path.ok()) return NativeErr(info.Env(), path.error());
  return NativeOk(info.Env(), NewHandle<DataPathHandle>(addon, std::move(path).value()));
}

}  // namespace

DataPathHandle::DataPathHandle(Addon& addon, std::unique_ptr<DataPath> path)
    : Handle(addon), path_(std::move(path)), notice_(std::in_place, addon, [this](Napi::Env env) {
        if (!on_notice_.IsEmpty()) on_notice_.Call(env.Undefined(), {});
      }) {
  path_->ring_notice()->SetListener([this] { notice_->Signal(); });
}

void DataPathHandle::OnClose() {
  children_.CloseAll();
  // A device of this data path may outlive it by a moment.
  path_->ring_notice()->SetListener(nullptr);
  path_->Close();
  notice_.reset();
  on_notice_.Reset();
}

Napi::Value DataPathHandle::Port(const Napi::CallbackInfo& info) {
  const doorbell::Port* sibling = nullptr;
  if (!info[0].IsNull()) sibling = Unwrap<PortHandle>(info[0], "sibling").port().get();
  std::shared_ptr<DeviceLink> link;
  if (!info[1].IsNull()) link = Unwrap<DeviceLinkHandle>(info[1], "link").get();
  Result<std::shared_ptr<doorbell::Port>> port = path_->AddPort(sibling, link);
  // The surface promises a value: so many ports at once are a leak of the caller.
  if (!port.ok()) throw Napi::Error::New(info.Env(), port.error().message);
  // What comes from a network is for the first.
  if (sibling != nullptr) link.reset();
  if (link != nullptr) {
    const std::shared_ptr<doorbell::Port>& first = port.value();
    if (Status served = link->Serve(first, path_->WorkerOf(*first), path_->domain()); !served.ok())
      throw Napi::Error::New(info.Env(), served.error().message);
  }
  return NewHandle<PortHandle>(addon(), *this, std::move(port).value(), std::move(link));
}

Napi::Value DataPathHandle::Queue(const Napi::CallbackInfo& info) {
  const QueueRole role = ToRole(info[0]);
  const std::shared_ptr<doorbell::Port>& port = Unwrap<PortHandle>(info[1], "port").port();
  return NewHandle<QueueHandle>(addon(), *this, path_->AddQueue(role, port));
}

Napi::Value DataPathHandle::MapMemory(const Napi::CallbackInfo& info) {
  return doorbell::MapMemory(addon(), info[0]);
}

Napi::Value DataPathHandle::MapLog(const Napi::CallbackInfo& info) {
  return doorbell::MapLog(addon(), info);
}

Napi::Value DataPathHandle::NewIotlb(const Napi::CallbackInfo&) { return doorbell::NewIotlb(addon()); }

Napi::Value DataPathHandle::OfferedFeatures(const Napi::CallbackInfo& info) {
  return Napi::BigInt::New(info.Env(), kOfferedFeatures | kNetFeatures);
}

Napi::Value DataPathHandle::Sample(const Napi::CallbackInfo& info) {
  const Napi::Array queues = ToArray(info[0], "queues");
  const uint32_t count = queues.Length();
  Napi::Float64Array rows = Napi::Float64Array::New(info.Env(), count * size_t{QueueSample::kCount});
  double* row = rows.Data();
  for (uint32_t i = 0; i < count; ++i) {
    const Napi::HandleScope scope(info.Env());
    const QueueSample sample = Unwrap<QueueHandle>(queues.Get(i), "queue").queue().Sample();
    row = std::copy(sample.values.begin(), sample.values.end(), row);
  }
  return rows;
}

Napi::Value DataPathHandle::Statistics(const Napi::CallbackInfo& info) {
  const Napi::Array queues = ToArray(info[0], "queues");
  const uint32_t count = queues.Length();
  Napi::Float64Array rows = Napi::Float64Array::New(info.Env(), count * size_t{QueueStatistics::kCount});
  double* row = rows.Data();
  for (uint32_t i = 0; i < count; ++i) {
    const Napi::HandleScope scope(info.Env());
    const QueueStatistics statistics = Unwrap<QueueHandle>(queues.Get(i), "queue").queue().Statistics();
    row = std::copy(statistics.values.begin(), statistics.values.end(), row);
  }
  return rows;
}

Napi::Value DataPathHandle::Assign(const Napi::CallbackInfo& info) {
  EngineQueue& queue = Unwrap<QueueHandle>(info[0], "queue").queue();
  const Result<uint32_t> before = path_->Assign(queue, ToU32(info[1], "worker"));
  if (!before.ok()) return NativeErr(info.Env(), before.error());
  return NativeOk(info.Env(), Napi::Number::New(info.Env(), before.value()));
}

Napi::Value DataPathHandle::OnNotice(const Napi::CallbackInfo& info) {
  const std::optional<Napi::Function> listener = ToFunctionOrNull(info[0], "listener");
  on_notice_.Reset();
  if (listener.has_value()) on_notice_ = Napi::Persistent(*listener);
  KeepAlive(listener.has_value());
  return info.Env().Undefined();
}

Napi::Value DataPathHandle::PeerStats(const Napi::CallbackInfo& info) {
  const DataPath::PeerStats stats = path_->peer_stats();
  const auto number = [&info](uint64_t value) {
    return Napi::Number::New(info.Env(), static_cast<double>(value));
  };
  Napi::Object answer = Napi::Object::New(info.Env());
  answer.Set("frames", number(stats.peer.frames));
  answer.Set("bytes", number(stats.peer.bytes));
  answer.Set("echoed", number(stats.peer.answered));
  answer.Set("dropped", number(stats.dropped));
  return answer;
}

Napi::Value DataPathHandle::CpuNs(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(path_->CpuNs()));
}

Napi::Value PortHandle::Announce(const Napi::CallbackInfo& info) {
  const uint64_t wire = ToU64(info[0], "mac");
  MacNumber mac = 0;
  for (int i = 0; i < 6; ++i) mac = mac << 8 | (wire >> 8 * i & 0xff);
  doorbell::Announce(*parent_.path().network(), *port_, mac);
  return info.Env().Undefined();
}

Napi::Value PortHandle::Addresses(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array addresses = Napi::Array::New(env);
  for (const MacNumber mac : parent_.path().AddressesOf(*port_, ToU32(info[0], "limit")))
    addresses.Set(addresses.Length(), MacText(env, mac));
  return addresses;
}

void InitDataPath(Addon& addon, Napi::Object exports) {
  DefineHandle<DataPathHandle>(
      addon, {Method<&DataPathHandle::Port>("port"), Method<&DataPathHandle::Queue>("queue"),
              Method<&DataPathHandle::MapMemory>("mapMemory"),
              Method<&DataPathHandle::MapLog>("mapLog"), Method<&DataPathHandle::NewIotlb>("iotlb"),
              Method<&DataPathHandle::OfferedFeatures>("offeredFeatures"),
              Method<&DataPathHandle::Sample>("sample"),
              Method<&DataPathHandle::Statistics>("statistics"), Method<&DataPathHandle::Assign>("assign"), Method<&DataPathHandle::OnNotice>("onNotice"),
              Method<&DataPathHandle::PeerStats>("peerStats"), Method<&DataPathHandle::CpuNs>("cpuNs")});
  DefineDirtyLog(addon);
  DefineIotlb(addon);
  DefineHandle<PortHandle>(addon, {Method<&PortHandle::Announce>("announce"), Method<&PortHandle::Addresses>("addresses")});
  DefineQueue(addon);
  SetFunction(addon, exports, "createDataPath", CreateDataPath);
}

}  // namespace doorbell
