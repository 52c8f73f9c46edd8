#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

namespace doorbell::fuzz {

// SplitMix64: the same sequence for the same seed on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // 0…bound-1; bound > 0.
  uint64_t Below(uint64_t bound) { return Next() % bound; }
  // True once in `n` times.
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  uint64_t Among(std::initializer_list<uint64_t> values) { return values.begin()[Below(values.size())]; }
  void Fill(std::span<std::byte> bytes) {
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(Next());
  }

 private:
  uint64_t state_;
};

}  // namespace doorbell::fuzz
