// struct virtio_net_hdr (virtio 1.2 §5.1.6): what a sender left for the receiver to finish.
//
//   0 flags · 1 gso_type · 2 hdr_len · 4 gso_size · 6 csum_start · 8 csum_offset · [10 num_buffers]
#pragma once

#include <cstddef>
#include <cstdint>

#include "virtq/ring_config.h"

namespace doorbell {

// Feature bits by number (virtio 1.2 §5.1.3): HOST is what the device takes, GUEST what the driver takes.
inline constexpr uint64_t kCsum = uint64_t{1} << 0;
inline constexpr uint64_t kGuestCsum = uint64_t{1} << 1;
inline constexpr uint64_t kGuestTso4 = uint64_t{1} << 7;
inline constexpr uint64_t kGuestTso6 = uint64_t{1} << 8;
inline constexpr uint64_t kHostTso4 = uint64_t{1} << 11;
inline constexpr uint64_t kHostTso6 = uint64_t{1} << 12;

// What the switch can honour, beside what the rings can.
inline constexpr uint64_t kNetFeatures = kCsum | kGuestCsum | kGuestTso4 | kGuestTso6 | kHostTso4 | kHostTso6;

// The part of the header that travels with a frame, in guest byte order as it lies in memory.
struct Offload {
  static constexpr uint8_t kNeedsChecksum = 1;
  static constexpr uint8_t kGsoNone = 0;
  static constexpr uint8_t kGsoTcp4 = 1;
  static constexpr uint8_t kGsoTcp6 = 4;

  uint8_t flags = 0;
  uint8_t gso_type = kGsoNone;
  // Of the headers in front of a large segment's data; a hint.
  uint16_t header_length = 0;
  // Data bytes of each segment.
  uint16_t gso_size = 0;
  // The Internet checksum of everything from here on belongs at `checksum_offset` from here.
  uint16_t checksum_start = 0;
  uint16_t checksum_offset = 0;

  // Nothing is left to finish.
  bool plain() const { return flags == 0 && gso_type == kGsoNone; }
};

inline constexpr size_t kNumBuffersOffset = 10;
inline constexpr size_t kMaxNetHeader = 12;
static_assert(sizeof(Offload) == kNumBuffersOffset);

// A legacy device without mergeable buffers has no num_buffers field.
constexpr size_t NetHeaderLength(uint64_t features) {
  return (features & (kVersion1 | kMrgRxbuf)) != 0 ? kMaxNetHeader : kNumBuffersOffset;
}

}  // namespace doorbell
