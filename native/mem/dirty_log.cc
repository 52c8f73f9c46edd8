#include "mem/dirty_log.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "mem/guest_memory.h"

namespace doorbell {

namespace {

constexpr uint64_t kBitsPerByte = 8;

}  // namespace

Result<std::shared_ptr<DirtyLog>> DirtyLog::Map(int fd, uint64_t offset, uint64_t size) {
  if (size == 0) return Error{"log-empty", "the dirty log has size 0"};
  const uint64_t lead = offset & (PageSize() - 1);
  constexpr uint64_t kLimit = std::numeric_limits<size_t>::max() / 2;
  if (offset > kLimit || size > kLimit - lead - PageSize() || size > kLimit - offset)
    return Error{"log-overflow", "the dirty log is larger than the address space"};
  struct stat info = {};
  if (fstat(fd, &info) != 0) return ErrnoError(errno, "fstat of the dirty log");
  if (!S_ISREG(info.st_mode) || offset + size > static_cast<uint64_t>(info.st_size))
    return Error{"log-beyond-file", "the dirty log ends beyond its file"};

  const size_t length = (lead + size + PageSize() - 1) & ~(PageSize() - 1);
  Result<ScopedMmap> mapping = ScopedMmap::MapShared(fd, offset - lead, length);
  if (!mapping.ok()) return mapping.error();
  std::shared_ptr<DirtyLog> log(new DirtyLog);
  log->mapping_ = std::move(mapping).value();
  log->bits_ = log->mapping_.data() + lead;
  log->size_ = size;
  log->guard_ = SigbusGuard(log->mapping_.data(), length, PageSize());
  return log;
}

void DirtyLog::Mark(uint64_t guest_address, uint64_t length) {
  if (length == 0) return;
  const uint64_t first = guest_address / kPageSize;
  // No sum that could wrap: a length beyond the address space ends at its last page.
  const uint64_t room = std::numeric_limits<uint64_t>::max() - guest_address;
  const uint64_t last = (guest_address + std::min(length - 1, room)) / kPageSize;
  const uint64_t pages = size_ * kBitsPerByte;
  for (uint64_t page = first; page <= last && page < pages; ++page) {
    // SAFETY: page / 8 < size_, inside the mapping.
    auto* byte = reinterpret_cast<uint8_t*>(bits_ + page / kBitsPerByte);
    // seq_cst: the bytes that were written are seen by whoever takes the bit and then copies the page. No look before
    // it whether the bit is set: the look could come before the bytes are visible.
    __atomic_fetch_or(byte, static_cast<uint8_t>(1u << (page % kBitsPerByte)), __ATOMIC_SEQ_CST);
  }
}

void DirtyLog::MarkAll(const GuestMemory& memory) {
  for (const GuestMemory::Range& range : memory.ranges()) Mark(range.first, range.size);
}

}  // namespace doorbell
