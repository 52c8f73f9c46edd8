#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "net/queue_side.h"

namespace doorbell {

// A native device's half of a handover: what EngineQueue needs of one queue of an accelerator. Commands come
// from one thread.
class AcceleratorQueue {
 public:
  virtual ~AcceleratorQueue() = default;

  // Before the ring is handed over: what to serve, should it be started. `give_back` ends the device's turn by
  // taking the ring back, for a device that goes away first. EBUSY where it serves another queue, ESHUTDOWN
  // where the device is closed.
  virtual Status Attach(std::shared_ptr<QueueContext> queue, std::function<void()> give_back) = 0;
  // After the ring was taken back.
  virtual void Detach() = 0;

  // It has no register for the index: its turns begin where the ring is at its first one.
  virtual bool starts_at_zero_only() const = 0;
  // A ring server of its own for each turn; null where not attached.
  virtual std::shared_ptr<QueueSide> side() = 0;
  // One doorbell store by the host. Any thread.
  virtual void RingDoorbell() = 0;
  // Since it was made. Any thread.
  virtual uint64_t doorbells() const = 0;
  virtual uint64_t proven_wakes() const = 0;
};

}  // namespace doorbell
