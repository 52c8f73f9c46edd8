#pragma once

#include "net/peer_inbox.h"
#include "net/port.h"

namespace doorbell {

// The receiving half of a batch: keeps the port of the last frame locked, since the next one often goes there
// too. Holds one port at most. What the lab peer swallows lands here as well.
class Delivery {
 public:
  explicit Delivery(const Domain& self) : self_(self) {}
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;
  ~Delivery() { Flush(); }

  void To(Port& port, const Frame& frame) {
    if (port_ != &port) {
      Flush();
      port.Lock(self_);
      port_ = &port;
    }
    port.Accept(frame, placement_);
  }

  // Places what is held for `port` if this domain owns its rx ring.
  void Settle(Port& port) {
    Flush();
    port.Lock(self_);
    port_ = &port;
    Flush();
  }

  PeerInbox& inbox() { return inbox_; }

  // Shows the receivers what came and lets go of the port.
  void Flush() {
    if (port_ == nullptr) return;
    port_->Unlock(placement_);
    port_ = nullptr;
  }

 private:
  const Domain& self_;
  Port* port_ = nullptr;
  RxPlacement placement_;
  PeerInbox inbox_;
};

}  // namespace doorbell
