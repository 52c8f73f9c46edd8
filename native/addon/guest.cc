// JavaScript's `Guest`: the simulated guest of the lab and of front-end tests.
#include <fcntl.h>

#include <cerrno>
#include <latch>
#include <memory>
#include <string>
#include <utility>

#include "addon/addon.h"
#include "addon/answers.h"
#include "addon/arguments.h"
#include "addon/fd.h"
#include "addon/handle.h"
#include "addon/pool_task.h"
#include "guest/simulated_guest.h"

namespace doorbell {
namespace {

// Order of GUEST_SAMPLE_FIELDS.
constexpr size_t kSampleFields = 11;

class Guest final : public Handle {
 public:
  static constexpr const char* kName = "Guest";
  static constexpr napi_type_tag kTag = {0x5f0e8c14d37b4a92, 0x8e61b09c2fd54713};

  Guest(Addon& addon, std::unique_ptr<SimulatedGuest> guest) : Handle(addon), guest_(std::move(guest)) {}
  ~Guest() override { Close(); }

  Napi::Value Memory(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    // The surface promises a value here: the only failure is a process out of descriptors.
    Result<ScopedFd> fd = Duplicate(guest_->memory_fd());
    if (!fd) throw Napi::Error::New(env, fd.error().message);
    Napi::Array regions = Napi::Array::New(env);
    for (const GuestRegion& region : guest_->regions()) {
      Napi::Object object = Napi::Object::New(env);
      object.Set("guestAddress", Napi::BigInt::New(env, region.guest_address));
      object.Set("size", Napi::BigInt::New(env, region.size));
      object.Set("frontendAddress", Napi::BigInt::New(env, region.frontend_address));
      object.Set("mmapOffset", Napi::BigInt::New(env, region.mmap_offset));
      regions.Set(regions.Length(), object);
    }
    Napi::Object answer = Napi::Object::New(env);
    answer.Set("fd", NewFd(addon(), std::move(fd).value()));
    answer.Set("regions", regions);
    return answer;
  }

  Napi::Value Ring(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    const SimulatedGuest::RingAddresses ring = guest_->ring(ToQueue(info[0]));
    Napi::Object answer = Napi::Object::New(env);
    answer.Set("size", Napi::Number::New(env, ring.size));
    answer.Set("desc", Napi::BigInt::New(env, ring.desc));
    answer.Set("avail", Napi::BigInt::New(env, ring.avail));
    answer.Set("used", Napi::BigInt::New(env, ring.used));
    return answer;
  }

  Napi::Value Translate(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    const std::optional<IommuPage> page = guest_->Translate(ToU64(info[0], "iova"));
    if (!page.has_value()) return env.Null();
    Napi::Object answer = Napi::Object::New(env);
    answer.Set("iova", Napi::BigInt::New(env, page->iova));
    answer.Set("size", Napi::BigInt::New(env, page->size));
    answer.Set("frontendAddress", Napi::BigInt::New(env, page->frontend_address));
    answer.Set("readable", Napi::Boolean::New(env, page->readable));
    answer.Set("writable", Napi::Boolean::New(env, page->writable));
    return answer;
  }

  Napi::Value Kick(const Napi::CallbackInfo& info) {
    return Share(info.Env(), guest_->kick_fd(ToQueue(info[0])));
  }
  Napi::Value Call(const Napi::CallbackInfo& info) {
    return Share(info.Env(), guest_->call_fd(ToQueue(info[0])));
  }

  Napi::Value MapNotify(const Napi::CallbackInfo& info) {
    const uint32_t queue = ToQueue(info[0]);
    const int fd = UnwrapFd(info[1], "fd");
    const uint64_t offset = ToU64(info[2], "offset");
    return NativeAnswer(info.Env(), guest_->MapNotify(queue, fd, offset, ToU64(info[3], "size")));
  }

  Napi::Value UnmapNotify(const Napi::CallbackInfo& info) {
    guest_->UnmapNotify(ToQueue(info[0]));
    return info.Env().Undefined();
  }

  Napi::Value Reset(const Napi::CallbackInfo& info) {
    const uint32_t base = info[0].IsUndefined() ? guest_->first_base() : ToU32(info[0], "base");
    if (!guest_->HasBase(base)) throw Napi::RangeError::New(info.Env(), "base: no place in these rings");
    guest_->Reset(base);
    return info.Env().Undefined();
  }

  Napi::Value Run(const Napi::CallbackInfo& info) {
    guest_->Run(ToTraffic(info[0]));
    return info.Env().Undefined();
  }

