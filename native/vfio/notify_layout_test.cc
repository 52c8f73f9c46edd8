#include "vfio/notify_layout.h"

#include <array>

#include "testing/test.h"

namespace doorbell::notify_layout_test {
namespace {

constexpr uint64_t kPage = 4096;
constexpr uint64_t kBar = 0x4000 + 3 * kPage;

VirtioPciLayout PagePerQueue() {
  VirtioPciLayout layout;
  layout.common = {4, 0, 0x1000};
  layout.isr = {4, 0x1000, 0x1000};
  layout.device = BarRange{4, 0x2000, 0x1000};
  layout.notify = {4, 0x4000, 3 * kPage};
  layout.notify_multiplier = kPage;
  layout.msix = MsixTable{4, {1, 0, 64}, {1, 0x800, 8}};
  return layout;
}

std::string Code(const VirtioPciLayout& layout, uint16_t offset, uint64_t bar = kBar, uint64_t page = kPage) {
  const std::array<uint16_t, 2> others = {1, 2};
  const Result<NotifyPageRange> own = OwnNotifyPage(layout, bar, page, offset, others);
  return own.ok() ? "ok" : own.error().code;
}

TEST("a queue with a page of its own: the page that its doorbell lies on") {
  const std::array<uint16_t, 2> others = {0, 2};
  const Result<NotifyPageRange> page = OwnNotifyPage(PagePerQueue(), kBar, kPage, 1, others);
  REQUIRE(page.ok());
  CHECK_EQ(page.value().offset, 0x4000 + kPage);
  CHECK_EQ(page.value().size, kPage);
  CHECK_EQ(DoorbellOffset(PagePerQueue(), kBar, 2).value(), 0x4000 + 2 * kPage);
}

TEST("doorbells closer together than a page are never given away") {
  VirtioPciLayout layout = PagePerQueue();
  layout.notify_multiplier = 4;
  CHECK_EQ(Code(layout, 0), "notify-shared");
  layout.notify_multiplier = 0;
  CHECK_EQ(Code(layout, 0), "notify-shared");
  CHECK_EQ(Code(PagePerQueue(), 0, kBar + 0x10000, 65536), "notify-shared");
}

TEST("two queues with one doorbell share it") { CHECK_EQ(Code(PagePerQueue(), 2), "notify-shared"); }

TEST("a page that another structure or the MSI-X table reaches into is not given away") {
  VirtioPciLayout layout = PagePerQueue();
  layout.notify.offset = 0x2800;
  layout.notify.length = 3 * kPage;
  CHECK_EQ(Code(layout, 0), "notify-shared");
  layout = PagePerQueue();
  layout.msix->table = {4, 0x4800, 64};
  CHECK_EQ(Code(layout, 0), "notify-shared");
}

TEST("a doorbell outside its structure or its BAR is refused") {
  CHECK_EQ(Code(PagePerQueue(), 3), "notify-out-of-range");
  CHECK_EQ(Code(PagePerQueue(), 0xffff), "notify-out-of-range");
  CHECK_EQ(Code(PagePerQueue(), 0, kBar - kPage), "notify-out-of-range");
  VirtioPciLayout odd = PagePerQueue();
  odd.notify.offset = 0x4001;
  CHECK_EQ(Code(odd, 0), "notify-out-of-range");
}

}  // namespace
}  // namespace doorbell::notify_layout_test
