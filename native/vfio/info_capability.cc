#include "vfio/info_capability.h"

#include <linux/vfio.h>

#include <algorithm>

namespace doorbell {

namespace {

// Of vfio_iommu_type1_info_cap_iova_range and vfio_region_info_cap_sparse_mmap: a header, a count, a reserved word,
// then pairs of 64 bits.
constexpr size_t kCount = sizeof(vfio_info_cap_header);
constexpr size_t kPairs = kCount + 8;
constexpr size_t kPairSize = 16;
// More than any kernel has kinds of.
constexpr int kMaxInfoCapabilities = 64;

struct Pair {
  uint64_t first;
  uint64_t second;
};

std::optional<std::vector<Pair>> FindPairs(Bytes info, uint32_t first, uint16_t id) {
  size_t at = first;
  for (int seen = 0; at != 0 && seen < kMaxInfoCapabilities; ++seen) {
    if (at > info.size() || info.size() - at < sizeof(vfio_info_cap_header)) return std::nullopt;
    if (LoadLittle<uint16_t>(info, at) != id) {
      at = LoadLittle<uint32_t>(info, at + 4);
      continue;
    }
    if (info.size() - at < kPairs) return std::nullopt;
    const size_t room = (info.size() - at - kPairs) / kPairSize;
    const size_t count = std::min<size_t>(LoadLittle<uint32_t>(info, at + kCount), room);
    std::vector<Pair> pairs;
    for (size_t i = 0; i < count; ++i) {
      const size_t pair = at + kPairs + i * kPairSize;
      pairs.push_back({LoadLittle<uint64_t>(info, pair), LoadLittle<uint64_t>(info, pair + 8)});
    }
    return pairs;
  }
  return std::nullopt;
}

}  // namespace

std::vector<IovaRange> ParseIovaRanges(Bytes info, uint32_t first) {
  std::vector<IovaRange> ranges;
  const auto pairs = FindPairs(info, first, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE);
  for (const Pair& pair : pairs.value_or(std::vector<Pair>()))
    if (pair.first <= pair.second) ranges.push_back({pair.first, pair.second});
  return ranges;
}

bool Covers(std::span<const IovaRange> ranges, uint64_t address, uint64_t size) {
  if (ranges.empty()) return true;
  return std::any_of(ranges.begin(), ranges.end(), [&](const IovaRange& range) {
    return size != 0 && address >= range.first && address <= range.last && size - 1 <= range.last - address;
  });
}

std::optional<std::vector<MappableArea>> ParseSparseAreas(Bytes info, uint32_t first) {
  const auto pairs = FindPairs(info, first, VFIO_REGION_INFO_CAP_SPARSE_MMAP);
  if (!pairs.has_value()) return std::nullopt;
  std::vector<MappableArea> areas;
  for (const Pair& pair : *pairs) areas.push_back({pair.first, pair.second});
  return areas;
}

}  // namespace doorbell
