#include "net/port.h"

#include <optional>
#include <utility>

#include "virtq/now.h"

namespace doorbell {

namespace {

constexpr int kMaxLooks = 8;

}  // namespace

void Port::BindRx(std::shared_ptr<QueueSide> side) {
  const CommandLock lock(mutex_);
  DropHeld();
  rx_ = std::move(side);
  features_ = rx_->ring().features();
  starved_ = false;
  bound_.store(true, std::memory_order_relaxed);
}

void Port::UnbindRx() {
  const CommandLock lock(mutex_);
  DropHeld();
  rx_.reset();
  bound_.store(false, std::memory_order_relaxed);
}

Result<uint32_t> Port::HandOverRx(std::shared_ptr<QueueSide> to) {
  const CommandLock lock(mutex_);
  if (rx_ == nullptr) return Error{"ENOTCONN", "the rx ring is not started"};
  std::optional<uint64_t> held_since;
  if (!held_.empty() && !starved_) held_since = held_since_ns_;
  Result<uint32_t> base = RingServer::HandOver(rx_->ring(), to->ring(), held_since);
  if (!base.ok()) return base;
  rx_ = std::move(to);
  // Nobody would fetch them, and later they would be of long ago.
  if (rx_->domain().has_own_network) DropHeld();
  return base;
}

void Port::Lock(const Domain& self) {
  mutex_.lock();
  owned_ = rx_ != nullptr && &rx_->domain() == &self;
  if (!owned_) return;
  rx_->ring().mutex().lock();
  if (rx_->ring().serving()) rx_->ring().CheckMemory();
}

void Port::AcceptWithCare(const Frame& frame, RxPlacement& placement) {
  flows_ = false;
  if (!receives() || rx_->domain().has_own_network || rx_->ring().broken() != BreakCode::kNone) {
    rx_drops_.Add(DropReason::kDown);
    return;
  }
  if (TakesOffload(frame.offload, features_)) {
    PlaceOrHold(frame, placement);
    return;
  }
  const std::vector<std::vector<std::byte>> finished = FinishInSoftware(frame);
  if (finished.empty()) rx_drops_.Add(DropReason::kUnfinishable);
  for (const std::vector<std::byte>& bytes : finished)
    PlaceOrHold(Frame{.head = bytes, .body = {}, .body_offset = 0, .length = bytes.size(), .offload = {}}, placement);
}

void Port::PlaceOrHold(const Frame& frame, RxPlacement& placement) {
  // Not owned, no buffers, or a ring without translations: the owner places it, at its next notification or when woken.
  if (owned_ && rx_->ring().serving() && (held_.empty() || PlaceHeld(placement))) {
    switch (placement.Place(rx_->ring(), frame)) {
      case Placement::kPlaced:
        flows_ = true;
        return;
      case Placement::kTooLarge:
        rx_drops_.Add(DropReason::kTooLarge);
        return;
      case Placement::kBroken:
        rx_drops_.Add(DropReason::kDown);
        return;
      case Placement::kStarved:
        break;
    }
  }
  Hold(frame);
}

void Port::Unlock(RxPlacement& placement) {
  flows_ = false;
  std::shared_ptr<QueueSide> wake;
  if (owned_) {
    RingServer& ring = rx_->ring();
    if (ring.serving())
      Settle(placement);
    else
      placement.Return(ring);
    if (ring.broken() != BreakCode::kNone) DropHeld();
    ring.mutex().unlock();
  }
  if (wake_owner_) wake = rx_;
  wake_owner_ = false;
  mutex_.unlock();
  if (wake != nullptr) wake->Wake();
}

void Port::ShowPlaced(RxPlacement& placement) {
  starved_ = !PlaceHeld(placement);
  placement.Return(rx_->ring());
  rx_->ring().Publish();
}

void Port::Settle(RxPlacement& placement) {
  RingServer& ring = rx_->ring();
  ShowPlaced(placement);
  if (ring.waits()) {
    // Not for want of buffers: the next owner, or who is woken by the translation, places what is held back.
    starved_ = false;
    return;
  }
  const bool watches = rx_->domain().watches_rx_buffers;
  if (watches) ring.HasWork();
  for (int looks = 0; ring.serving() && (starved_ || (watches && ring.notifications_stale())); ++looks) {
    // False: the guest's next buffers come with a notification.
    if (!ring.EnableNotifications()) return;
    // A guest that posts as fast as we look must not keep the port to itself.
    if (looks == kMaxLooks) {
      wake_owner_ = true;
      return;
    }
    ShowPlaced(placement);
  }
  if (!watches && ring.serving()) ring.DisableNotifications();
}

bool Port::PlaceHeld(RxPlacement& placement) {
  if (!receives()) DropHeld();
  while (!held_.empty()) {
    const auto& [bytes, offload] = held_.front();
    const Frame frame{.head = bytes, .body = {}, .body_offset = 0, .length = bytes.size(), .offload = offload};
    switch (placement.Place(rx_->ring(), frame)) {
      case Placement::kPlaced:
        break;
      case Placement::kTooLarge:
        rx_drops_.Add(DropReason::kTooLarge);
        break;
      case Placement::kStarved:
        return false;
      case Placement::kBroken:
        DropHeld();
        return true;
    }
    held_bytes_ -= held_.front().bytes.size();
    held_.pop_front();
  }
  return true;
}

void Port::Hold(const Frame& frame) {
  wake_owner_ = !owned_;
  if (held_.size() >= kMaxHeldFrames || held_bytes_ + frame.length > kMaxHeldBytes) {
    rx_drops_.Add(DropReason::kNoBuffers);
    return;
  }
  if (held_.empty()) held_since_ns_ = NowNs();
  std::vector<std::byte>& bytes = held_.emplace_back(Held{std::vector<std::byte>(frame.length), frame.offload}).bytes;
  FrameReader(frame).Read(bytes.data(), bytes.size());
  held_bytes_ += bytes.size();
}

void Port::DropHeld() {
  if (held_.empty()) return;
  rx_drops_.Add(DropReason::kDown, held_.size());
  held_.clear();
  held_bytes_ = 0;
}

}  // namespace doorbell
