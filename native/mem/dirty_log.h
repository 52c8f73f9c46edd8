// The bitmap of dirty pages that a front-end shares while it migrates its guest: one bit per 4096 bytes of guest
// memory, counted from guest address 0 (vhost-user, "Migration"). Whoever writes guest memory marks what it wrote,
// after it wrote it; the front-end reads and clears the bits at the same time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "base/scoped_mmap.h"
#include "mem/sigbus_guard.h"

namespace doorbell {

class GuestMemory;

class DirtyLog {
 public:
  // Fixed by the protocol, whatever the host's pages are.
  static constexpr uint64_t kPageSize = 4096;

  // `size` bytes of the file behind `fd` from `offset`, both from the peer. Codes: `log-empty`, `log-overflow`,
  // `log-beyond-file`, else an errno name of fstat or mmap. `fd` stays the caller's.
  static Result<std::shared_ptr<DirtyLog>> Map(int fd, uint64_t offset, uint64_t size);

  // Every page that [guest_address, guest_address + length) touches. What lies beyond the bitmap is left out: the
  // front-end sized it by its own memory. Any thread.
  void Mark(uint64_t guest_address, uint64_t length);
  // All of guest memory: after a device was stopped nobody knows byte by byte what it had under way.
  void MarkAll(const GuestMemory& memory);

  // The file got shorter than the mapping: marks are lost, and the rings that write them must break.
  bool truncated() const { return SigbusGuard::AnyTruncated() && guard_.truncated(); }

 private:
  DirtyLog() = default;

  ScopedMmap mapping_;
  std::byte* bits_ = nullptr;
  uint64_t size_ = 0;
  // After `mapping_`: it leaves the registry before the range is unmapped.
  SigbusGuard guard_;
};

}  // namespace doorbell
