// A front-end's memory table as one counted generation: immutable once mapped, shared by everything that reads
// or writes it, unmapped when the last holder lets go. A changed table is a new GuestMemory.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/scoped_mmap.h"
#include "mem/iotlb.h"
#include "mem/sigbus_guard.h"

namespace doorbell {

// As in SET_MEM_TABLE / ADD_MEM_REG. All numbers come from the peer.
struct RegionSpec {
  uint64_t guest_address = 0;
  uint64_t size = 0;
  uint64_t frontend_address = 0;
  uint64_t mmap_offset = 0;
  // Borrowed; the mapping outlives it.
  int fd = -1;
};

// Which address space a number is of: ring addresses are the front-end's, descriptors are the guest's. Behind an IOMMU
// both are I/O virtual ones.
enum class AddressSpace { kGuest, kFrontend, kIova };

// An address that memory behind an IOMMU has no translation for.
struct TranslationMiss {
  uint64_t iova = 0;
  // As of Iotlb: what the access needs.
  uint8_t permission = 0;

  bool operator==(const TranslationMiss&) const = default;
};

class GuestMemory {
 public:
  // More than any front-end sends (QEMU: 509 slots).
  static constexpr size_t kMaxRegions = 512;

  // Checks the table and maps every region, or none. Codes: `too-many-regions`, `region-empty`,
  // `region-overflow`, `regions-overlap`, `region-beyond-file`, else an errno name of fstat or mmap.
  // An empty table is valid: every translation in it fails.
  static Result<std::shared_ptr<GuestMemory>> Map(std::span<const RegionSpec> specs);

  GuestMemory(const GuestMemory&) = delete;
  GuestMemory& operator=(const GuestMemory&) = delete;

  // The same memory as a device behind an IOMMU sees it: its only addresses are kIova. Holds `memory`.
  static std::shared_ptr<GuestMemory> Behind(std::shared_ptr<const Iotlb> iotlb,
                                             std::shared_ptr<const GuestMemory> memory);
  bool behind_iommu() const { return iotlb_ != nullptr; }

  // The host address of [address, address + length), or null unless all of it lies in ONE region. Cannot
  // overflow. length 0 is valid where the address is inside a region. The pointer lives as long as a
  // shared_ptr to this is held; what is behind it may change under the reader at any time. Any thread.
  std::byte* Translate(AddressSpace space, uint64_t address, uint64_t length) const;
  std::byte* FromGuest(uint64_t address, uint64_t length) const {
    // Nearly every buffer lies in the largest region.
    std::byte* data = largest_.Find(address, length);
    return data != nullptr ? data : Translate(AddressSpace::kGuest, address, length);
  }
  std::byte* FromFrontend(uint64_t address, uint64_t length) const {
    return Translate(AddressSpace::kFrontend, address, length);
  }

  // Of memory behind an IOMMU. As many bytes from `iova` on as lie in a row in host memory, at most `length`, which is
  // not 0; `data` null where there is none. `miss` says what is not translated and so ended it; without one a short
  // answer ends where the next translation leads elsewhere or out of the memory table. One look: another thread may
  // change translations meanwhile. The pointer is good until a ring's next batch boundary: see RingServer.
  struct Resolved {
    std::byte* data = nullptr;
    uint64_t length = 0;
    std::optional<TranslationMiss> miss;
  };
  Resolved Resolve(uint64_t iova, uint64_t length, uint8_t permission) const;
  // The first address of [iova, iova + length) that is not translated for such an access.
  std::optional<TranslationMiss> FindMiss(uint64_t iova, uint64_t length, uint8_t permission) const;

  // A file behind a region got shorter than its mapping and somebody read there: what was read is zeros, and
  // rings on this memory must break with `memory-truncated`. Sticky; check at batch boundaries. Any thread.
  bool truncated() const;

  // The guest address of what `host` points to, or 2^64 - 1 where it lies in no region.
  uint64_t ToGuest(const std::byte* host) const;

  struct Range {
    uint64_t first;
    uint64_t size;
    std::byte* host;

    // The host address of [address, address + length), or null unless all of it lies in here.
    std::byte* Find(uint64_t address, uint64_t length) const {
      // Both differences are formed only where they do not wrap.
      const uint64_t offset = address - first;
      return offset < size && length <= size - offset ? host + offset : nullptr;
    }
  };
  // In guest addresses, ascending.
  std::span<const Range> ranges() const { return by_guest_; }
  // Of the ranges the largest, and the one that a guest address lies in; of size 0 where there is none, and behind an
  // IOMMU.
  const Range& largest() const { return largest_; }
  Range RangeOf(uint64_t address) const;
  // As FromGuest(), but null behind an IOMMU. `range` is where to look first, and the one that it was found in afterwards: a
  // guest's memory has two or three, and what follows one buffer often lies with it.
  std::byte* FindNear(Range& range, uint64_t address, uint64_t length) const {
    if (std::byte* data = range.Find(address, length); data != nullptr) return data;
    range = RangeOf(address);
    return range.Find(address, length);
  }

  size_t region_count() const { return regions_.size(); }

 private:
  struct Region {
    uint64_t guest_address;
    uint64_t frontend_address;
    uint64_t size;
    ScopedMmap mapping;
    // First byte of the region; the mapping may begin earlier, at a page boundary.
    std::byte* host;
    // After `mapping`: it leaves the registry before the range is unmapped.
    SigbusGuard guard;
  };
  GuestMemory() = default;

  static Result<Region> MapRegion(const RegionSpec& spec);
  // Of ranges in ascending order the one that `address` lies in; of size 0 where there is none.
  static Range Around(std::span<const Range> ranges, uint64_t address);

  std::vector<Region> regions_;
  // Sorted by `first`, for binary search.
  std::vector<Range> by_guest_;
  std::vector<Range> by_frontend_;
  // Of `by_guest_`; of size 0 where that is empty, and behind an IOMMU.
  Range largest_ = {};
  // Behind an IOMMU: its translations, and the memory that they lead to.
  std::shared_ptr<const Iotlb> iotlb_;
  std::shared_ptr<const GuestMemory> memory_;
};

}  // namespace doorbell
