#include "vfio/vfio_queue.h"

#include <fcntl.h>

#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "io/eventfd.h"
#include "net/port.h"
#include "vfio/split_recovery.h"
#include "virtq/ring_words.h"

namespace doorbell {

namespace {

// No thread of ours: the device, whose frames come from the network behind it.
constexpr Domain kHardware{.watches_rx_buffers = true, .has_own_network = true};

// struct virtq_avail and virtq_used: flags, idx, entries.
constexpr uint64_t kIdx = 2;
constexpr uint64_t kEntries = 4;

}  // namespace

// The ring while the device has it: who holds the memory, who is told of a break.
class VfioQueue::Side final : public QueueSide {
 public:
  Side(uint16_t queue, Direction direction) : QueueSide(kHardware, direction, nullptr), queue_(queue) {}

  uint16_t queue() const { return queue_; }
  // Only its doorbell wakes the device.
  void Wake() override {}

 private:
  const uint16_t queue_;
};

Status VfioQueue::Attach(std::shared_ptr<QueueContext> queue, std::function<void()> give_back) {
  const std::lock_guard lock(mutex_);
  if (side_ != nullptr) return Error{"EBUSY", "this queue of the accelerator serves another ring"};
  if (queue->role == QueueRole::kCtrl || queue->port->pair() != 0)
    return Error{"accelerator-busy", "the device serves the first pair of queues only"};
  const uint16_t index = queue->role == QueueRole::kRx ? 0 : 1;
  side_ = std::make_shared<Side>(index, DirectionOf(queue->role));
  give_back_ = std::move(give_back);
  used_seen_ = 0;
  completed_ = 0;
  return {};
}

Status VfioQueue::Prepare(const RingConfig& ring, const std::shared_ptr<GuestMemory>& memory) {
  if (memory == nullptr) return Error{"ENOTCONN", "the ring is not started"};
  return function_->Prepare(memory, ring.features);
}

Status VfioQueue::Begin() {
  const RingConfig& ring = side_->ring().config();
  const GuestMemory& memory = *side_->ring().memory();
  // The engine attached to these areas before, so they lie in the memory.
  const auto guest = [&](uint64_t address) { return memory.ToGuest(memory.Translate(ring.addresses, address, 1)); };
  const DeviceRing told{static_cast<uint16_t>(ring.size), guest(ring.desc), guest(ring.avail), guest(ring.used), 0};
  if (Status started = function_->Start(side_->queue(), told, call_fd()); !started.ok()) return started;
  {
    const std::lock_guard lock(mutex_);
    begun_ = true;
  }
  side_->ring().NoteServing();
  // Nobody knows which interrupt the driver still waits for.
  if (call_ != nullptr) call_->Signal();
  return {};
}

void VfioQueue::End() {
  {
    const std::lock_guard lock(mutex_);
    begun_ = false;
  }
  side_->ring().NoteServing();
  function_->Stop(side_->queue());
  Recover(*side_);
}

void VfioQueue::Recover(Side& side) {
  RingServer& ring = side.ring();
  const RingConfig& config = ring.config();
  const GuestMemory& memory = *ring.memory();
  const std::byte* avail = memory.Translate(config.addresses, config.avail, kEntries + config.size * 2);
  const std::byte* used = memory.Translate(config.addresses, config.used, kEntries + config.size * 8);
  if (avail == nullptr || used == nullptr) {
    ring.BreakStopped();
    return;
  }
  const AcceleratorCounts done = counts();
  StoppedSplitRing stopped;
  stopped.size = static_cast<uint16_t>(config.size);
  // acquire: the entries below it are there.
  stopped.avail_idx = LoadAcquire16(avail + kIdx);
  stopped.used_idx = LoadAcquire16(used + kIdx);
  stopped.whole_turn_visible = done.descriptors + static_cast<uint16_t>(stopped.avail_idx - stopped.used_idx) <= config.size;
  // The driver goes on offering meanwhile; what it overwrites was used before.
  const std::vector<std::byte> avail_copy(avail + kEntries, avail + kEntries + config.size * 2);
  const std::vector<std::byte> used_copy(used + kEntries, used + kEntries + config.size * 8);
  stopped.avail = avail_copy;
  stopped.used = used_copy;

  // Virtio 1.2 §2.7.9: with IN_ORDER used entries are left out, and nothing is ever used out of order.
  SplitRecovery at{stopped.used_idx, {}};
  if ((config.features & kRingInOrder) == 0) {
    Result<SplitRecovery> recovered = RecoverSplit(stopped);
    if (!recovered.ok()) {
      ring.BreakStopped();
      return;
    }
    at = std::move(recovered).value();
  }
  if (!ring.ResumeAt({at.base, stopped.used_idx}, done.descriptors, at.leftovers).ok()) ring.BreakStopped();
}

void VfioQueue::Detach() {
  const std::lock_guard lock(mutex_);
  side_.reset();
  begun_ = false;
  give_back_ = nullptr;
  call_.reset();
}

void VfioQueue::GiveBack() {
  // Taken out first: it ends in Detach().
  if (const std::function<void()> give_back = std::exchange(give_back_, nullptr)) give_back();
}

Status VfioQueue::SetCall(std::shared_ptr<const EventTarget> call) {
  if (call != nullptr && !IsEventfd(call->fd()))
    return Error{"EINVAL", "the front-end's call fd is no eventfd: the device cannot signal it"};
  call_ = std::move(call);
  side_->ring().SetCall(call_);
  // Until it serves the ring, the queue's interrupts are not the guest's.
  return begun_ ? function_->SetCall(side_->queue(), call_fd()) : Status();
}

AcceleratorCounts VfioQueue::counts() {
  // A device counts nothing; what it completed is seen from used.idx. More than 65535 between two looks go uncounted.
  if (const std::optional<RingServer::Indices> now = side_ == nullptr ? std::nullopt : side_->ring().Peek();
      now.has_value()) {
    completed_ += static_cast<uint16_t>(now->used - used_seen_);
    used_seen_ = now->used;
  }
  return AcceleratorCounts{std::nullopt, std::nullopt, std::nullopt, completed_};
}

Result<NotifyArea> VfioQueue::notify_area() {
  if (side_ == nullptr) return Error{"page-not-offered", "the accelerator has no ring of this queue"};
  const Result<NotifyPageRange> page = function_->NotifyPage(side_->queue());
  if (!page.ok()) return page.error();
  ScopedFd fd(fcntl(function_->device().fd(), F_DUPFD_CLOEXEC, 0));
  if (!fd.valid()) return ErrnoError(errno, "duplicate the device's file");
  return NotifyArea{std::move(fd), page.value().offset, page.value().size};
}

std::shared_ptr<QueueSide> VfioQueue::side() {
  const std::lock_guard lock(mutex_);
  return side_;
}

void VfioQueue::RingDoorbell() {
  std::shared_ptr<Side> side;
  {
    const std::lock_guard lock(mutex_);
    if (begun_) side = side_;
  }
  if (side != nullptr) function_->RingDoorbell(side->queue());
}

}  // namespace doorbell
