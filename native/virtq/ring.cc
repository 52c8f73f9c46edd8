#include "virtq/ring.h"

#include <string>

#include "virtq/descriptor.h"
#include "virtq/ring_words.h"

namespace doorbell {

Result<Ring> Ring::AttachAtBase(const RingConfig& config, const GuestMemory& memory, uint32_t base) {
  const auto avail = static_cast<uint16_t>(base);
  const auto used = static_cast<uint16_t>(base >> 16);
  if ((config.features & kRingPacked) == 0) {
    if (used != 0) return Error{"EINVAL", "base " + std::to_string(base) + " does not fit a split ring"};
    return Attach(config, memory, {avail, std::nullopt});
  }
  // User-mode Linux sends 0 for a fresh ring, whose counters are 1. A ring that came to 0 by itself went round once.
  if (base == 0 && config.size != 0) {
    const std::byte* first = memory.Translate(config.addresses, config.desc, kDescriptorSize);
    if (first != nullptr && IsAligned(first, kDescriptorSize) && LoadRelaxed16(first + kDescriptorSize - 2) == 0)
      return Attach(config, memory, {static_cast<uint16_t>(FirstBase(config.features)), std::nullopt});
  }
  // DPDK's virtio-user sends the avail half alone. No stopped ring is ever at used index 0 of a lap with counter
  // 0 and avail elsewhere: what was taken is completed before a ring stops.
  if (used == 0) return Attach(config, memory, {avail, std::nullopt});
  return Attach(config, memory, {avail, used});
}

uint32_t Ring::base() const {
  const RingPosition at = position();
  if (!std::holds_alternative<PackedRing>(format_)) return at.avail;
  return at.avail | uint32_t{at.used.value_or(at.avail)} << 16;
}

}  // namespace doorbell
