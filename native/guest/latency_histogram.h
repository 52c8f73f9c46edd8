// Quantiles of durations at a fixed cost: 32 buckets per power of two, so a quantile is at most 1/32 above
// the true value. One thread adds; any thread may read, and sees counts that are at most a moment old.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace doorbell {

class LatencyHistogram {
 public:
  void Add(uint64_t ns) {
    std::atomic<uint32_t>& count = counts_[BucketOf(ns)];
    // Relaxed, and not a read-modify-write: there is one writer and the buckets order nothing else.
    count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

  // The duration that a `fraction` (0…1) of the added ones do not exceed; none while nothing was added.
  std::optional<uint64_t> Quantile(double fraction) const;

  // Only by the thread that adds, or while it rests.
  void Clear();

 private:
  static constexpr unsigned kSubBits = 5;
  static constexpr size_t kSubBuckets = size_t{1} << kSubBits;
  // Durations up to 2^36 ns (68 s) keep their resolution; longer ones share the last bucket.
  static constexpr unsigned kMaxBits = 36;
  static constexpr size_t kBuckets = (kMaxBits - kSubBits + 1) * kSubBuckets;

  static size_t BucketOf(uint64_t ns) {
    if (ns < kSubBuckets) return ns;
    const unsigned shift = static_cast<unsigned>(std::bit_width(ns)) - 1 - kSubBits;
    const size_t bucket = (shift + 1) * kSubBuckets + ((ns >> shift) & (kSubBuckets - 1));
    return bucket < kBuckets ? bucket : kBuckets - 1;
  }
  static uint64_t UpperBoundOf(size_t bucket);

  std::array<std::atomic<uint32_t>, kBuckets> counts_{};
};

}  // namespace doorbell
