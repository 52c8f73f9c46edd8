#include "device/device_queue.h"

#include <fcntl.h>

#include <cerrno>
#include <utility>

namespace doorbell {

// From Attach to Detach: the ring server that the port knows, and what the device's thread polls.
class DeviceQueue::Turn final : public QueueSide, public PolledQueue {
 public:
  Turn(std::shared_ptr<DeviceQueue> queue, std::shared_ptr<QueueContext> context)
      : QueueSide(queue->thread_->domain(), DirectionOf(context->role), queue->on_break_),
        queue_(std::move(queue)),
        context_(std::move(context)) {}

  void Wake() override {
    // Release: what was done before is seen by the look that the flag asks for.
    attention_.store(true, std::memory_order_release);
    queue_->thread_->Wake();
  }

  Polled Poll(Forwarder& forwarder) override;
  DoorbellWord doorbell() override { return queue_->page_.word(); }

 private:
  // Looks at the ring until it is empty and the guest will ring for more.
  void Serve(Forwarder& forwarder);

  const std::shared_ptr<DeviceQueue> queue_;
  const std::shared_ptr<QueueContext> context_;
  std::atomic<bool> attention_{false};

  // The device thread's own.
  // All that was offered has been seen, and notifications are on: only a doorbell brings the next look.
  bool idle_ = false;
  // A guest's doorbell ended the idleness; the next completed chain proves its path.
  bool proving_ = false;
  uint64_t descriptors_when_rung_ = 0;
};

Polled DeviceQueue::Turn::Poll(Forwarder& forwarder) {
  const bool rung = queue_->page_.Take();
  const bool asked = attention_.load(std::memory_order_relaxed) &&
                     attention_.exchange(false, std::memory_order_acquire);
  if (rung) {
    queue_->doorbells_.fetch_add(1, std::memory_order_relaxed);
    const bool by_guest = !queue_->host_rang_.exchange(false);
    if (by_guest && idle_ && !proving_) {
      proving_ = true;
      descriptors_when_rung_ = ring().chains();
    }
  }
  if (rung || asked) Serve(forwarder);
  // Frames of other queues' turns complete rx chains too, so this is looked at in every poll.
  if (proving_ && ring().chains() != descriptors_when_rung_) {
    proving_ = false;
    queue_->proven_wakes_.fetch_add(1, std::memory_order_relaxed);
  }
  if (rung) return Polled::kRung;
  return asked ? Polled::kWorked : Polled::kQuiet;
}

void DeviceQueue::Turn::Serve(Forwarder& forwarder) {
  idle_ = false;
  const Served served = forwarder.Serve(*context_, *this);
  if (served == Served::kMore) {
    // Others' turn; this one goes on without a doorbell.
    attention_.store(true, std::memory_order_relaxed);
    return;
  }
  const BatchLock lock(ring().mutex());
  if (!ring().serving()) return;
  // A port arranges the notifications of its rx ring itself.
  const bool more = context_->role != QueueRole::kRx && ring().EnableNotifications();
  if (more)
    attention_.store(true, std::memory_order_relaxed);
  else
    idle_ = true;
}

Status DeviceQueue::Attach(std::shared_ptr<QueueContext> queue, std::function<void()> give_back) {
  const std::lock_guard lock(mutex_);
  if (turn_ != nullptr) return Error{"EBUSY", "this queue of the accelerator serves another ring"};
  auto turn = std::make_shared<Turn>(shared_from_this(), std::move(queue));
  if (!thread_->Add(turn)) return Error{"ESHUTDOWN", "the accelerator is closed"};
  // A doorbell from before belongs to an earlier ring.
  page_.Take();
  host_rang_.store(false);
  turn_ = std::move(turn);
  doorbells_at_attach_ = doorbells_.load(std::memory_order_relaxed);
  proven_wakes_at_attach_ = proven_wakes_.load(std::memory_order_relaxed);
  give_back_ = std::move(give_back);
  return {};
}

void DeviceQueue::Detach() {
  std::shared_ptr<Turn> turn;
  {
    const std::lock_guard lock(mutex_);
    turn.swap(turn_);
  }
  if (turn != nullptr) thread_->Remove(turn);
  give_back_ = nullptr;
}

void DeviceQueue::GiveBack() {
  // Taken out first: it ends in Detach().
  if (const std::function<void()> give_back = std::exchange(give_back_, nullptr)) give_back();
}

Result<NotifyArea> DeviceQueue::notify_area() {
  ScopedFd fd(fcntl(page_.fd(), F_DUPFD_CLOEXEC, 0));
  if (!fd.valid()) return ErrnoError(errno, "duplicate a notify page");
  return NotifyArea{std::move(fd), 0, page_.size()};
}

std::shared_ptr<QueueSide> DeviceQueue::side() {
  const std::lock_guard lock(mutex_);
  return turn_;
}

Status DeviceQueue::SetCall(std::shared_ptr<const EventTarget> call) {
  if (const std::shared_ptr<QueueSide> own = side(); own != nullptr) own->ring().SetCall(std::move(call));
  return {};
}

AcceleratorCounts DeviceQueue::counts() {
  AcceleratorCounts counts{0, 0, 0, 0};
  counts.doorbells = doorbells_.load(std::memory_order_relaxed) - doorbells_at_attach_;
  counts.proven_wakes = proven_wakes_.load(std::memory_order_relaxed) - proven_wakes_at_attach_;
  // Its ring server is made for this turn.
  if (const std::shared_ptr<QueueSide> own = side(); own != nullptr) {
    counts.interrupts = own->ring().counters().calls.load(std::memory_order_relaxed);
    counts.descriptors = own->ring().chains();
  }
  return counts;
}

void DeviceQueue::RingDoorbell() {
  // Before the store: whoever takes the doorbell sees it.
  host_rang_.store(true);
  page_.Ring();
}

}  // namespace doorbell
