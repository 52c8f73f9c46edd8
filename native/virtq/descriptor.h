// What the two ring formats share: a descriptor of 16 bytes whose first 14 mean the same up to the order of two
// words, and the rules for the buffers of a chain.
#pragma once

#include <cstddef>
#include <cstdint>

#include "mem/guest_memory.h"
#include "virtq/break_code.h"
#include "virtq/chain.h"
#include "virtq/ring_config.h"

namespace doorbell {

inline constexpr size_t kDescriptorSize = 16;
inline constexpr uint16_t kDescNext = 1;
inline constexpr uint16_t kDescWrite = 2;
inline constexpr uint16_t kDescIndirect = 4;
// Indirect tables come from the driver's allocator, which aligns to 8 at least.
inline constexpr uintptr_t kIndirectAlignment = 8;

// Adds the buffer of one copied descriptor to `chain`, the last of `batch`.
BreakCode AddBuffer(const GuestMemory& memory, uint64_t address, uint32_t length, bool writable,
                    ChainBatch& batch, Chain& chain);

// The indirect table that a copied descriptor points to; null with the reason in `code` where it has none that
// may be walked.
const std::byte* IndirectTable(const GuestMemory& memory, uint64_t address, uint32_t length, BreakCode& code);

// Whether a queue of this direction may have such a chain.
inline bool PointsTheRightWay(const Chain& chain, Direction direction) {
  return !(direction == Direction::kReadable && chain.writable > 0) &&
         !(direction == Direction::kWritable && chain.readable > 0);
}

}  // namespace doorbell
