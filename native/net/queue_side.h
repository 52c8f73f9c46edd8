// Who may serve a queue. Every queue has an engine side and, while it is accelerated, a device side; each has its
// own RingServer and only one of them is started.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "virtq/ring_server.h"

namespace doorbell {

class Port;

// A set of threads that may touch the rings it owns, and no others: the engine's workers, or a device.
struct Domain {
  // A device asks for a doorbell for every buffer that it has not seen; the engine wants kicks for rx buffers only
  // when it has run out of them.
  bool watches_rx_buffers = false;
  // Its rx rings are filled from a network of its own: frames of the switch never get there.
  bool has_own_network = false;
};

enum class QueueRole { kRx, kTx, kCtrl };

// What both sides of one queue share.
struct QueueContext {
  QueueContext(QueueRole queue_role, std::shared_ptr<Port> queue_port)
      : role(queue_role), port(std::move(queue_port)) {}

  const QueueRole role;
  const std::shared_ptr<Port> port;
  // Tx and ctrl; an rx queue's is its port's. Rings are born disabled.
  std::atomic<bool> enabled{false};
};

constexpr Direction DirectionOf(QueueRole role) {
  switch (role) {
    case QueueRole::kRx:
      return Direction::kWritable;
    case QueueRole::kTx:
      return Direction::kReadable;
    case QueueRole::kCtrl:
      break;
  }
  return Direction::kBoth;
}

class QueueSide {
 public:
  QueueSide(const Domain& domain, Direction direction, RingServer::BreakListener on_break)
      : domain_(domain), ring_(direction, std::move(on_break)) {}
  QueueSide(const QueueSide&) = delete;
  QueueSide& operator=(const QueueSide&) = delete;
  virtual ~QueueSide() = default;

  const Domain& domain() const { return domain_; }
  RingServer& ring() { return ring_; }
  const RingServer& ring() const { return ring_; }

  // Makes a thread of the domain look at the ring and at frames held back for it. Any thread, no lock held;
  // coalesces.
  virtual void Wake() = 0;

 private:
  const Domain& domain_;
  RingServer ring_;
};

}  // namespace doorbell
