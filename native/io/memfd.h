#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/scoped_fd.h"

namespace doorbell {

// A close-on-exec memfd of exactly `size` bytes, sealed against growing, shrinking and further seals: who
// receives it can neither make our mapping fault nor take our write access away.
Result<ScopedFd> CreateMemfd(const std::string& name, uint64_t size);

}  // namespace doorbell
