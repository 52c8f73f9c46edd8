#include "vfio/own_memory.h"

#include <utility>

#include "io/memfd.h"

namespace doorbell {

std::optional<uint64_t> HighestFit(std::span<const IovaRange> ranges, uint64_t size, uint64_t page) {
  std::optional<uint64_t> highest;
  for (const IovaRange& range : ranges) {
    if (size == 0 || range.last < size - 1) continue;
    const uint64_t at = (range.last - (size - 1)) / page * page;
    if (at >= range.first && (!highest.has_value() || at > *highest)) highest = at;
  }
  return highest;
}

Result<std::unique_ptr<OwnMemory>> OwnMemory::Create(const VfioContainer& container, size_t size,
                                                     size_t free_above) {
  const std::optional<uint64_t> iova = HighestFit(container.ranges(), size + free_above, PageSize());
  if (!iova.has_value())
    return Error{"dma-window", "the IOMMU has no room for the engine's own " + std::to_string(size >> 10) + " KiB"};
  const Result<ScopedFd> file = CreateMemfd("doorbell-dma", size);
  if (!file.ok()) return file.error();
  Result<ScopedMmap> mapping = ScopedMmap::MapShared(file.value().get(), 0, size);
  if (!mapping.ok()) return mapping.error();
  if (Status mapped = container.Map(*iova, mapping.value().data(), size); !mapped.ok()) {
    if (mapped.error().code != "ENOMEM") return mapped.error();
    return Error{"ENOMEM", "the engine's own " + std::to_string(size >> 10) +
                               " KiB cannot be pinned for DMA: raise the memlock limit"};
  }
  return std::unique_ptr<OwnMemory>(new OwnMemory(container, std::move(mapping).value(), *iova));
}

}  // namespace doorbell
