// Memory of the engine's own that a device reaches: at the highest addresses that the IOMMU maps, where no guest's
// memory lies (a device reaches that at the guest's own addresses).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "base/result.h"
#include "base/scoped_mmap.h"
#include "vfio/container.h"

namespace doorbell {

// The highest address at which `size` bytes lie in one of `ranges`, a multiple of `page`. Empty where they fit nowhere.
std::optional<uint64_t> HighestFit(std::span<const IovaRange> ranges, uint64_t size, uint64_t page);

class OwnMemory {
 public:
  // Zeros. `size` is whole pages, and so is what stays free above them, for other memory of the engine's. `dma-window`
  // where the kernel tells no addresses that fit, ENOMEM where the memlock limit is too low, else an errno name.
  // `container` outlives it.
  static Result<std::unique_ptr<OwnMemory>> Create(const VfioContainer& container, size_t size, size_t free_above);

  OwnMemory(const OwnMemory&) = delete;
  OwnMemory& operator=(const OwnMemory&) = delete;
  ~OwnMemory() { container_.Unmap(iova_, mapping_.size()); }

  std::byte* data() const { return mapping_.data(); }
  size_t size() const { return mapping_.size(); }
  uint64_t iova() const { return iova_; }

 private:
  OwnMemory(const VfioContainer& container, ScopedMmap mapping, uint64_t iova)
      : container_(container), mapping_(std::move(mapping)), iova_(iova) {}

  const VfioContainer& container_;
  const ScopedMmap mapping_;
  const uint64_t iova_;
};

}  // namespace doorbell
