#include "guest/latency_histogram.h"

#include <cmath>

namespace doorbell {

uint64_t LatencyHistogram::UpperBoundOf(size_t bucket) {
  if (bucket < kSubBuckets) return bucket;
  const size_t shift = bucket / kSubBuckets - 1;
  const uint64_t first = (kSubBuckets + bucket % kSubBuckets) << shift;
  return first + (uint64_t{1} << shift) - 1;
}

std::optional<uint64_t> LatencyHistogram::Quantile(double fraction) const {
  // Counts may grow while they are read: take one copy, so that the total fits it.
  std::array<uint32_t, kBuckets> counts;
  uint64_t total = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    counts[i] = counts_[i].load(std::memory_order_relaxed);
    total += counts[i];
  }
  if (total == 0) return std::nullopt;
  const uint64_t wanted = static_cast<uint64_t>(std::ceil(fraction * static_cast<double>(total)));
  uint64_t seen = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    seen += counts[i];
    if (counts[i] != 0 && seen >= wanted) return UpperBoundOf(i);
  }
  return UpperBoundOf(kBuckets - 1);
}

void LatencyHistogram::Clear() {
  for (std::atomic<uint32_t>& count : counts_) count.store(0, std::memory_order_relaxed);
}

}  // namespace doorbell
