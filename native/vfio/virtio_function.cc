#include "vfio/virtio_function.h"

#include <cerrno>
#include <utility>

#include "io/eventfd.h"

namespace doorbell {

namespace {

uint64_t PageOf(uint64_t offset) { return offset / PageSize() * PageSize(); }

// All structures lie in BARs that are there and long enough for them.
Status CheckBars(const VirtioPciLayout& layout, const VfioPciDevice& device) {
  for (const BarRange& range : {layout.common, layout.notify, layout.isr, layout.device.value_or(layout.isr)})
    if (range.end() > device.bar(range.bar).size)
      return Error{"virtio-capability-invalid", "a virtio structure ends beyond BAR " + std::to_string(range.bar)};
  return {};
}

}  // namespace

VirtioFunction::VirtioFunction(VfioContainer container, VfioGroup group, VfioPciDevice device,
                               const VirtioPciLayout& layout)
    : container_(std::move(container)),
      group_(std::move(group)),
      device_(std::move(device)),
      layout_(layout),
      registers_(device_, layout_.common),
      common_(registers_) {}

Result<std::shared_ptr<VirtioFunction>> VirtioFunction::Open(uint32_t group_number, const std::string& address) {
  Result<VfioContainer> container = VfioContainer::Open();
  if (!container.ok()) return container.error();
  Result<VfioGroup> group = VfioGroup::Open(group_number);
  if (!group.ok()) return group.error();
  if (Status joined = group.value().Join(container.value()); !joined.ok()) return joined.error();
  if (Status used = container.value().UseType1(); !used.ok()) return used.error();
  Result<ScopedFd> file = group.value().OpenDevice(address);
  if (!file.ok()) return file.error();
  Result<VfioPciDevice> device = VfioPciDevice::Open(std::move(file).value());
  if (!device.ok()) return device.error();
  const Result<VirtioPciLayout> layout = ParseVirtioPci(device.value().config());
  if (!layout.ok()) return layout.error();
  if (Status fits = CheckBars(layout.value(), device.value()); !fits.ok()) return fits.error();

  std::shared_ptr<VirtioFunction> function(new VirtioFunction(
      std::move(container).value(), std::move(group).value(), std::move(device).value(), layout.value()));
  if (Status seen = function->Inspect(); !seen.ok()) return seen.error();
  return function;
}

VirtioFunction::~VirtioFunction() {
  if (link_ != nullptr) Disconnect(link_);
  // A device that does not answer is reset by the kernel when its file is closed.
  [[maybe_unused]] const Status reset = common_.Reset();
}

Status VirtioFunction::Inspect() {
  Result<ScopedFd> signal = CreateEventfd();
  if (!signal.ok()) return signal.error();
  fault_signal_ = std::move(signal).value();
  Result<ScopedFd> changes = CreateEventfd();
  if (!changes.ok()) return changes.error();
  config_signal_ = std::move(changes).value();
  // Not every function can report errors.
  [[maybe_unused]] const Status reported = device_.SetErrorSignal(fault_signal_.get());
  if (Status reset = common_.Reset(); !reset.ok()) return reset;
  const Result<uint64_t> features = common_.OfferedFeatures();
  if (!features.ok()) return features.error();
  features_ = features.value();
  if (layout_.device.has_value()) {
    net_registers_.emplace(device_, *layout_.device);
    mac_ = NetConfig(*net_registers_, layout_.device->length, features_).Mac();
  }
  const Result<uint16_t> count = common_.QueueCount();
  if (!count.ok()) return count.error();
  for (uint16_t queue = 0; queue < count.value(); ++queue) {
    const Result<uint16_t> offset = common_.NotifyOffset(queue);
    if (!offset.ok()) return offset.error();
    notify_offs_.push_back(offset.value());
  }
  if (count.value() < kQueues)
    return Error{"virtio-capability-missing", "the device has no pair of queues"};
  if (Status mapped = MapDoorbells(); !mapped.ok()) return mapped;
  if (const Status made = MakeControl(); !made.ok()) control_problem_ = made.error().message;
  // What has too few is told by whoever looks at vectors().
  if (vectors() <= kQueues) return {};
  if (Status enabled = device_.EnableMsix(kQueues + 1); !enabled.ok()) return enabled;
  return device_.SetVector(kConfigVector, config_signal_.get());
}

std::optional<bool> VirtioFunction::LinkUp() const {
  // Whoever is at work with it for long leaves it in another state: nobody waits for that.
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock() || negotiated_ == 0 || !net_registers_.has_value()) return std::nullopt;
  return NetConfig(*net_registers_, layout_.device->length, features_).LinkUp();
}

