// Why a ring broke. The numbers are those of BREAK_CODES in main/addon/surface.ts.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace doorbell {

enum class BreakCode : int8_t {
  // Not a fault: an address has no translation yet, and the ring waits for it.
  kTranslationMissing = -2,
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

// The reason code of the contract; "" for those that are none.
const char* BreakCodeName(BreakCode code);

// The refusal of a ring one of whose areas ("descriptor", "avail", …) is none: kAddressInvalid.
Error AreaInvalid(const char* area);

}  // namespace doorbell
