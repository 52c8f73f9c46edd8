// Checksum and segmentation offload between guests. A sender that negotiated CSUM and HOST_TSO may leave both
// undone; a receiver that negotiated GUEST_CSUM and GUEST_TSO takes the frame as it is, in one piece. For one that
// did not, they are done here: on a copy, since the sender's buffers are the sender's.
#pragma once

#include <vector>

#include "net/frame.h"

namespace doorbell {

// Leaves of the header of a frame of `length` bytes what a sender of `features`, CSUM among them, may ask for; the
// rest of it becomes zero, as virtio 1.2 §5.1.6.2 wants of a driver. False: it points outside the frame or asks for
// what was not negotiated.
bool CheckOffload(Offload& offload, uint64_t features, size_t length);

bool TakesUnfinished(const Offload& offload, uint64_t features);

// A receiver of `features` takes the frame as it is.
inline bool TakesOffload(const Offload& offload, uint64_t features) {
  return offload.plain() || TakesUnfinished(offload, features);
}

// The frames that `frame` stands for, whole and with checksums. Empty: it is not what its header says, or its
// segments are too small to be worth the work that they would make.
std::vector<std::vector<std::byte>> FinishInSoftware(const Frame& frame);

}  // namespace doorbell
