#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "base/result.h"

namespace doorbell {

// The system's page size in bytes, asked once.
size_t PageSize();

// Owns one mapping; unmaps it exactly once. Move-only.
class ScopedMmap {
 public:
  ScopedMmap() = default;
  ScopedMmap(ScopedMmap&& other) noexcept;
  ScopedMmap& operator=(ScopedMmap&& other) noexcept;
  ScopedMmap(const ScopedMmap&) = delete;
  ScopedMmap& operator=(const ScopedMmap&) = delete;
  ~ScopedMmap() { Reset(); }

  // MAP_SHARED, readable and writable, not inherited by fork and left out of core dumps: it is somebody
  // else's memory. `offset` and `length` as mmap(2) wants them. `fd` stays the caller's.
  static Result<ScopedMmap> MapShared(int fd, uint64_t offset, size_t length);

  bool valid() const { return data_ != nullptr; }
  std::byte* data() const { return data_; }
  size_t size() const { return size_; }
  void Reset();

 private:
  ScopedMmap(std::byte* data, size_t size) : data_(data), size_(size) {}

  std::byte* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace doorbell
