// One generation of guest memory as a device sees it: mapped at the guest's own addresses (IOVA = guest physical),
// pinned until this ends.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "mem/guest_memory.h"
#include "vfio/container.h"

namespace doorbell {

class DmaMap {
 public:
  // All regions or none. Codes: `dma-window` where an address cannot be reached by the device or is taken, `dma-unaligned`,
  // ENOMEM where the memlock limit is too low, else an errno name. `container` outlives it.
  static Result<std::unique_ptr<DmaMap>> Create(const VfioContainer& container,
                                                const std::shared_ptr<GuestMemory>& memory);

  DmaMap(const DmaMap&) = delete;
  DmaMap& operator=(const DmaMap&) = delete;
  ~DmaMap();

  bool IsOf(const std::shared_ptr<GuestMemory>& memory) const {
    return !memory_.owner_before(memory) && !memory.owner_before(memory_);
  }

 private:
  struct Part {
    uint64_t iova;
    uint64_t size;
  };

  DmaMap(const VfioContainer& container, const std::shared_ptr<GuestMemory>& memory)
      : container_(container), memory_(memory) {}

  const VfioContainer& container_;
  // Not held: the kernel has pinned the pages.
  const std::weak_ptr<GuestMemory> memory_;
  std::vector<Part> parts_;
};

}  // namespace doorbell
