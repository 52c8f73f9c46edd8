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

// Copies `frame` with its net header into rx buffers and completes them: one chain, or with MRG_RXBUF as many as
// it takes. The ring is serving and its lock is held; Publish() is the caller's. `scratch` is any batch.
Placement PlaceFrame(RingServer& ring, ChainBatch& scratch, const Frame& frame);

}  // namespace doorbell
