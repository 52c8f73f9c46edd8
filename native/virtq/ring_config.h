// What a front-end says about one ring before it starts, and the feature bits that change how it is served.
#pragma once

#include <cstdint>

#include "mem/guest_memory.h"

namespace doorbell {

// Virtio feature bits by number (virtio 1.2, §5.1.3 and §6).
inline constexpr uint64_t kMrgRxbuf = uint64_t{1} << 15;
inline constexpr uint64_t kIndirectDesc = uint64_t{1} << 28;
inline constexpr uint64_t kEventIdx = uint64_t{1} << 29;
inline constexpr uint64_t kVersion1 = uint64_t{1} << 32;
inline constexpr uint64_t kAccessPlatform = uint64_t{1} << 33;
inline constexpr uint64_t kRingPacked = uint64_t{1} << 34;
inline constexpr uint64_t kRingInOrder = uint64_t{1} << 35;
inline constexpr uint64_t kNotificationData = uint64_t{1} << 38;

// What these rings can honour, the emulated accelerator included. The engine adds the bits that
// are its own matter (PROTOCOL_FEATURES, MQ).
inline constexpr uint64_t kOfferedFeatures =
    kMrgRxbuf | kIndirectDesc | kEventIdx | kVersion1 | kRingPacked | kRingInOrder | kNotificationData;

// Virtio 1.2 §2.7, §2.8: a ring has at most 32768 entries. Only a split ring's count is a power of two.
inline constexpr uint32_t kMaxRingSize = 32768;

// A chain of more buffers than this breaks its ring: QEMU's own limit for one request, far above what a net
// driver needs (MAX_SKB_FRAGS + 2).
inline constexpr uint32_t kMaxChainLength = 1024;

// The areas have their names in split rings; in a packed one `avail` is the driver's event suppression structure
// and `used` the device's (virtio 1.2 §2.8.10).
struct RingConfig {
  uint32_t size = 0;
  uint64_t desc = 0;
  uint64_t avail = 0;
  uint64_t used = 0;
  AddressSpace addresses = AddressSpace::kFrontend;
  uint64_t features = 0;
};

// What the device writes at `used`: flags and index, the entries, the event word (virtio 1.2 §2.7.8), or the event
// suppression structure of a packed ring (§2.8.10).
constexpr uint64_t UsedAreaBytes(const RingConfig& config) {
  if ((config.features & kRingPacked) != 0) return 4;
  return 4 + uint64_t{config.size} * 8 + ((config.features & kEventIdx) != 0 ? 2 : 0);
}

// The descriptor table or ring, and what the driver writes at `avail`: flags and index, the entries, the event word.
constexpr uint64_t DescAreaBytes(const RingConfig& config) { return uint64_t{config.size} * 16; }
constexpr uint64_t AvailAreaBytes(const RingConfig& config) {
  if ((config.features & kRingPacked) != 0) return 4;
  return 4 + uint64_t{config.size} * 2 + ((config.features & kEventIdx) != 0 ? 2 : 0);
}

// Where a fresh ring begins, as in SET_VRING_BASE: packed rings start with both wrap counters at 1.
constexpr uint32_t FirstBase(uint64_t features) { return (features & kRingPacked) != 0 ? 0x8000'8000 : 0; }

// Which way the buffers of a queue point; anything else breaks the ring (`ring-direction-invalid`).
enum class Direction { kReadable, kWritable, kBoth };

}  // namespace doorbell