void VirtioFunction::CheckHealth() {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock.owns_lock() && negotiated_ != 0 && Broken()) Fail("the device asks for a reset");
}

Result<VirtioFunction::Doorbell> VirtioFunction::DoorbellAt(uint16_t notify_off) const {
  const VfioRegion& region = device_.bar(layout_.notify.bar);
  const Result<uint64_t> offset = DoorbellOffset(layout_, region.size, notify_off);
  if (!offset.ok()) return offset.error();
  Doorbell doorbell{offset.value(), {}};
  if (const uint64_t page = PageOf(doorbell.offset); region.CanMap(page, PageSize())) {
    Result<ScopedMmap> mapped = ScopedMmap::MapShared(device_.fd(), region.offset + page, PageSize());
    if (mapped.ok()) doorbell.page = std::move(mapped).value();
  }
  return doorbell;
}

Status VirtioFunction::MapDoorbells() {
  for (uint16_t queue = 0; queue < kQueues; ++queue) {
    Result<Doorbell> doorbell = DoorbellAt(notify_offs_[queue]);
    if (!doorbell.ok()) return doorbell.error();
    doorbells_.push_back(std::move(doorbell).value());
  }
  return {};
}

Status VirtioFunction::MakeControl() {
  if ((features_ & kNetCtrlVq) == 0 || notify_offs_.size() <= ControlQueue::kIndex) return {};
  Result<std::unique_ptr<OwnMemory>> memory = OwnMemory::Create(container_, PageSize(), 0);
  if (!memory.ok()) return memory.error();
  static_assert(ControlQueue::kIndex == kQueues);
  doorbells_.emplace_back();
  control_memory_ = std::move(memory).value();
  control_.emplace(control_memory_->data(), control_memory_->iova());
  return {};
}

Result<NotifyPageRange> VirtioFunction::NotifyPage(uint16_t queue) const {
  const VfioRegion& region = device_.bar(layout_.notify.bar);
  std::vector<uint16_t> others = notify_offs_;
  others.erase(others.begin() + queue);
  Result<NotifyPageRange> page = OwnNotifyPage(layout_, region.size, PageSize(), notify_offs_[queue], others);
  if (!page.ok()) return page;
  if (!region.CanMap(page.value().offset, page.value().size))
    return Error{"notify-not-mappable", "the kernel does not let the doorbell's page be mapped"};
  return NotifyPageRange{region.offset + page.value().offset, page.value().size};
}

Result<uint64_t> VirtioFunction::Wanted(uint64_t features) const {
  const uint64_t of_rings = features & kRingFeatures;
  if ((of_rings & ~ring_features()) != 0)
    return Error{"accelerator-lacks-feature", "the device lacks feature bits that the guest uses"};
  // Frames of a legacy driver have another header than those of this device.
  if ((of_rings & kVersion1) == 0)
    return Error{"accelerator-lacks-feature",
                 "the guest's driver did not negotiate VERSION_1, without which no device is behind an IOMMU"};
  return of_rings | kAccessPlatform | (features_ & (kRingReset | kNetStatus)) | control_features();
}

Status VirtioFunction::Bring(uint64_t wanted) {
  if (negotiated_ == wanted && (running() || !Broken())) return {};
  if (running()) return Error{"accelerator-busy", "the device serves rings with other features"};
  StopAllOwn();
  if (Status reset = ResetDevice(); !reset.ok()) return reset;
  if (Status taken = common_.Negotiate(wanted, kConfigVector); !taken.ok()) return taken;
  negotiated_ = wanted;
  fault_.clear();
  StartControl();
  return {};
}

void VirtioFunction::StartControl() {
  if (control_.has_value()) {
    const Status started = TryStartControl();
    controls_ = started.ok();
    control_problem_ = started.ok() ? "" : started.error().message;
  }
  reception_ = TellReceives(wanted_mac_, controls_);
}

Status VirtioFunction::TryStartControl() {
  // Where it offers more pairs than are negotiated, this was another queue's until now.
  const Result<uint16_t> notify_off = common_.NotifyOffset(ControlQueue::kIndex);
  if (!notify_off.ok()) return notify_off.error();
  Result<Doorbell> doorbell = DoorbellAt(notify_off.value());
  if (!doorbell.ok()) return doorbell.error();
  doorbells_[ControlQueue::kIndex] = std::move(doorbell).value();
  return common_.StartQueue(ControlQueue::kIndex, control_->Fresh());
}

