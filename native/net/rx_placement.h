#pragma once

#include <cstring>

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
  // As Place() where it needs nothing but the next chain: a frame without offloads into one buffer, whose pages nobody
  // wants marked. False where it is not so; nothing was used.
  bool PlaceNext(const Frame& frame) {
    if (logging_ || !frame.offload.plain() || !NextHolds(header_length_ + frame.length)) return false;
    WriteInto(chains_.chains[next_], frame);
    return true;
  }
  // Completes what frames were placed in and gives back what is left, before anybody else looks at the ring.
  void Return(RingServer& ring);

 private:
  // Chains taken ahead.
  static constexpr size_t kAhead = 32;

  // Makes `count_` chains, from `next_` on, hold `need` bytes.
  Placement Gather(RingServer& ring, uint64_t need, size_t max_chains);
  void Restock(RingServer& ring);
  // Into the next chain, `chain`, whose one buffer holds all of it.
  void WriteInto(Chain& chain, const Frame& frame) {
    std::byte* data = chains_.buffers[chain.first].data;
    // Each part from a register: a header that is put together elsewhere and read back as other words than it was
    // written would wait for all stores before it, and those before it miss.
    if (frame.offload.plain())
      std::memset(data, 0, sizeof frame.offload);
    else
      std::memcpy(data, &frame.offload, sizeof frame.offload);
    constexpr uint16_t kOneBuffer = 1;
    if (header_length_ > kNumBuffersOffset) std::memcpy(data + kNumBuffersOffset, &kOneBuffer, sizeof kOneBuffer);
    CopyFrame(frame, data + header_length_);
    chain.written = static_cast<uint32_t>(header_length_ + frame.length);
    ++next_;
    ++frames_;
  }
  // Into the `count_` chains that were gathered.
  void PlaceInParts(RingServer& ring, const Frame& frame);

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
  // Of the ring that the chains are of.
  size_t header_length_ = 0;
  bool logging_ = false;
};

}  // namespace doorbell
