#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/scoped_fd.h"
#include "net/queue_side.h"

namespace doorbell {

// What a device did for a ring. Empty: it does not count such things.
struct AcceleratorCounts {
  std::optional<uint64_t> doorbells;
  std::optional<uint64_t> interrupts;
  std::optional<uint64_t> proven_wakes;
  // Chains that it completed.
  uint64_t descriptors = 0;
};

// What may be handed to a front-end: whole pages of a file, the receiver's.
struct NotifyArea {
  ScopedFd fd;
  uint64_t offset = 0;
  uint64_t size = 0;
};

// A native device's half of a handover: what EngineQueue needs of one queue of an accelerator. Commands come
// from one thread.
class AcceleratorQueue {
 public:
  virtual ~AcceleratorQueue() = default;

  // Before the ring is handed over: what to serve, should it be started. `give_back` ends the device's turn by
  // taking the ring back, for a device that goes away first. EBUSY where it serves another queue, ESHUTDOWN
  // where the device is closed.
  virtual Status Attach(std::shared_ptr<QueueContext> queue, std::function<void()> give_back) = 0;
  // While the engine serves on: whatever takes time that the ring need not wait for. Any thread; not two at once. A
  // handover does it too, where it costs nothing if nothing changed since.
  virtual Status Prepare(const RingConfig& ring, const std::shared_ptr<GuestMemory>& memory) = 0;
  // side() was given the ring and may serve it from now on. On failure the caller takes the ring back at once.
  virtual Status Begin() = 0;
  // It serves nothing more; afterwards side()'s ring stands where it stopped. Only after Begin().
  virtual void End() = 0;
  // After the ring was taken back.
  virtual void Detach() = 0;
  // The queue goes away: ends a turn that goes on.
  virtual void GiveBack() = 0;
  // The doorbell's page, of this queue alone; an error where the device has none.
  virtual Result<NotifyArea> notify_area() = 0;

  // Signalled for completed chains from now on; null: nobody. Kept for the turn; refused where a device cannot signal it.
  virtual Status SetCall(std::shared_ptr<const EventTarget> call) = 0;

  // It has no register for the index: its turns begin where the ring is at its first one.
  virtual bool starts_at_zero_only() const = 0;
  // A ring server of its own for each turn; null where not attached.
  virtual std::shared_ptr<QueueSide> side() = 0;
  // One doorbell store by the host. Any thread.
  virtual void RingDoorbell() = 0;
  // Of the turn that goes on. The thread of the commands.
  virtual AcceleratorCounts counts() = 0;
};

}  // namespace doorbell
