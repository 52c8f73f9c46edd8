#include "guest/probe_frame.h"

#include <algorithm>
#include <array>
#include <span>

#include "testing/test.h"

namespace doorbell::probe_frame_test {
namespace {

constexpr MacAddress kMine = PairAddress(0x1234, 5);

// As the lab peer returns it.
std::array<std::byte, kMaxProbeLength> Returned(const Probe& probe) {
  std::array<std::byte, kMaxProbeLength> frame{};
  WriteProbe(frame, kMine, probe);
  std::swap_ranges(frame.begin(), frame.begin() + 6, frame.begin() + 6);
  return frame;
}

std::span<const std::byte> Whole(const std::array<std::byte, kMaxProbeLength>& frame, uint64_t sequence) {
  return std::span(frame).first(ProbeLength(sequence));
}

TEST("a returned probe is intact and says what was sent") {
  const auto frame = Returned({3, 77, 123456789});
  const ParsedProbe parsed = ParseProbe(Whole(frame, 77), kMine);
  REQUIRE(parsed.verdict == ProbeVerdict::kIntact);
  CHECK_EQ(parsed.probe.pair, 3);
  CHECK_EQ(parsed.probe.sequence, 77u);
  CHECK_EQ(parsed.probe.sent_ns, 123456789u);
}

TEST("a probe with any one bit flipped behind the EtherType is corrupted") {
  const auto sent = Returned({3, 77, 123456789});
  size_t intact = 0;
  for (size_t bit = size_t{14} * 8; bit < ProbeLength(77) * 8; ++bit) {
    auto frame = sent;
    frame[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
    intact += ParseProbe(Whole(frame, 77), kMine).verdict != ProbeVerdict::kCorrupted;
  }
  CHECK_EQ(intact, 0u);
}

TEST("every truncation of a probe is corrupted or foreign, never intact") {
  const auto frame = Returned({0, 15, 1});
  size_t intact = 0;
  for (size_t length = 0; length < kMaxProbeLength; ++length)
    intact += ParseProbe(std::span(frame).first(length), kMine).verdict == ProbeVerdict::kIntact;
  CHECK_EQ(intact, 0u);
}

TEST("a frame for another address is foreign") {
  const auto frame = Returned({0, 1, 1});
  CHECK(ParseProbe(Whole(frame, 1), PairAddress(0x1234, 6)).verdict == ProbeVerdict::kForeign);
}

TEST("lengths stay inside Ethernet's limits and reach both") {
  size_t shortest = kMaxProbeLength;
  size_t longest = 0;
  bool inside = true;
  for (uint64_t sequence = 0; sequence < 100'000; ++sequence) {
    const size_t length = ProbeLength(sequence);
    inside = inside && length >= kMinProbeLength && length <= kMaxProbeLength;
    shortest = std::min(shortest, length);
    longest = std::max(longest, length);
  }
  CHECK(inside);
  CHECK_EQ(shortest, kMinProbeLength);
  CHECK_EQ(longest, kMaxProbeLength);
}

}  // namespace
}  // namespace doorbell::probe_frame_test
