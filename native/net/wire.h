#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "net/ethernet.h"
#include "net/frame.h"

namespace doorbell {

class Port;
class QueueSide;

// The network of a session that is not on the switch: what the engine takes from its tx rings goes there and nowhere
// else, and what comes from there goes to its first port. Any thread.
class Wire {
 public:
  virtual ~Wire() = default;

  // A tx ring of this session was started: woken when there is room again.
  virtual void AddSender(std::weak_ptr<QueueSide> sender) = 0;
  // How many frames it takes now. 0: none, and senders are woken when that is another.
  virtual size_t Room() = 0;
  // Copies the frame. False: it goes nowhere, and the sender counts it.
  virtual bool Send(const Frame& frame) = 0;
  // Shows the network what was sent since the last call.
  virtual void Flush() = 0;
  // Where frames that were sent came from: at most `limit` addresses, the ones that were first.
  virtual std::vector<MacNumber> Addresses(size_t limit) = 0;
  // Frames that it took and then could not bring there, since the last call.
  virtual uint64_t TakeLost() = 0;
};

}  // namespace doorbell
