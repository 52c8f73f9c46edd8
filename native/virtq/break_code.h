// Why a ring broke. The numbers are those of BREAK_CODES in main/addon/surface.ts.
#pragma once

#include <cstdint>

namespace doorbell {

enum class BreakCode : int8_t {
  kNone = -1,
  kAddressInvalid = 0,
  kIndexJumped = 1,
  kDescriptorOutOfRange = 2,
  kChainTooLong = 3,
  kBufferOutsideMemory = 4,
  kIndirectInvalid = 5,
  kDirectionInvalid = 6,
  kMemoryTruncated = 7,
};

// The reason code of the contract; "" for kNone.
const char* BreakCodeName(BreakCode code);

}  // namespace doorbell
