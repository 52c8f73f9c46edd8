#pragma once

#include "net/frame.h"
#include "virtq/ring_server.h"

namespace doorbell {

enum class Placement {
  kPlaced,
  kStarved,   // The guest has not posted enough buffers; nothing was used.
  kTooLarge,  // No buffers that this guest posts can hold the frame; nothing was used.
  kBroken,    // The ring broke on what was posted.
};

// Copies frames into the buffers of an rx ring. Buffers are taken many at a time, so that the misses on what the guest's
// CPU wrote overlap, and those that no frame was for are given back. One per thread, for one ring at a time: from the
// first Place() to Return() the ring is serving and its lock is held.
class RxPlacement {
 public:
  // Copies `frame` with its net header and completes what it took: one chain, or with MRG_RXBUF as many as it takes.
  // The driver takes the frame's offloads. Publish() is the caller's.
  Placement Place(RingServer& ring, const Frame& frame);
  // Gives back what is left, before anybody else looks at the ring.
  void Return(RingServer& ring);

 private:
  // Chains taken ahead.
  static constexpr size_t kAhead = 32;

  // Makes `count_` chains, from `next_` on, hold `need` bytes.
  Placement Gather(RingServer& ring, uint64_t need, size_t max_chains);
  void Restock(RingServer& ring);

  ChainBatch chains_;
  size_t next_ = 0;
  size_t count_ = 0;
};

}  // namespace doorbell
