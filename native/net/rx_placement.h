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
  // Copies `frame` with its net header into one chain, or with MRG_RXBUF into as many as it takes; they are completed
  // and published before more are taken, the last ones completed by Return() and published by the caller. The driver
  // takes the frame's offloads.
  Placement Place(RingServer& ring, const Frame& frame);
  // Completes what frames were placed in and gives back what is left, before anybody else looks at the ring.
  void Return(RingServer& ring);

 private:
  // Chains taken ahead.
  static constexpr size_t kAhead = 32;

  // Makes `count_` chains, from `next_` on, hold `need` bytes.
  Placement Gather(RingServer& ring, uint64_t need, size_t max_chains);
  void Restock(RingServer& ring);
  // Into the next chain, which NextHolds() all of it.
  void PlaceInOne(RingServer& ring, const Frame& frame, size_t header_length);
  // Into the `count_` chains that were gathered.
  void PlaceInParts(RingServer& ring, const Frame& frame, size_t header_length);

  // Whether the next chain is one buffer that holds `need` bytes.
  bool NextHolds(uint64_t need) const {
    return next_ < chains_.count && chains_.chains[next_].writable == 1 &&
           chains_.chains[next_].writable_bytes >= need;
  }

  ChainBatch chains_;
  // Before it are those that frames were placed in.
  size_t next_ = 0;
  uint64_t frames_ = 0;
  size_t count_ = 0;
};

}  // namespace doorbell
