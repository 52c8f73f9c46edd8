// What joins a session's ports to the network behind a device while its rings are in software: rings of the engine's
// own on the device's queues, which frames are copied through. Each of the two exists for as long as the guest does not
// have that queue of the device itself.
//
// Lock order: tx ring of a guest → transmit; receive → port.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "base/scoped_fd.h"
#include "net/wire.h"
#include "net/worker.h"
#include "vfio/bounce_ring.h"

namespace doorbell {

class DeviceLink final : public Wire, public std::enable_shared_from_this<DeviceLink> {
 public:
  // Of the device's queues.
  static constexpr uint16_t kReceive = 0;
  static constexpr uint16_t kTransmit = 1;

  // An errno name.
  static Result<std::shared_ptr<DeviceLink>> Create();

  // ── the session's side, one thread ──
  // Once: frames from the device go to `port`, brought by `worker`, which is of `domain`.
  Status Serve(std::shared_ptr<Port> port, std::shared_ptr<Worker> worker, const Domain& domain);
  // The session is over. Idempotent.
  void Leave();

  // ── the device's side, one thread at a time ──
  static size_t MemoryBytes(uint64_t features);
  // Neither ring runs. `memory` has MemoryBytes(), at `iova` for the device, and outlives the turns that follow.
  void Place(std::byte* memory, uint64_t iova, uint64_t features);
  // An empty ring, as the device is told of it before Begin(); placed.
  DeviceRing Fresh(uint16_t queue);
  // The device serves the ring. `ring_doorbell`: one store; `broke`: it wrote what leaves no way on. Both are called on
  // any thread, until End().
  struct Device {
    std::function<void()> ring_doorbell;
    std::function<void()> broke;
  };
  void Begin(uint16_t queue, Device device);
  // The queue is about to be stopped: nothing more is sent, and what was is waited for, within bounds.
  void Settle(uint16_t queue);
  // The device serves it no more. What it received is delivered; what it did not send is lost.
  void End(uint16_t queue);
  // Signalled by the device for the queue. Borrowed.
  int signal(uint16_t queue) const { return signals_[queue].get(); }

  // ── Wire ──
  void AddSender(std::weak_ptr<QueueSide> sender) override;
  size_t Room() override;
  bool Send(const Frame& frame) override;
  void Flush() override;
  std::vector<MacNumber> Addresses(size_t limit) override;
  uint64_t TakeLost() override { return lost_.exchange(0, std::memory_order_relaxed); }

 private:
  class Receiver;
  class Completer;

  DeviceLink() = default;

  void WakeSenders();
  // Under the transmit lock.
  void NoteSource(const Frame& frame);
  Served Receive(Delivery& delivery);
  bool AskForFrames();
  // Under the receive lock; at most `limit` frames. → how many came, whatever became of them.
  int DeliverFrames(Delivery& delivery, int limit);

  std::array<ScopedFd, 2> signals_;

  // The session's side.
  std::shared_ptr<Worker> worker_;
  std::array<uint64_t, 2> keys_ = {};
  // Set once, before anything is received.
  std::shared_ptr<Port> port_;
  const Domain* domain_ = nullptr;

  BatchMutex transmit_mutex_;
  std::optional<TransmitRing> transmit_;
  // While the device serves it.
  std::optional<Device> sends_;
  std::vector<std::weak_ptr<QueueSide>> senders_;
  // Who wants to know asks whether there is none, one, or several.
  std::array<MacNumber, 2> addresses_ = {};

  BatchMutex receive_mutex_;
  std::optional<ReceiveRing> receive_;
  std::optional<Device> receives_;

  std::atomic<uint64_t> lost_{0};
};

}  // namespace doorbell
