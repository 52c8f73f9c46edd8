#include "guest/latency_histogram.h"

#include "testing/test.h"

namespace doorbell::latency_histogram_test {
namespace {

TEST("an empty histogram has no quantile") {
  const LatencyHistogram histogram;
  CHECK(!histogram.Quantile(0.5).has_value());
}

TEST("a quantile is at most a thirty-second above the true value") {
  LatencyHistogram histogram;
  for (uint64_t ns = 1; ns <= 100'000; ++ns) histogram.Add(ns);
  const uint64_t p50 = histogram.Quantile(0.5).value_or(0);
  const uint64_t p99 = histogram.Quantile(0.99).value_or(0);
  CHECK(p50 >= 50'000 && p50 <= 50'000 + 50'000 / 32);
  CHECK(p99 >= 99'000 && p99 <= 99'000 + 99'000 / 32);
}

TEST("small durations are exact") {
  LatencyHistogram histogram;
  histogram.Add(0);
  histogram.Add(31);
  CHECK_EQ(histogram.Quantile(0.5).value_or(99), 0u);
  CHECK_EQ(histogram.Quantile(1).value_or(99), 31u);
}

TEST("a duration beyond the scale lands in the last bucket") {
  LatencyHistogram histogram;
  histogram.Add(UINT64_MAX);
  CHECK(histogram.Quantile(0.5).value_or(0) >= (uint64_t{1} << 36) - 1);
}

TEST("a cleared histogram is empty") {
  LatencyHistogram histogram;
  histogram.Add(5);
  histogram.Clear();
  CHECK(!histogram.Quantile(0.5).has_value());
}

}  // namespace
}  // namespace doorbell::latency_histogram_test
