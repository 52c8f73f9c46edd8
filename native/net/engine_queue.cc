#include "net/engine_queue.h"

#include <fcntl.h>

#include <cerrno>
#include <optional>
#include <utility>

namespace doorbell {

namespace {

// A handover returns with the blackout known if the new owner comes this soon; the main loop waits no longer.
constexpr uint64_t kBlackoutPatienceNs = 50'000;

Result<std::shared_ptr<const EventTarget>> TargetOrNone(int fd) {
  if (fd < 0) return std::shared_ptr<const EventTarget>();
  return EventTarget::From(fd);
}

// Unknown as soon as one part is.
std::optional<uint64_t> Sum(std::optional<uint64_t> a, std::optional<uint64_t> b) {
  return a.has_value() && b.has_value() ? std::optional(*a + *b) : std::nullopt;
}

double Number(std::optional<uint64_t> count) { return count.has_value() ? static_cast<double>(*count) : -1; }

}  // namespace

EngineQueue::EngineQueue(const Domain& domain, std::shared_ptr<QueueContext> context,
                         std::shared_ptr<Worker> worker, const std::shared_ptr<RingNotice>& notice)
    : QueueSide(domain, DirectionOf(context->role), [notice] { notice->Notify(); }),
      context_(std::move(context)),
      worker_(std::move(worker)),
      notice_(notice) {}

Status EngineQueue::SetKick(int fd_or_none) {
  if (kick_key_ != 0) worker_->Unwatch(std::exchange(kick_key_, 0));
  if (fd_or_none < 0) return {};
  ScopedFd own(fcntl(fd_or_none, F_DUPFD_CLOEXEC, 0));
  if (!own.valid()) return ErrnoError(errno, "duplicate a kick fd");
  const Result<uint64_t> key = worker_->Watch(shared_from_this(), std::move(own));
  if (!key.ok()) return key.error();
  kick_key_ = key.value();
  // The look that comes with it is the engine's; the device's is a doorbell.
  if (device_ != nullptr) device_->RingDoorbell();
  return {};
}

Status EngineQueue::SetCall(int fd_or_none) {
  Result<std::shared_ptr<const EventTarget>> target = TargetOrNone(fd_or_none);
  call_ = target.ok() ? target.value() : nullptr;
  ring().SetCall(call_);
  Status told;
  if (device_side_ != nullptr) told = device_->SetCall(call_);
  // A front-end that unmasks a vector sends the new target and looks at the old one: what is signalled there after that
  // look, until its message is taken, nobody sees.
  if (call_ != nullptr && Owner().ring().started()) call_->Signal();
  return target.ok() ? told : target.error();
}

Status EngineQueue::SetErr(int fd_or_none) {
  Result<std::shared_ptr<const EventTarget>> target = TargetOrNone(fd_or_none);
  err_ = target.ok() ? target.value() : nullptr;
  ring().SetErr(err_);
  if (device_side_ != nullptr) device_side_->ring().SetErr(err_);
  return target.ok() ? Status() : target.error();
}

Status EngineQueue::Start(const RingConfig& config, std::shared_ptr<GuestMemory> memory, uint32_t base) {
  if (device_side_ != nullptr) return Error{"EBUSY", "the accelerator serves the ring"};
  Status started = ring().Start(config, std::move(memory), base);
  if (!started.ok()) return started;
  Port& port = *context_->port;
  if (context_->role == QueueRole::kRx) port.BindRx(shared_from_this());
  if (context_->role == QueueRole::kTx && port.wire() != nullptr) port.wire()->AddSender(weak_from_this());
  Wake();
  return {};
}

uint32_t EngineQueue::Stop() {
  if (context_->role == QueueRole::kRx) context_->port->UnbindRx();
  if (device_side_ == nullptr) return ring().Stop();
  device_->End();
  const uint32_t base = device_side_->ring().Stop();
  ReleaseDevice();
  return base;
}

void EngineQueue::SetEnabled(bool enabled) {
  context_->enabled.store(enabled, std::memory_order_relaxed);
  if (context_->role == QueueRole::kRx) context_->port->SetEnabled(enabled);
}

Status EngineQueue::ReplaceMemory(std::shared_ptr<GuestMemory> memory) {
  Status replaced = Owner().ring().ReplaceMemory(std::move(memory));
  // Its suppression area was rewritten, so whoever owns it looks once.
  if (replaced.ok()) Owner().Wake();
  return replaced;
}

void EngineQueue::TranslationsChanged() {
  if (ring().TranslationsChanged()) Wake();
}

Result<uint32_t> EngineQueue::PassRing(const std::shared_ptr<QueueSide>& from,
                                       const std::shared_ptr<QueueSide>& to) {
  if (context_->role == QueueRole::kRx) return context_->port->HandOverRx(to);
  return RingServer::HandOver(from->ring(), to->ring(), std::nullopt);
}

std::function<Status()> EngineQueue::PreparationOf(std::shared_ptr<AcceleratorQueue> device) const {
  return [device = std::move(device), config = ring().config(), memory = ring().memory()] {
    return device->Prepare(config, memory);
  };
}

Result<Handover> EngineQueue::HandOverTo(std::shared_ptr<AcceleratorQueue> device) {
  if (device_side_ != nullptr) return Error{"EALREADY", "the accelerator serves the ring"};
  if (device->starts_at_zero_only() && !ring().HeldAtStart())
    return Error{"EINVAL", "the accelerator starts a ring at index 0 only"};
  const auto give_back = [weak = weak_from_this()] {
    const std::shared_ptr<EngineQueue> self = weak.lock();
    // A broken ring cannot be served by anybody: it is stopped.
    if (self != nullptr && !self->HandOverBack().ok()) self->Stop();
  };
  if (Status attached = device->Attach(context_, give_back); !attached.ok()) return attached.error();
  const std::shared_ptr<QueueSide> side = device->side();
  side->ring().SetErr(err_);
  const Result<uint32_t> base = GiveRing(*device, side);
  if (!base.ok()) {
    device->Detach();
    return base.error();
  }
  {
    const std::lock_guard lock(device_mutex_);
    device_ = device;
  }
  device_side_ = side;
  handed_over_ = true;
  // A kick that the worker read before it knew of the device is made up for here.
  side->Wake();
  device->RingDoorbell();
  return Handover{base.value(), side->ring().AwaitFirstTake(kBlackoutPatienceNs)};
}

Result<uint32_t> EngineQueue::GiveRing(AcceleratorQueue& device, const std::shared_ptr<QueueSide>& side) {
  if (Status called = device.SetCall(call_); !called.ok()) return called.error();
  if (Status prepared = device.Prepare(ring().config(), ring().memory()); !prepared.ok()) return prepared.error();
  const Result<uint32_t> base = PassRing(shared_from_this(), side);
  if (!base.ok()) return base.error();
  if (Status begun = device.Begin(); !begun.ok()) {
    // Nobody touched it meanwhile, so it comes back as it was.
    [[maybe_unused]] const Result<uint32_t> back = PassRing(side, shared_from_this());
    Wake();
    return begun.error();
  }
  return base;
}

Result<Handover> EngineQueue::HandOverBack() {
  if (device_side_ == nullptr) return Error{"ENOTCONN", "no accelerator serves the ring"};
  device_->End();
  const Result<uint32_t> base = PassRing(device_side_, shared_from_this());
  if (!base.ok()) return base.error();
  ring().MarkTakenOver();
  ReleaseDevice();
  Wake();
  return Handover{base.value(), ring().AwaitFirstTake(kBlackoutPatienceNs)};
}

void EngineQueue::ReleaseDevice() {
  const AcceleratorCounts totals = DeviceTotals();
  std::shared_ptr<AcceleratorQueue> device;
  {
    const std::lock_guard lock(device_mutex_);
    device.swap(device_);
  }
  device_side_.reset();
  earlier_counts_ = totals;
  device->Detach();
}

void EngineQueue::SetGuardPoll(bool on) {
  guarded_ = on;
  worker_->SetGuard(shared_from_this(), on);
}

Status EngineQueue::MoveTo(std::shared_ptr<Worker> worker) {
  if (worker == worker_) return {};
  const std::shared_ptr<Worker> before = worker_;
  {
    const std::lock_guard lock(worker_mutex_);
    worker_ = std::move(worker);
  }
  before->SetGuard(shared_from_this(), false);
  if (guarded_) worker_->SetGuard(shared_from_this(), true);
  Status watched;
  if (kick_key_ != 0) {
    const Result<uint64_t> key = worker_->Watch(shared_from_this(), before->Unwatch(std::exchange(kick_key_, 0)));
    if (key.ok())
      kick_key_ = key.value();
    else
      watched = key.error();
  }
  before->Leave(shared_from_this());
  return watched;
}

void EngineQueue::SetLog(std::shared_ptr<DirtyLog> log, std::optional<uint64_t> used) {
  ring().SetLog(std::move(log), used);
}

void EngineQueue::SetHoldAtStart(bool on) {
  ring().HoldAtStart(on ? std::function<void()>([notice = notice_] { notice->Notify(); }) : nullptr);
  // What waited there is served on.
  if (!on) Wake();
}

void EngineQueue::Close() {
  SetGuardPoll(false);
  if (kick_key_ != 0) worker_->Unwatch(std::exchange(kick_key_, 0));
  Stop();
  ring().SetCall(nullptr);
  ring().SetErr(nullptr);
  call_.reset();
  err_.reset();
}

void EngineQueue::Wake() {
  // acq_rel: the look that follows sees what was done before this call, also where it was asked for already.
  if (poked_.exchange(true, std::memory_order_acq_rel)) return;
  ServingWorker()->Poke(shared_from_this());
}

std::shared_ptr<Worker> EngineQueue::ServingWorker() {
  const std::lock_guard lock(worker_mutex_);
  return worker_;
}

std::shared_ptr<AcceleratorQueue> EngineQueue::Device() {
  const std::lock_guard lock(device_mutex_);
  return device_;
}

Served EngineQueue::Kicked(Forwarder& forwarder, bool counted) {
  if (counted) kicks_.store(kicks_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  if (const std::shared_ptr<AcceleratorQueue> device = Device(); device != nullptr) {
    device->RingDoorbell();
    return Served::kNothing;
  }
  return Look(forwarder);
}

Served EngineQueue::Look(Forwarder& forwarder) {
  // Loaded first: hardly any look was asked for, and an exchange costs as much as a frame.
  if (poked_.load(std::memory_order_acquire)) poked_.exchange(false, std::memory_order_acq_rel);
  const Served served = forwarder.Serve(*context_, *this);
  if (served == Served::kNothing) return served;
  // The worker polls from now on, until Rest().
  const BatchLock lock(ring().mutex());
  if (ring().serving()) ring().DisableNotifications();
  return served;
}

bool EngineQueue::Rest() {
  Wire* wire = context_->role == QueueRole::kTx ? context_->port->wire().get() : nullptr;
  // Woken when there is room.
  if (wire != nullptr && wire->Room() == 0) return false;
  const BatchLock lock(ring().mutex());
  // What waits is for the next owner, or for whoever lifts the hold or brings the translation.
  return ring().serving() && !ring().waits() && ring().EnableNotifications();
}

Served EngineQueue::Guard(Forwarder& forwarder) {
  const std::shared_ptr<AcceleratorQueue> device = Device();
  if (device == nullptr) return Look(forwarder);
  std::optional<RingServer::Indices> now;
  if (const std::shared_ptr<QueueSide> side = device->side(); side != nullptr) {
    const BatchLock lock(side->ring().mutex());
    now = side->ring().Peek();
  }
  if (!now.has_value()) return Served::kNothing;
  // Once per movement of avail that nothing answered: what the device has seen it needs no doorbell for.
  const bool unanswered = now->avail != guard_avail_.load(std::memory_order_relaxed) &&
                          now->used == guard_used_.load(std::memory_order_relaxed);
  guard_avail_.store(now->avail, std::memory_order_relaxed);
  guard_used_.store(now->used, std::memory_order_relaxed);
  if (unanswered) device->RingDoorbell();
  return Served::kNothing;
}

AcceleratorCounts EngineQueue::DeviceTotals() const {
  const AcceleratorCounts& before = earlier_counts_;
  if (device_ == nullptr) return before;
  const AcceleratorCounts turn = device_->counts();
  return AcceleratorCounts{Sum(before.doorbells, turn.doorbells), Sum(before.interrupts, turn.interrupts),
                           Sum(before.proven_wakes, turn.proven_wakes), before.descriptors + turn.descriptors};
}

QueueSample EngineQueue::Sample() const {
  const AcceleratorCounts device = DeviceTotals();
  const RingServer& owner = Owner().ring();
  const std::optional<RingServer::Indices> indices = owner.Peek();
  const Port& port = *context_->port;
  const uint64_t drops = context_->role == QueueRole::kRx ? port.rx_drops().sum() : port.tx_drops().sum();

  QueueSample sample = {};
  auto& values = sample.values;
  values[QueueSample::kKicks] = static_cast<double>(kicks_.load(std::memory_order_relaxed));
  values[QueueSample::kDoorbells] = Number(device.doorbells);
  values[QueueSample::kInterrupts] = Number(device.interrupts);
  values[QueueSample::kCalls] = static_cast<double>(ring().counters().calls.load(std::memory_order_relaxed));
  values[QueueSample::kEngineDescriptors] = static_cast<double>(ring().chains());
  values[QueueSample::kDeviceDescriptors] = static_cast<double>(device.descriptors);
  values[QueueSample::kAvailIdx] = indices.has_value() ? indices->avail : -1;
  values[QueueSample::kUsedIdx] = indices.has_value() ? indices->used : -1;
  values[QueueSample::kProvenWakes] = Number(device.proven_wakes);
  values[QueueSample::kDrops] = static_cast<double>(drops);
  values[QueueSample::kBroken] = static_cast<double>(owner.broken());
  const bool has_start = indices.has_value() && indices->to_start.has_value();
  values[QueueSample::kToStart] = has_start ? *indices->to_start : -1;
  values[QueueSample::kBlackoutNs] = handed_over_ ? static_cast<double>(owner.blackout_ns()) : -1;
  return sample;
}

QueueStatistics EngineQueue::Statistics() const {
  const RingCounters& counters = ring().counters();
  const auto number = [](const std::atomic<uint64_t>& counter) {
    return static_cast<double>(counter.load(std::memory_order_relaxed));
  };
  QueueStatistics statistics = {};
  auto& values = statistics.values;
  values[QueueStatistics::kKicks] = number(kicks_);
  values[QueueStatistics::kKicksSuppressed] = number(counters.kicks_suppressed);
  values[QueueStatistics::kCalls] = number(counters.calls);
  values[QueueStatistics::kCallsSuppressed] = number(counters.calls_suppressed);
  values[QueueStatistics::kChains] = number(counters.chains);
  values[QueueStatistics::kFrames] = number(counters.frames);
  values[QueueStatistics::kBytes] = number(counters.bytes);
  for (size_t size = 0; size < RingCounters::kBatchSizes; ++size)
    values[QueueStatistics::kFirstBatchSize + size] = number(counters.batches[size]);
  if (context_->role == QueueRole::kCtrl) return statistics;
  const Port& port = *context_->port;
  const DropCounters& drops = context_->role == QueueRole::kRx ? port.rx_drops() : port.tx_drops();
  for (size_t reason = 0; reason < DropCounters::kReasons; ++reason)
    values[QueueStatistics::kFirstDropReason + reason] =
        static_cast<double>(drops.of(static_cast<DropReason>(reason)));
  return statistics;
}

}  // namespace doorbell
