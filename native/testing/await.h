#pragma once

#include <sched.h>

#include <chrono>
#include <functional>

namespace doorbell::testing {

// Asks until `condition` holds; false: it did not within 20 s, which no machine is busy for.
inline bool Await(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    sched_yield();
  }
  return true;
}

}  // namespace doorbell::testing
