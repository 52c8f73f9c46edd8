#include "guest/guest_layout.h"

#include "base/scoped_mmap.h"
#include "guest/simulated_guest.h"
#include "testing/test.h"

namespace doorbell::guest_layout_test {
namespace {

TEST("an address differs between file, guest and front-end, and regions leave a hole in each") {
  const GuestLayout layout(2, 256);
  const GuestRegion& low = layout.regions()[0];
  const GuestRegion& high = layout.regions()[1];
  CHECK(low.mmap_offset > 0);
  CHECK(low.mmap_offset + low.size < high.mmap_offset);
  CHECK(low.guest_address + low.size < high.guest_address);
  CHECK(high.frontend_address + high.size < low.frontend_address);
  CHECK_EQ(high.mmap_offset + high.size, layout.file_size());
  const uint64_t offset = layout.queue(3).buffers;
  CHECK(layout.GuestAddress(offset) != layout.FrontendAddress(offset));
  CHECK(layout.GuestAddress(offset) != offset);
}

TEST("the largest guest keeps its regions apart") {
  const GuestLayout layout(SimulatedGuest::kMaxQueuePairs, SimulatedGuest::kMaxQueueSize);
  const GuestRegion& low = layout.regions()[0];
  const GuestRegion& high = layout.regions()[1];
  CHECK(low.guest_address + low.size <= high.guest_address);
  CHECK(high.frontend_address + high.size <= low.frontend_address);
}

TEST("rings are aligned and lie in the first region, buffers in the second") {
  const GuestLayout layout(4, 128);
  const GuestRegion& low = layout.regions()[0];
  const GuestRegion& high = layout.regions()[1];
  bool good = true;
  for (uint32_t i = 0; i < layout.queue_count(); ++i) {
    const QueuePlacement& queue = layout.queue(i);
    good = good && queue.desc % 64 == 0 && queue.avail % 64 == 0 && queue.used % 64 == 0;
    good = good && queue.desc >= low.mmap_offset && queue.used + 6 + 8 * 128 <= low.mmap_offset + low.size;
    good = good && queue.buffers >= high.mmap_offset &&
           queue.buffers + GuestLayout::kBufferStride * 128 <= high.mmap_offset + high.size;
  }
  CHECK(good);
}

TEST("behind an IOMMU every page of the guest is translated to where it lies, and nothing around it") {
  const GuestLayout layout(2, 256, true);
  const uint64_t page = PageSize();
  bool good = true;
  for (const GuestRegion& region : layout.regions()) {
    for (uint64_t at = 0; at < region.size; at += page) {
      const uint64_t offset = region.mmap_offset + at + 24;
      const auto found = layout.Translate(layout.DeviceAddress(offset));
      good = good && found.has_value() && found->frontend_address + 24 == layout.FrontendAddress(offset) &&
             found->iova + 24 == layout.DeviceAddress(offset) && found->size == page;
    }
  }
  CHECK(good);
  CHECK(layout.RingAddress(layout.queue(0).desc) == layout.DeviceAddress(layout.queue(0).desc));
  CHECK(!layout.Translate(layout.DeviceAddress(layout.regions()[0].mmap_offset) - 1).has_value());
  const uint64_t first_of_high = layout.regions()[1].mmap_offset;
  CHECK(!layout.Translate(layout.DeviceAddress(first_of_high) + page).has_value());
}

TEST("behind an IOMMU receive buffers may be written only, and frames to send be read only") {
  const GuestLayout layout(1, 256, true);
  const auto rx = layout.Translate(layout.DeviceAddress(layout.queue(0).buffers));
  const auto tx = layout.Translate(layout.DeviceAddress(layout.queue(1).buffers));
  REQUIRE(rx.has_value() && tx.has_value());
  CHECK(rx->writable && !rx->readable);
  CHECK(tx->readable && !tx->writable);
}

}  // namespace
}  // namespace doorbell::guest_layout_test
