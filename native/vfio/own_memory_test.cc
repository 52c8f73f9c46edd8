#include "vfio/own_memory.h"

#include <array>
#include <limits>

#include "testing/test.h"

namespace doorbell::own_memory_test {
namespace {

constexpr uint64_t kPage = 4096;
// As an IOMMU of 39 bits tells them: all but the window of message-signalled interrupts.
constexpr std::array kWindows = {IovaRange{0, 0xfedfffff}, IovaRange{0xfef00000, (uint64_t{1} << 39) - 1}};

TEST("the engine's own memory lies at the end of the highest window") {
  CHECK(HighestFit(kWindows, 3 * kPage, kPage) == (uint64_t{1} << 39) - 3 * kPage);
  // The order in which the kernel tells them is its own.
  const std::array turned = {kWindows[1], kWindows[0]};
  CHECK(HighestFit(turned, 3 * kPage, kPage) == (uint64_t{1} << 39) - 3 * kPage);
}

TEST("a window that is too small or begins too late is passed over") {
  const std::array windows = {IovaRange{0, 0xffff}, IovaRange{0x20000, 0x20000 + 2 * kPage - 1},
                              IovaRange{0x30001, 0x30000 + 3 * kPage - 1}};
  CHECK(HighestFit(windows, 3 * kPage, kPage) == 0x10000 - 3 * kPage);
  CHECK(HighestFit(windows, 2 * kPage, kPage) == 0x30000 + kPage);
}

TEST("a window up to the last address is used to its last whole page") {
  const std::array windows = {IovaRange{0, std::numeric_limits<uint64_t>::max()}};
  CHECK(HighestFit(windows, kPage, kPage) == std::numeric_limits<uint64_t>::max() - (kPage - 1));
}

TEST("what fits nowhere has no address, and nothing fits where no window is told") {
  CHECK(!HighestFit(kWindows, uint64_t{1} << 40, kPage).has_value());
  CHECK(!HighestFit({}, kPage, kPage).has_value());
}

}  // namespace
}  // namespace doorbell::own_memory_test
