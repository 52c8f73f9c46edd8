#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

namespace doorbell::fuzz {

// The bytes that a fuzz target is given, read as decisions. The first eight (zeros where they are missing) seed a
// generator; the bytes behind them decide, as few of them each time as the range needs; where they have run out the
// generator decides. So one byte changed is one decision changed, eight bytes alone are a whole run, and the same
// bytes are the same run on every machine.
class Input {
 public:
  explicit Input(std::span<const uint8_t> bytes) : bytes_(bytes) { state_ = Read(std::min(bytes.size(), kSeedBytes)); }

  template <std::unsigned_integral T>
  T Any() {
    return static_cast<T>(Decide(sizeof(T)));
  }
  // 0…bound-1; bound > 0.
  uint64_t Below(uint64_t bound) {
    const auto bits = static_cast<size_t>(std::bit_width(bound - 1));
    return Decide((bits + 7) / 8) % bound;
  }
  // True once in `n` times.
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  uint64_t Among(std::initializer_list<uint64_t> values) { return values.begin()[Below(values.size())]; }
  void Fill(std::span<std::byte> bytes) {
    for (std::byte& byte : bytes) byte = std::byte{Any<uint8_t>()};
  }

 private:
  static constexpr size_t kSeedBytes = 8;

  uint64_t Decide(size_t width) {
    if (width <= bytes_.size()) return Read(width);
    // What is left is too short for this decision and would be odd for a later one.
    bytes_ = {};
    return Generate();
  }
  // Little-endian; at most eight bytes.
  uint64_t Read(size_t width) {
    uint64_t value = 0;
    for (size_t i = 0; i < width; ++i) value |= uint64_t{bytes_[i]} << (8 * i);
    bytes_ = bytes_.subspan(width);
    return value;
  }
  // SplitMix64.
  uint64_t Generate() {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  std::span<const uint8_t> bytes_;
  uint64_t state_ = 0;
};

}  // namespace doorbell::fuzz
