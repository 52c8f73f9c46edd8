#include "mem/guest_memory.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string>

namespace doorbell {

namespace {

constexpr uint64_t kMaxU64 = std::numeric_limits<uint64_t>::max();

bool Overflows(uint64_t first, uint64_t size) { return first > kMaxU64 - size; }

// Huge pages for a file of hugetlbfs, else the system's.
size_t FilePageSize(int fd) {
  struct statfs info = {};
  const bool huge = fstatfs(fd, &info) == 0 && info.f_type == HUGETLBFS_MAGIC && info.f_bsize > 0;
  return huge ? static_cast<size_t>(info.f_bsize) : PageSize();
}

Status CheckNumbers(const RegionSpec& spec) {
  if (spec.size == 0) return Error{"region-empty", "a memory region has size 0"};
  const bool overflow = Overflows(spec.guest_address, spec.size) ||
                        Overflows(spec.frontend_address, spec.size) ||
                        Overflows(spec.mmap_offset, spec.size);
  if (overflow) return Error{"region-overflow", "a memory region ends beyond 2^64"};
  return {};
}

}  // namespace

Result<GuestMemory::Region> GuestMemory::MapRegion(const RegionSpec& spec) {
  if (Status numbers = CheckNumbers(spec); !numbers.ok()) return numbers.error();

  struct stat info = {};
  if (fstat(spec.fd, &info) != 0) return ErrnoError(errno, "fstat of a memory region");
  const uint64_t end = spec.mmap_offset + spec.size;
  // Only regular files (memfd and hugetlbfs included) tell a size; a device's is checked by its mmap.
  if (S_ISREG(info.st_mode) && end > static_cast<uint64_t>(info.st_size))
    return Error{"region-beyond-file", "a memory region ends at offset " + std::to_string(end) +
                                           " of a file of " + std::to_string(info.st_size) +
                                           " bytes"};

  const size_t page = FilePageSize(spec.fd);
  const uint64_t lead = spec.mmap_offset & (page - 1);
  const uint64_t used = lead + spec.size;
  // `used` <= mmap_offset + size did not overflow, and lead < page; rounding up may.
  if (used > std::numeric_limits<size_t>::max() / 2)
    return Error{"region-overflow", "a memory region is larger than the address space"};
  const size_t length = (used + page - 1) & ~(page - 1);

  Result<ScopedMmap> mapping = ScopedMmap::MapShared(spec.fd, spec.mmap_offset - lead, length);
  if (!mapping.ok()) return mapping.error();

  Region region{spec.guest_address, spec.frontend_address,   spec.size,
                std::move(mapping).value(), nullptr, SigbusGuard()};
  region.host = region.mapping.data() + lead;
  region.guard = SigbusGuard(region.mapping.data(), length, page);
  return region;
}

Result<std::shared_ptr<GuestMemory>> GuestMemory::Map(std::span<const RegionSpec> specs) {
  if (specs.size() > kMaxRegions)
    return Error{"too-many-regions", std::to_string(specs.size()) + " memory regions, at most " +
                                         std::to_string(kMaxRegions)};
  std::shared_ptr<GuestMemory> memory(new GuestMemory);
  memory->regions_.reserve(specs.size());
  for (const RegionSpec& spec : specs) {
    Result<Region> region = MapRegion(spec);
    if (!region.ok()) return region.error();
    Region& mapped = memory->regions_.emplace_back(std::move(region).value());
    memory->by_guest_.push_back({mapped.guest_address, mapped.size, mapped.host});
    memory->by_frontend_.push_back({mapped.frontend_address, mapped.size, mapped.host});
  }

  for (std::vector<Range>* spans : {&memory->by_guest_, &memory->by_frontend_}) {
    std::sort(spans->begin(), spans->end(),
              [](const Range& a, const Range& b) { return a.first < b.first; });
    const auto overlap = std::adjacent_find(
        spans->begin(), spans->end(),
        [](const Range& a, const Range& b) { return b.first - a.first < a.size; });
    if (overlap != spans->end()) return Error{"regions-overlap", "two memory regions overlap"};
  }
  const auto largest = std::max_element(memory->by_guest_.begin(), memory->by_guest_.end(),
                                        [](const Range& a, const Range& b) { return a.size < b.size; });
  if (largest != memory->by_guest_.end()) memory->largest_ = *largest;
  return memory;
}

std::shared_ptr<GuestMemory> GuestMemory::Behind(std::shared_ptr<const Iotlb> iotlb,
                                                 std::shared_ptr<const GuestMemory> memory) {
  std::shared_ptr<GuestMemory> behind(new GuestMemory);
  behind->by_guest_ = memory->by_guest_;
  behind->iotlb_ = std::move(iotlb);
  behind->memory_ = std::move(memory);
  return behind;
}

GuestMemory::Resolved GuestMemory::Resolve(uint64_t iova, uint64_t length, uint8_t permission) const {
  Resolved found;
  if (length - 1 > kMaxU64 - iova) return found;
  while (found.length < length) {
    const uint64_t at = iova + found.length;
    const std::optional<Iotlb::Place> place = iotlb_->Find(at, permission);
    if (!place.has_value()) {
      found.miss = TranslationMiss{at, permission};
      return found;
    }
    const uint64_t part = std::min(place->length, length - found.length);
    std::byte* data = memory_->FromFrontend(place->frontend_address, part);
    if (data == nullptr || (found.data != nullptr && data != found.data + found.length)) return found;
    if (found.data == nullptr) found.data = data;
    found.length += part;
  }
  return found;
}

std::optional<TranslationMiss> GuestMemory::FindMiss(uint64_t iova, uint64_t length, uint8_t permission) const {
  for (uint64_t done = 0; done < length;) {
    const Resolved part = Resolve(iova + done, length - done, permission);
    if (part.data == nullptr) return part.miss;
    done += part.length;
  }
  return std::nullopt;
}

std::byte* GuestMemory::Translate(AddressSpace space, uint64_t address, uint64_t length) const {
  if (iotlb_ != nullptr) {
    if (space != AddressSpace::kIova || length == 0) return nullptr;
    const Resolved found = Resolve(address, length, 0);
    return found.length == length ? found.data : nullptr;
  }
  return Around(space == AddressSpace::kGuest ? by_guest_ : by_frontend_, address).Find(address, length);
}

GuestMemory::Range GuestMemory::RangeOf(uint64_t address) const {
  return iotlb_ == nullptr ? Around(by_guest_, address) : Range{};
}

GuestMemory::Range GuestMemory::Around(std::span<const Range> ranges, uint64_t address) {
  const auto after =
      std::upper_bound(ranges.begin(), ranges.end(), address,
                       [](uint64_t value, const Range& range) { return value < range.first; });
  if (after == ranges.begin()) return {};
  const Range& before = *(after - 1);
  return address - before.first < before.size ? before : Range{};
}

uint64_t GuestMemory::ToGuest(const std::byte* host) const {
  for (const Range& range : by_guest_) {
    // Pointers of different mappings: compared as numbers.
    const uint64_t offset = reinterpret_cast<uintptr_t>(host) - reinterpret_cast<uintptr_t>(range.host);
    if (offset < range.size) return range.first + offset;
  }
  return kMaxU64;
}

bool GuestMemory::truncated() const {
  if (memory_ != nullptr) return memory_->truncated();
  if (!SigbusGuard::AnyTruncated()) return false;
  return std::any_of(regions_.begin(), regions_.end(),
                     [](const Region& region) { return region.guard.truncated(); });
}

}  // namespace doorbell
