// Where everything lies in the guest's memory: one file, shown to the device as two regions with a hole
// between their guest addresses and in the opposite order in the front-end's address space. Nothing has the
// same number in two spaces, so a back-end that mixes them up cannot work by luck.
//
//   file     | 1 page: no region |  low: rings, tx blocks  | 1 page |  high: tx frames, rx buffers |
//   guest                         0x4000_0000…                       0x1_0000_0000…
//   frontend                      0x7f20_0000_0000…                  0x7e10_0000_0000…
//   iova                          0x2a_0000_0000…                    0x15_0000_0000…, pages in reverse
//
// The last row is of a guest behind an IOMMU, whose device sees no other addresses. Rings stay in one piece, as a
// driver allocates them; of the buffers no two pages follow each other in both spaces.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace doorbell {

struct GuestRegion {
  uint64_t guest_address = 0;
  uint64_t size = 0;
  uint64_t frontend_address = 0;
  uint64_t mmap_offset = 0;
};

// File offsets of one queue.
struct QueuePlacement {
  uint64_t desc = 0;
  uint64_t avail = 0;
  uint64_t used = 0;
  // `size` buffers of kBufferStride bytes.
  uint64_t buffers = 0;
  // tx only: `size` blocks of kBlockStride bytes, each an indirect table followed by a net header.
  uint64_t blocks = 0;
};

// One entry of the simulated IOMMU's page table: a page.
struct IommuPage {
  uint64_t iova = 0;
  uint64_t size = 0;
  uint64_t frontend_address = 0;
  bool readable = false;
  bool writable = false;
};

class GuestLayout {
 public:
  static constexpr uint64_t kBufferStride = 2048;
  static constexpr uint64_t kBlockStride = 64;

  // Queue 2i is pair i's rx, 2i+1 its tx. The caller bounds both numbers so that `low` ends below 4 GiB.
  GuestLayout(uint32_t queue_pairs, uint32_t queue_size, bool behind_iommu = false);

  uint32_t queue_size() const { return queue_size_; }
  uint64_t file_size() const { return file_size_; }
  const std::array<GuestRegion, 2>& regions() const { return regions_; }
  const QueuePlacement& queue(uint32_t index) const { return queues_[index]; }
  uint32_t queue_count() const { return static_cast<uint32_t>(queues_.size()); }

  // Of a file offset that lies in a region.
  uint64_t GuestAddress(uint64_t offset) const;
  uint64_t FrontendAddress(uint64_t offset) const;
  // As the driver tells the device: the guest's, or an I/O virtual one.
  uint64_t DeviceAddress(uint64_t offset) const { return behind_iommu_ ? Iova(offset) : GuestAddress(offset); }
  // As rings are announced: the front-end's, or I/O virtual ones.
  uint64_t RingAddress(uint64_t offset) const { return behind_iommu_ ? Iova(offset) : FrontendAddress(offset); }
  bool behind_iommu() const { return behind_iommu_; }
  // The page of the IOMMU's table in which `iova` lies. A page of tx frames alone may only be read, one of rx buffers
  // alone only be written.
  std::optional<IommuPage> Translate(uint64_t iova) const;

 private:
  uint64_t Iova(uint64_t offset) const;
  const GuestRegion& RegionOf(uint64_t offset) const;

  uint32_t queue_size_;
  bool behind_iommu_;
  uint64_t file_size_ = 0;
  std::array<GuestRegion, 2> regions_;
  std::vector<QueuePlacement> queues_;
};

}  // namespace doorbell
