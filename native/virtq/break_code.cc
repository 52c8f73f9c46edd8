#include "virtq/break_code.h"

#include <string>

namespace doorbell {

const char* BreakCodeName(BreakCode code) {
  switch (code) {
    case BreakCode::kTranslationMissing:
    case BreakCode::kNone:
      return "";
    case BreakCode::kAddressInvalid:
      return "ring-address-invalid";
    case BreakCode::kIndexJumped:
      return "ring-index-jumped";
    case BreakCode::kDescriptorOutOfRange:
      return "ring-descriptor-out-of-range";
    case BreakCode::kChainTooLong:
      return "ring-chain-too-long";
    case BreakCode::kBufferOutsideMemory:
      return "ring-buffer-outside-memory";
    case BreakCode::kIndirectInvalid:
      return "ring-indirect-invalid";
    case BreakCode::kDirectionInvalid:
      return "ring-direction-invalid";
    case BreakCode::kMemoryTruncated:
      return "memory-truncated";
  }
  return "";
}

Error AreaInvalid(const char* area) {
  return Error{BreakCodeName(BreakCode::kAddressInvalid),
               std::string("the ") + area + " area lies outside guest memory or is misaligned"};
}

}  // namespace doorbell
