// One reserved queue of a virtio function: what an EngineQueue hands its ring to. The role of the ring says which of
// the device's queues it takes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "net/accelerator_queue.h"
#include "vfio/virtio_function.h"

namespace doorbell {

class VfioQueue final : public AcceleratorQueue, public std::enable_shared_from_this<VfioQueue> {
 public:
  explicit VfioQueue(std::shared_ptr<VirtioFunction> function) : function_(std::move(function)) {}

  // ── commands ──
  Status Attach(std::shared_ptr<QueueContext> queue, std::function<void()> give_back) override;
  Status Prepare(const RingConfig& ring, const std::shared_ptr<GuestMemory>& memory) override;
  Status Begin() override;
  void End() override;
  void Detach() override;
  Status SetCall(std::shared_ptr<const EventTarget> call) override;
  AcceleratorCounts counts() override;
  void GiveBack() override;
  // Only while it has a ring. Whoever gets the file can map all of the device.
  Result<NotifyArea> notify_area() override;

  // ── any thread ──
  bool starts_at_zero_only() const override { return true; }
  std::shared_ptr<QueueSide> side() override;
  void RingDoorbell() override;

 private:
  class Side;

  int call_fd() const { return call_ == nullptr ? ScopedFd::kInvalid : call_->fd(); }
  // Where the stopped device left the ring.
  void Recover(Side& side);

  const std::shared_ptr<VirtioFunction> function_;

  std::mutex mutex_;
  // Under mutex_; null where not attached.
  std::shared_ptr<Side> side_;
  bool begun_ = false;

  // The command thread's own.
  std::function<void()> give_back_;
  std::shared_ptr<const EventTarget> call_;
  // used.idx as last seen, and how often it moved since the turn began.
  uint16_t used_seen_ = 0;
  uint64_t completed_ = 0;
};

}  // namespace doorbell
