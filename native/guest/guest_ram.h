// Memory of a front-end whose driver is written by hand: what a conformance test puts into its rings is decided
// elsewhere, byte by byte, while the indices that a device reads meanwhile are stored and loaded here. A bitmap of dirty
// pages that a device marks is such memory as well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/result.h"
#include "base/scoped_fd.h"
#include "base/scoped_mmap.h"

namespace doorbell {

class GuestRam {
 public:
  // Zeroed, in a memfd of exactly `size` bytes, which must be a multiple of the page size (`EINVAL`).
  static Result<GuestRam> Create(uint64_t size);

  size_t size() const { return map_.size(); }
  const ScopedFd& file() const { return fd_; }

  // Whether `length` bytes at `offset` lie inside.
  bool Holds(uint64_t offset, uint64_t length) const;
  // Plain copies of a range that `Holds`: ordered against a device only by Load16 and Store16.
  void Read(uint64_t offset, std::span<std::byte> into) const;
  void Write(uint64_t offset, std::span<const std::byte> from);
  // An index of a ring, at an even offset that `Holds` two bytes. Load16 acquires: what the device wrote before
  // it is seen after. Store16 releases: what was written before it is there when the device sees it.
  uint16_t Load16(uint64_t offset) const;
  void Store16(uint64_t offset, uint16_t value);
  // Copies a range that `Holds` and leaves zeroes, 8 bytes at a time and each exactly once: what others set meanwhile is
  // in this copy or in the next. Offset and size are multiples of 8. Acquires: what was written before a bit was set is
  // seen after.
  void Take(uint64_t offset, std::span<std::byte> into);

 private:
  GuestRam(ScopedFd fd, ScopedMmap map) : fd_(std::move(fd)), map_(std::move(map)) {}

  ScopedFd fd_;
  ScopedMmap map_;
};

}  // namespace doorbell
