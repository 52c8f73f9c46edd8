#include "vfio/dma_map.h"

#include <sys/resource.h>

#include <cstdio>
#include <string>

#include "base/scoped_mmap.h"

namespace doorbell {

namespace {

std::string Hex(uint64_t value) {
  char text[19];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

// What the kernel says for a full memlock limit is ENOMEM alone, and for an address that is mapped already EEXIST.
Error MapError(const Error& error, uint64_t first, uint64_t size) {
  if (error.code == "EEXIST")
    return Error{"dma-window", "guest memory at " + Hex(first) + " reaches up to the engine's own buffers, which lie at "
                               "the highest addresses that the IOMMU can map"};
  if (error.code != "ENOMEM") return error;
  rlimit limit = {};
  std::string now = "unknown";
  if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0)
    now = limit.rlim_cur == RLIM_INFINITY ? "unlimited" : std::to_string(limit.rlim_cur >> 10) + " KiB";
  return Error{"ENOMEM", "guest memory of " + std::to_string(size >> 10) +
                             " KiB cannot be pinned for DMA: the memlock limit is " + now};
}

}  // namespace

Result<std::unique_ptr<DmaMap>> DmaMap::Create(const VfioContainer& container,
                                               const std::shared_ptr<GuestMemory>& memory) {
  const uint64_t page = PageSize();
  for (const GuestMemory::Range& range : memory->ranges()) {
    const bool aligned =
        (range.first | range.size | reinterpret_cast<uintptr_t>(range.host)) % page == 0;
    if (!aligned)
      return Error{"dma-unaligned", "guest memory at " + Hex(range.first) + " is not whole pages: DMA cannot reach it"};
    if (!Covers(container.ranges(), range.first, range.size))
      return Error{"dma-window", "guest memory at " + Hex(range.first) + ", " + Hex(range.size) +
                                     " bytes, lies outside the addresses that the IOMMU can map"};
  }
  // From here on its end undoes what was done.
  std::unique_ptr<DmaMap> map(new DmaMap(container, memory));
  for (const GuestMemory::Range& range : memory->ranges()) {
    if (Status mapped = container.Map(range.first, range.host, range.size); !mapped.ok())
      return MapError(mapped.error(), range.first, range.size);
    map->parts_.push_back({range.first, range.size});
  }
  return map;
}

DmaMap::~DmaMap() {
  for (const Part& part : parts_) container_.Unmap(part.iova, part.size);
}

}  // namespace doorbell
