// struct virtio_net_hdr (virtio 1.2 §5.1.6). No offload is offered, so all of it is zero but num_buffers.
//
//   0 flags · 1 gso_type · 2 hdr_len · 4 gso_size · 6 csum_start · 8 csum_offset · [10 num_buffers]
#pragma once

#include <cstddef>
#include <cstdint>

#include "virtq/ring_config.h"

namespace doorbell {

inline constexpr size_t kNumBuffersOffset = 10;
inline constexpr size_t kMaxNetHeader = 12;

// A legacy device without mergeable buffers has no num_buffers field.
constexpr size_t NetHeaderLength(uint64_t features) {
  return (features & (kVersion1 | kMrgRxbuf)) != 0 ? kMaxNetHeader : kNumBuffersOffset;
}

}  // namespace doorbell
