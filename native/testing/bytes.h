#pragma once

#include <cstdint>
#include <vector>

namespace doorbell::testing {

using Bytes = std::vector<uint8_t>;

inline Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace doorbell::testing
