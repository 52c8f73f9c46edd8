#include "mem/iotlb.h"

#include <iterator>
#include <limits>

namespace doorbell {

namespace {

constexpr uint64_t kLastAddress = std::numeric_limits<uint64_t>::max();

// Of a range of at least one byte.
bool EndsBeyond(uint64_t first, uint64_t size) { return size - 1 > kLastAddress - first; }

}  // namespace

Status Iotlb::Update(uint64_t iova, uint64_t size, uint64_t frontend_address, uint8_t permission) {
  if (size == 0 || (permission & (kRead | kWrite)) == 0)
    return Error{"iotlb-empty", "a translation has size 0 or permits nothing"};
  if (EndsBeyond(iova, size) || EndsBeyond(frontend_address, size))
    return Error{"iotlb-overflow", "a translation ends beyond 2^64"};
  const uint64_t last = iova + (size - 1);
  const std::lock_guard lock(mutex_);
  Forget(iova, last);
  if (entries_.size() >= kMaxEntries) entries_.clear();
  entries_.emplace(iova, Entry{last, frontend_address, permission});
  return {};
}

void Iotlb::Invalidate(uint64_t iova, uint64_t size) {
  const std::lock_guard lock(mutex_);
  if (size == 0)
    entries_.clear();
  else
    Forget(iova, EndsBeyond(iova, size) ? kLastAddress : iova + (size - 1));
}

void Iotlb::Forget(uint64_t first, uint64_t last) {
  auto entry = entries_.upper_bound(first);
  if (entry != entries_.begin() && std::prev(entry)->second.last >= first) --entry;
  while (entry != entries_.end() && entry->first <= last) entry = entries_.erase(entry);
}

std::optional<Iotlb::Place> Iotlb::Find(uint64_t iova, uint8_t permission) const {
  const std::lock_guard lock(mutex_);
  auto after = entries_.upper_bound(iova);
  if (after == entries_.begin()) return std::nullopt;
  const auto& [first, entry] = *std::prev(after);
  if (entry.last < iova || (entry.permission & permission) != permission) return std::nullopt;
  const uint64_t beyond = entry.last - iova;
  return Place{entry.frontend_address + (iova - first), beyond == kLastAddress ? kLastAddress : beyond + 1};
}

size_t Iotlb::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace doorbell
