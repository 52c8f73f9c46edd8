#include "vfio/virtio_function.h"

#include <cerrno>
#include <utility>

#include "io/eventfd.h"

namespace doorbell {

namespace {

uint64_t PageOf(uint64_t offset) { return offset / PageSize() * PageSize(); }

// All structures lie in BARs that are there and long enough for them.
Status CheckBars(const VirtioPciLayout& layout, const VfioPciDevice& device) {
  for (const BarRange& range : {layout.common, layout.notify, layout.isr})
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
  // A device that does not answer is reset by the kernel when its file is closed.
  [[maybe_unused]] const Status reset = common_.Reset();
}

Status VirtioFunction::Inspect() {
  Result<ScopedFd> signal = CreateEventfd();
  if (!signal.ok()) return signal.error();
  fault_signal_ = std::move(signal).value();
  // Not every function can report errors.
  [[maybe_unused]] const Status reported = device_.SetErrorSignal(fault_signal_.get());
  if (Status reset = common_.Reset(); !reset.ok()) return reset;
  const Result<uint64_t> features = common_.OfferedFeatures();
  if (!features.ok()) return features.error();
  features_ = features.value();
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
  // What has too few is told by whoever looks at vectors().
  return vectors() > kQueues ? device_.EnableMsix(kQueues + 1) : Status();
}

Status VirtioFunction::MapDoorbells() {
  const VfioRegion& region = device_.bar(layout_.notify.bar);
  for (uint16_t queue = 0; queue < kQueues; ++queue) {
    const Result<uint64_t> offset = DoorbellOffset(layout_, region.size, notify_offs_[queue]);
    if (!offset.ok()) return offset.error();
    Doorbell doorbell{offset.value(), {}};
    if (const uint64_t page = PageOf(doorbell.offset); region.CanMap(page, PageSize())) {
      Result<ScopedMmap> mapped = ScopedMmap::MapShared(device_.fd(), region.offset + page, PageSize());
      if (mapped.ok()) doorbell.page = std::move(mapped).value();
    }
    doorbells_.push_back(std::move(doorbell));
  }
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

Status VirtioFunction::Prepare(const std::shared_ptr<GuestMemory>& memory, uint64_t features) {
  const uint64_t of_rings = features & kRingFeatures;
  if ((of_rings & ~ring_features()) != 0)
    return Error{"accelerator-lacks-feature", "the device lacks feature bits that the guest uses"};
  const uint64_t wanted = of_rings | kVersion1 | kAccessPlatform | (features_ & kRingReset);
  const std::lock_guard lock(mutex_);
  const bool same_memory = memory_ != nullptr && memory_->IsOf(memory);
  if (same_memory && negotiated_ == wanted && (running() || !Broken())) return {};
  if (running()) return Error{"accelerator-busy", "the device serves rings of other memory or with other features"};
  if (Status reset = ResetDevice(); !reset.ok()) return reset;
  if (!same_memory) {
    memory_.reset();
    Result<std::unique_ptr<DmaMap>> mapped = DmaMap::Create(container_, memory);
    if (!mapped.ok()) return mapped.error();
    memory_ = std::move(mapped).value();
  }
  if (Status taken = common_.Negotiate(wanted); !taken.ok()) return taken;
  negotiated_ = wanted;
  fault_.clear();
  return {};
}

Status VirtioFunction::Start(uint16_t queue, const DeviceRing& ring) {
  DeviceRing told = ring;
  told.vector = static_cast<uint16_t>(VectorOf(queue));
  const std::lock_guard lock(mutex_);
  if (Status started = common_.StartQueue(queue, told); !started.ok()) return started;
  running_ |= 1u << queue;
  return {};
}

void VirtioFunction::Stop(uint16_t queue) {
  const std::lock_guard lock(mutex_);
  // A reset of the whole device may have stopped it before.
  if ((running_ & (1u << queue)) != 0) StopRunning(queue);
  // It signals nothing more, so nothing is left pending in the vector for its next target.
  [[maybe_unused]] const Status detached = SetCall(queue, ScopedFd::kInvalid);
}

void VirtioFunction::StopRunning(uint16_t queue) {
  running_ &= ~(1u << queue);
  const bool failed = Broken();
  if (!failed && stops_per_queue() && common_.StopQueue(queue).ok()) return;
  // Whoever has a device that stops all queues at once takes the others back, too; from any other it is a fault.
  const bool unforeseen = failed || (running() && stops_per_queue());
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
  // A device that does not answer has no queue of this memory either.
  [[maybe_unused]] const Status reset = ResetDevice();
  memory_.reset();
}

bool VirtioFunction::Broken() const {
  const Result<bool> needs_reset = common_.NeedsReset();
  return !needs_reset.ok() || needs_reset.value();
}

Status VirtioFunction::ResetDevice() {
  negotiated_ = 0;
  return common_.Reset();
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
