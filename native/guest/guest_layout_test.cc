#include "guest/guest_layout.h"

#include "base/scoped_mmap.h"
#include "guest/simulated_guest.h"
#include "testing/test.h"

namespace doorbell {
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

}  // namespace
}  // namespace doorbell
