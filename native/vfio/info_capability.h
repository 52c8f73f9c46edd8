// What the kernel appends to VFIO's info structures: capability chains (linux/vfio.h). Pure: bytes in, values out;
// a chain that loops or leaves the buffer ends there.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "vfio/little_endian.h"

namespace doorbell {

// Inclusive ends, as the kernel tells them.
struct IovaRange {
  uint64_t first = 0;
  uint64_t last = 0;
};

// Addresses that DMA may be mapped at. `info` is a whole struct vfio_iommu_type1_info with what follows it,
// `first` its cap_offset. Empty where the kernel does not tell.
std::vector<IovaRange> ParseIovaRanges(Bytes info, uint32_t first);
// Whether all of [address, address + size) lies in one of `ranges`. True where there are none: then the kernel judges.
bool Covers(std::span<const IovaRange> ranges, uint64_t address, uint64_t size);

struct MappableArea {
  uint64_t offset = 0;
  uint64_t size = 0;
};

// Parts of a region that can be mapped: of struct vfio_region_info. Empty optional: no holes are told.
std::optional<std::vector<MappableArea>> ParseSparseAreas(Bytes info, uint32_t first);

}  // namespace doorbell
