#include "vfio/info_capability.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "testing/test.h"

namespace doorbell::info_capability_test {
namespace {

// A buffer with one capability at `at`: header, count, reserved, pairs.
std::vector<std::byte> WithCapability(uint16_t id, uint32_t next, uint32_t count, std::vector<uint64_t> words,
                                      size_t at = 32) {
  std::vector<std::byte> info(at + 16 + words.size() * 8);
  const uint16_t version = 1;
  std::memcpy(info.data() + at, &id, 2);
  std::memcpy(info.data() + at + 2, &version, 2);
  std::memcpy(info.data() + at + 4, &next, 4);
  std::memcpy(info.data() + at + 8, &count, 4);
  std::ranges::copy(std::as_bytes(std::span(words)), info.begin() + static_cast<ptrdiff_t>(at) + 16);
  return info;
}

TEST("the windows for DMA are read as the kernel tells them, and judge whole regions") {
  const auto info = WithCapability(1, 0, 2, {0, 0xfedf'ffff, 0xfef0'0000, (1ull << 39) - 1});
  const std::vector<IovaRange> ranges = ParseIovaRanges(info, 32);
  REQUIRE(ranges.size() == 2);
  CHECK(Covers(ranges, 0, 64 << 20));
  CHECK(Covers(ranges, 0xfedf'f000, 0x1000));
  CHECK(!Covers(ranges, 0xfedf'f000, 0x2000));
  CHECK(!Covers(ranges, 0xfee0'0000, 0x1000));
  CHECK(Covers(ranges, 1ull << 32, 1ull << 38));
  CHECK(!Covers(ranges, 1ull << 32, 1ull << 39));
  CHECK(!Covers(ranges, 0xffff'ffff'ffff'f000, 0x1000));
}

TEST("a kernel that tells no windows judges itself") {
  CHECK(ParseIovaRanges({}, 0).empty());
  CHECK(Covers({}, 0xfee0'0000, 0x1000));
}

TEST("a capability chain that leaves the buffer, loops or promises too much ends there") {
  const auto looping = WithCapability(7, 32, 0, {});
  CHECK(ParseIovaRanges(looping, 32).empty());
  const auto leaving = WithCapability(7, 4000, 0, {});
  CHECK(ParseIovaRanges(leaving, 32).empty());
  CHECK(ParseIovaRanges(leaving, 0xffff'fff0).empty());
  const auto promising = WithCapability(1, 0, 1'000'000, {0, 0xfff});
  CHECK_EQ(ParseIovaRanges(promising, 32).size(), 1u);
}

TEST("the parts of a region that can be mapped; none told means no holes") {
  const auto info = WithCapability(1, 0, 2, {0, 0x2000, 0x3000, 0x1000});
  const auto areas = ParseSparseAreas(info, 32);
  REQUIRE(areas.has_value() && areas->size() == 2);
  CHECK_EQ((*areas)[1].offset, 0x3000u);
  CHECK(!ParseSparseAreas(info, 0).has_value());
}

}  // namespace
}  // namespace doorbell::info_capability_test
