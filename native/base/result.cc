#include "base/result.h"

#include <cstring>

namespace doorbell {

std::string ErrnoName(int error_number) {
  const char* name = strerrorname_np(error_number);
  return name != nullptr ? name : "E" + std::to_string(error_number);
}

Error ErrnoError(int error_number, const std::string& what) {
  const char* description = strerrordesc_np(error_number);
  return Error{ErrnoName(error_number),
               what + ": " + (description != nullptr ? description : "unknown error")};
}

}  // namespace doorbell
