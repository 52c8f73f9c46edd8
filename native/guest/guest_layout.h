// Where everything lies in the guest's memory: one file, shown to the device as two regions with a hole
// between their guest addresses and in the opposite order in the front-end's address space. Nothing has the
// same number in two spaces, so a back-end that mixes them up cannot work by luck.
//
//   file     | 1 page: no region |  low: rings, tx blocks  | 1 page |  high: tx frames, rx buffers |
//   guest                         0x4000_0000…                       0x1_0000_0000…
//   frontend                      0x7f20_0000_0000…                  0x7e10_0000_0000…
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
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

class GuestLayout {
 public:
  static constexpr uint64_t kBufferStride = 2048;
  static constexpr uint64_t kBlockStride = 64;

  // Queue 2i is pair i's rx, 2i+1 its tx. The caller bounds both numbers so that `low` ends below 4 GiB.
  GuestLayout(uint32_t queue_pairs, uint32_t queue_size);

  uint32_t queue_size() const { return queue_size_; }
  uint64_t file_size() const { return file_size_; }
  const std::array<GuestRegion, 2>& regions() const { return regions_; }
  const QueuePlacement& queue(uint32_t index) const { return queues_[index]; }
  uint32_t queue_count() const { return static_cast<uint32_t>(queues_.size()); }

  // Of a file offset that lies in a region.
  uint64_t GuestAddress(uint64_t offset) const;
  uint64_t FrontendAddress(uint64_t offset) const;

 private:
  const GuestRegion& RegionOf(uint64_t offset) const;

  uint32_t queue_size_;
  uint64_t file_size_ = 0;
  std::array<GuestRegion, 2> regions_;
  std::vector<QueuePlacement> queues_;
};

}  // namespace doorbell