VirtioFunction::Reception VirtioFunction::TellReceives(std::optional<MacNumber> mac, bool controls) {
  if (!controls) return {control_problem_.empty() ? std::optional(Receives::kAsReset) : std::nullopt, {}, control_problem_};
  const auto send = [this](uint8_t command_class, uint8_t command, std::span<const std::byte> data) {
    return control_->Send(command_class, command, data, [this] { RingDoorbell(ControlQueue::kIndex); });
  };
  const Result<Receives> now = SetReceiveFilter(control_features(), mac, send);
  if (!now.ok()) return {std::nullopt, {}, now.error().message};
  return {now.value(), now.value() == Receives::kAddress ? mac : std::nullopt, {}};
}

void VirtioFunction::SetReceives(std::optional<MacNumber> mac) {
  std::unique_lock lock(mutex_);
  const bool told = std::exchange(wanted_mac_, mac) == mac && reception_.problem.empty();
  if (told || negotiated_ == 0) return;
  if (controls_ && control_->lost() && stops_per_queue() && common_.StopQueue(ControlQueue::kIndex).ok()) {
    StartControl();
    return;
  }
  const bool controls = controls_;
  // Who stops a queue meanwhile does not wait for the device's answer.
  lock.unlock();
  Reception now = TellReceives(mac, controls);
  lock.lock();
  // After a reset it is told again by whoever needs it next.
  if (negotiated_ != 0) reception_ = std::move(now);
}

VirtioFunction::Reception VirtioFunction::reception() const {
  // As of LinkUp().
  const std::unique_lock lock(mutex_, std::try_to_lock);
  return lock.owns_lock() && negotiated_ != 0 ? reception_ : Reception{};
}

Status VirtioFunction::Prepare(const std::shared_ptr<GuestMemory>& memory, uint64_t features) {
  const Result<uint64_t> wanted = Wanted(features);
  if (!wanted.ok()) return wanted.error();
  const std::lock_guard lock(mutex_);
  const bool same_memory = memory_ != nullptr && memory_->IsOf(memory);
  if (running() && !same_memory) return Error{"accelerator-busy", "the device serves rings of other memory"};
  if (Status brought = Bring(wanted.value()); !brought.ok()) return brought;
  if (!same_memory) {
    memory_.reset();
    Result<std::unique_ptr<DmaMap>> mapped = DmaMap::Create(container_, memory);
    if (!mapped.ok()) return mapped.error();
    memory_ = std::move(mapped).value();
  }
  // It may have been reset. Where the link's rings cannot be started its frames are counted as lost.
  [[maybe_unused]] const Status started = StartAllOwn();
  return {};
}

Status VirtioFunction::Start(uint16_t queue, const DeviceRing& ring, int call) {
  DeviceRing told = ring;
  told.vector = static_cast<uint16_t>(VectorOf(queue));
  const std::lock_guard lock(mutex_);
  Status started = StopOwn(queue);
  if (started.ok()) started = SetCall(queue, call);
  if (started.ok()) started = common_.StartQueue(queue, told);
  if (started.ok())
    running_ |= BitOf(queue);
  else
    [[maybe_unused]] const Status again = StartOwn(queue);
  return started;
}

void VirtioFunction::Stop(uint16_t queue) {
  const std::lock_guard lock(mutex_);
  // A reset of the whole device may have stopped it before.
  if ((running_ & BitOf(queue)) != 0) StopRunning(queue);
  // It signals nothing more, so nothing is left pending in the vector for its next target.
  [[maybe_unused]] const Status detached = SetCall(queue, ScopedFd::kInvalid);
  // Where it cannot be started the link has no network, and its frames are counted as lost.
  [[maybe_unused]] const Status started = StartOwn(queue);
}

void VirtioFunction::StopRunning(uint16_t queue) {
  running_ &= ~BitOf(queue);
  const bool failed = Broken();
  if (!failed && stops_per_queue() && common_.StopQueue(queue).ok()) return;
  // Whoever has a device that stops all queues at once takes the others back, too; from any other it is a fault.
  const bool unforeseen = failed || ((running() || own_ != 0) && stops_per_queue());
  running_ = 0;
  const Status reset = ResetDevice();
  if (!reset.ok())
    Fail(reset.error().message);
  else if (unforeseen)
    Fail("the device had to be reset");
}

void VirtioFunction::ReleaseMemory() {
  const std::lock_guard lock(mutex_);
  if (running()) return;
  // A device that does not answer has no queue of this memory either; one that serves the link's rings stopped each of
  // this memory's.
  if (own_ == 0) [[maybe_unused]] const Status reset = ResetDevice();
  memory_.reset();
}