  Napi::Value Drain(const Napi::CallbackInfo& info) {
    const double timeout_ms = ToDouble(info[0], "timeoutMs");
    if (timeout_ms < 0 || timeout_ms > kMaxDrainMs)
      throw Napi::RangeError::New(info.Env(), "timeoutMs: must be 0 to 600000");
    // A pool thread waits: it ends with the drain, at the latest when the guest is closed.
    auto ended = std::make_shared<std::latch>(1);
    guest_->Drain(static_cast<uint64_t>(timeout_ms * 1e6), [ended] { ended->count_down(); });
    return RunOnPool(
        addon(), [ended] { ended->wait(); }, [](Napi::Env env) -> Napi::Value { return env.Undefined(); });
  }

  Napi::Value Sample(const Napi::CallbackInfo& info) {
    const uint32_t pairs = guest_->pair_count();
    Napi::Float64Array rows = Napi::Float64Array::New(info.Env(), pairs * kSampleFields);
    for (uint32_t pair = 0; pair < pairs; ++pair) {
      const SimulatedGuest::PairSample sample = guest_->Sample(pair);
      double* row = rows.Data() + pair * kSampleFields;
      const auto put = [&row](uint64_t value) { *row++ = static_cast<double>(value); };
      const auto put_known = [&row](std::optional<uint64_t> value) {
        *row++ = value ? static_cast<double>(*value) : -1;
      };
      put(sample.sent);
      put(sample.received);
      put(sample.lost);
      put(sample.duplicated);
      put(sample.reordered);
      put(sample.corrupted);
      put(sample.kicks);
      put(sample.doorbells);
      put(sample.interrupts);
      put_known(sample.rtt_p50_ns);
      put_known(sample.rtt_p99_ns);
    }
    return rows;
  }

 private:
  static constexpr double kMaxDrainMs = 600'000;

  void OnClose() override { guest_.reset(); }

  uint32_t ToQueue(Napi::Value value) const {
    const uint32_t queue = ToU32(value, "queue");
    if (queue >= guest_->queue_count())
      throw Napi::RangeError::New(value.Env(), "queue: the guest has no such queue");
    return queue;
  }

  static Traffic ToTraffic(Napi::Value value) {
    const Napi::Object object = ToObject(value, "traffic");
    const std::string kind = ToText(object.Get("kind"), "traffic.kind");
    if (kind == "none") return {};
    const double rate = ToDouble(object.Get("rate"), "traffic.rate");
    if (kind == "ping" && rate > 0) return {Traffic::Kind::kPing, rate};
    if (kind == "stream" && rate >= 0) return {Traffic::Kind::kStream, rate};
    throw Napi::RangeError::New(value.Env(), "traffic: no such kind, or a rate that it cannot have");
  }

  static Result<ScopedFd> Duplicate(int fd) {
    ScopedFd copy(fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!copy) return ErrnoError(errno, "dup");
    return copy;
  }

  Napi::Value Share(Napi::Env env, int fd) const {
    Result<ScopedFd> copy = Duplicate(fd);
    if (!copy) return NativeErr(env, copy.error());
    return NativeOk(env, NewFd(addon(), std::move(copy).value()));
  }

  std::unique_ptr<SimulatedGuest> guest_;
};

Napi::Value CreateGuest(Addon& addon, const Napi::CallbackInfo& info) {
  const Napi::Object spec = ToObject(info[0], "spec");
  SimulatedGuest::Config config;
  config.queue_pairs = ToU32(spec.Get("queuePairs"), "queuePairs");
  config.queue_size = ToU32(spec.Get("queueSize"), "queueSize");
  config.features = ToU64(spec.Get("features"), "features");
  Result<std::unique_ptr<SimulatedGuest>> guest = SimulatedGuest::Create(config);
  if (!guest) return NativeErr(info.Env(), guest.error());
  return NativeOk(info.Env(), NewHandle<Guest>(addon, std::move(guest).value()));
}

}  // namespace

void InitGuest(Addon& addon, Napi::Object exports) {
  DefineHandle<Guest>(
      addon, {Method<&Guest::Memory>("memory"), Method<&Guest::Ring>("ring"),
              Method<&Guest::Translate>("translate"), Method<&Guest::Kick>("kick"),
              Method<&Guest::Call>("call"), Method<&Guest::MapNotify>("mapNotify"),
              Method<&Guest::UnmapNotify>("unmapNotify"), Method<&Guest::Reset>("reset"),
              Method<&Guest::Run>("run"), Method<&Guest::Drain>("drain"), Method<&Guest::Sample>("sample")});
  SetFunction(addon, exports, "createGuest", CreateGuest);
}

}  // namespace doorbell
