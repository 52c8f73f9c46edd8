// What one serving thread does with rings: takes what guests send, forwards it, completes it. Used alike by the
// engine's workers and by the emulated accelerator; each thread has its own.
#pragma once

#include "net/queue_side.h"
#include "net/switch.h"

namespace doorbell {

enum class Served {
  kNothing,  // The ring was empty, or is not this side's to serve.
  kAll,      // Something was done and the ring is empty now.
  kMore,     // Something was done and more is there: come back.
};

class Forwarder {
 public:
  Forwarder(Switch& network, const Domain& self) : switch_(network), delivery_(self) {}

  // One turn at a queue, bounded so that others get theirs. Leaves the ring's notifications as they are.
  Served Serve(QueueContext& queue, QueueSide& side);
  // For frames that come from elsewhere, on this thread.
  Delivery& delivery() { return delivery_; }

 private:
  // A command that waits for a ring waits for one batch; a turn takes a few of them.
  static constexpr size_t kChainsPerBatch = 32;
  static constexpr int kBatchesPerTurn = 4;

  size_t ServeTx(QueueContext& queue, RingServer& ring);
  size_t ServeWire(QueueContext& queue, RingServer& ring, Wire& wire);
  size_t ServeCtrl(RingServer& ring);
  // How a driver frames what it sends.
  struct Format {
    uint64_t features;
    size_t header_length;
  };
  // The frame that a chain is, into `frame`, which is a new one or that of the chain before. False: it is none, which is
  // counted.
  bool ReadFrame(Port& from, const Format& format, const Chain& chain, Frame& frame);
  // Sends the frames of the batch where `send` takes them, false: the sender counts the frame as `unsent`; then completes
  // all of its chains.
  template <typename Send>
  void SendAll(QueueContext& queue, RingServer& ring, DropReason unsent, Send send);

  Switch& switch_;
  Delivery delivery_;
  ChainBatch batch_;
};

}  // namespace doorbell
