#include "base/scoped_mmap.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <utility>

namespace doorbell {

size_t PageSize() {
  static const size_t size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

ScopedMmap::ScopedMmap(ScopedMmap&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

ScopedMmap& ScopedMmap::operator=(ScopedMmap&& other) noexcept {
  if (this == &other) return *this;
  Reset();
  data_ = std::exchange(other.data_, nullptr);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

Result<ScopedMmap> ScopedMmap::MapShared(int fd, uint64_t offset, size_t length) {
  if (offset > static_cast<uint64_t>(std::numeric_limits<off_t>::max()))
    return ErrnoError(EOVERFLOW, "mmap");
  void* address =
      mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(offset));
  if (address == MAP_FAILED) return ErrnoError(errno, "mmap");
  // Both are advice: a file that refuses them is mapped all the same.
  madvise(address, length, MADV_DONTFORK);
  madvise(address, length, MADV_DONTDUMP);
  return ScopedMmap(static_cast<std::byte*>(address), length);
}

void ScopedMmap::Reset() {
  if (data_ == nullptr) return;
  munmap(std::exchange(data_, nullptr), std::exchange(size_, 0));
}

}  // namespace doorbell