Status VirtioFunction::Connect(std::shared_ptr<DeviceLink> link, uint64_t features) {
  if (!stops_per_queue())
    return Error{"ring-reset-missing", "the device cannot stop one queue alone (no RING_RESET)"};
  const Result<uint64_t> wanted = Wanted(features);
  if (!wanted.ok()) return wanted.error();
  const size_t bytes = DeviceLink::MemoryBytes(features);
  {
    const std::lock_guard lock(mutex_);
    StopAllOwn();
    link_.reset();
    if (own_memory_ != nullptr && own_memory_->size() != bytes) own_memory_.reset();
  }
  // Pinning takes its time, and nobody else looks at it.
  if (own_memory_ == nullptr) {
    Result<std::unique_ptr<OwnMemory>> made = OwnMemory::Create(container_, bytes, PageSize());
    if (!made.ok()) return made.error();
    own_memory_ = std::move(made).value();
  }
  const std::lock_guard lock(mutex_);
  if (Status brought = Bring(wanted.value()); !brought.ok()) return brought;
  link->Place(own_memory_->data(), own_memory_->iova(), features & kRingFeatures);
  link_ = std::move(link);
  link_features_ = wanted.value();
  return StartAllOwn();
}

void VirtioFunction::Disconnect(const std::shared_ptr<DeviceLink>& link) {
  const std::lock_guard lock(mutex_);
  if (link_ != link) return;
  StopAllOwn();
  link_.reset();
  own_memory_.reset();
}

Status VirtioFunction::StartOwn(uint16_t queue) {
  const bool due = link_ != nullptr && negotiated_ == link_features_ && ((running_ | own_) & BitOf(queue)) == 0;
  if (!due) return {};
  DeviceRing ring = link_->Fresh(queue);
  ring.vector = static_cast<uint16_t>(VectorOf(queue));
  if (Status told = SetCall(queue, link_->signal(queue)); !told.ok()) return told;
  if (Status started = common_.StartQueue(queue, ring); !started.ok()) return started;
  own_ |= BitOf(queue);
  link_->Begin(queue, {.ring_doorbell = [this, queue] { RingDoorbell(queue); },
                       .broke = [this] { [[maybe_unused]] const Status told = SignalEventfd(fault_signal_.get()); }});
  return {};
}

Status VirtioFunction::StartAllOwn() {
  Status all;
  for (uint16_t queue = 0; queue < kQueues; ++queue)
    if (Status started = StartOwn(queue); !started.ok()) all = started;
  return all;
}

Status VirtioFunction::StopOwn(uint16_t queue) {
  if ((own_ & BitOf(queue)) == 0) return {};
  own_ &= ~BitOf(queue);
  link_->Settle(queue);
  const Status stopped = common_.StopQueue(queue);
  link_->End(queue);
  return stopped;
}

void VirtioFunction::StopAllOwn() {
  for (uint16_t queue = 0; queue < kQueues; ++queue)
    // One that does not stop is reset by whoever needs the device next.
    if (!StopOwn(queue).ok()) negotiated_ = 0;
}

bool VirtioFunction::Broken() const {
  const Result<bool> needs_reset = common_.NeedsReset();
  return !needs_reset.ok() || needs_reset.value();
}

Status VirtioFunction::ResetDevice() {
  negotiated_ = 0;
  controls_ = false;
  const Status reset = common_.Reset();
  for (uint16_t queue = 0; queue < kQueues; ++queue)
    if ((std::exchange(own_, own_ & ~BitOf(queue)) & BitOf(queue)) != 0) link_->End(queue);
  return reset;
}

std::string VirtioFunction::fault() const {
  const std::lock_guard lock(mutex_);
  return fault_;
}

void VirtioFunction::Fail(std::string message) {
  fault_ = std::move(message);
  [[maybe_unused]] const Status signalled = SignalEventfd(fault_signal_.get());
}

void VirtioFunction::RingDoorbell(uint16_t queue) const {
  const Doorbell& doorbell = doorbells_[queue];
  if (!doorbell.page.valid()) {
    [[maybe_unused]] const Status written = device_.Write(layout_.notify.bar, doorbell.offset, 2, queue);
    return;
  }
  // What was offered is seen by whoever takes the doorbell.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  // SAFETY: within the mapped page, aligned (DoorbellOffset). A device's register: exactly one store of 16 bits.
  *reinterpret_cast<volatile uint16_t*>(doorbell.page.data() + doorbell.offset % PageSize()) = queue;
}

}  // namespace doorbell
