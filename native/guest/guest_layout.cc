#include "guest/guest_layout.h"

#include "base/scoped_mmap.h"

namespace doorbell {
namespace {

constexpr uint64_t kLowGuest = 0x4000'0000;
constexpr uint64_t kHighGuest = 0x1'0000'0000;
constexpr uint64_t kLowFrontend = 0x7f20'0000'0000;
constexpr uint64_t kHighFrontend = 0x7e10'0000'0000;
constexpr uint64_t kLowIova = 0x2a'0000'0000;
constexpr uint64_t kHighIova = 0x15'0000'0000;

// Rings start on cache lines of their own: the driver's and the device's indices must not share one.
constexpr uint64_t kRingAlign = 64;

uint64_t AlignUp(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

}  // namespace

GuestLayout::GuestLayout(uint32_t queue_pairs, uint32_t queue_size, bool behind_iommu)
    : queue_size_(queue_size), behind_iommu_(behind_iommu), queues_(size_t{queue_pairs} * 2) {
  const uint64_t page = PageSize();
  uint64_t offset = page;
  const auto take = [&offset](uint64_t bytes) {
    const uint64_t start = AlignUp(offset, kRingAlign);
    offset = start + bytes;
    return start;
  };

  const uint64_t low = offset;
  for (uint32_t i = 0; i < queues_.size(); ++i) {
    // virtio 1.2 §2.7: 16 bytes per descriptor; 2 per avail and 8 per used entry, with flags, index and
    // event.
    queues_[i].desc = take(uint64_t{16} * queue_size);
    queues_[i].avail = take(6 + uint64_t{2} * queue_size);
    queues_[i].used = take(6 + uint64_t{8} * queue_size);
    if (i % 2 == 1) queues_[i].blocks = take(kBlockStride * queue_size);
  }
  offset = AlignUp(offset, page);
  const uint64_t low_size = offset - low;

  offset += page;
  const uint64_t high = offset;
  for (QueuePlacement& queue : queues_) queue.buffers = take(kBufferStride * queue_size);
  offset = AlignUp(offset, page);

  regions_[0] = {kLowGuest, low_size, kLowFrontend, low};
  regions_[1] = {kHighGuest, offset - high, kHighFrontend, high};
  file_size_ = offset;
}

const GuestRegion& GuestLayout::RegionOf(uint64_t offset) const {
  return offset >= regions_[1].mmap_offset ? regions_[1] : regions_[0];
}

uint64_t GuestLayout::GuestAddress(uint64_t offset) const {
  const GuestRegion& region = RegionOf(offset);
  return region.guest_address + (offset - region.mmap_offset);
}

uint64_t GuestLayout::Iova(uint64_t offset) const {
  const GuestRegion& high = regions_[1];
  if (offset < high.mmap_offset) return kLowIova + (offset - regions_[0].mmap_offset);
  const uint64_t page = PageSize();
  const uint64_t within = offset % page;
  return kHighIova + (high.size - page - (offset - within - high.mmap_offset)) + within;
}

std::optional<IommuPage> GuestLayout::Translate(uint64_t iova) const {
  const uint64_t page = PageSize();
  const auto& [low, high] = regions_;
  if (iova - kLowIova < low.size) {
    const uint64_t start = iova - (iova - kLowIova) % page;
    return IommuPage{start, page, low.frontend_address + (start - kLowIova), true, true};
  }
  if (iova - kHighIova >= high.size) return std::nullopt;
  const uint64_t start = iova - (iova - kHighIova) % page;
  const uint64_t offset = high.mmap_offset + (high.size - page - (start - kHighIova));
  IommuPage found{start, page, FrontendAddress(offset), false, false};
  for (size_t i = 0; i < queues_.size(); ++i) {
    const uint64_t first = queues_[i].buffers;
    const bool touches = offset < first + kBufferStride * queue_size_ && first < offset + page;
    if (touches) (i % 2 == 0 ? found.writable : found.readable) = true;
  }
  return found;
}

uint64_t GuestLayout::FrontendAddress(uint64_t offset) const {
  const GuestRegion& region = RegionOf(offset);
  return region.frontend_address + (offset - region.mmap_offset);
}

}  // namespace doorbell
