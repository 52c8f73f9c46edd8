// A peer may truncate a file after we mapped it; the next access beyond its end raises SIGBUS, which would end
// the process. Registered ranges survive instead: the handler puts a zero page over the faulting page and sets
// the range's flag, which its reader checks at the next batch boundary. Any other SIGBUS goes to the handler
// that was installed before.
#pragma once

#include <cstddef>
#include <cstdint>

namespace doorbell {

namespace internal {
struct GuardSlot;
}

// One registered range; leaves the registry when destroyed. Nobody may touch the range by then. Move-only.
class SigbusGuard {
 public:
  SigbusGuard() = default;
  // `page_size` is that of the mapping (the huge page size for hugetlb files), a power of two.
  // `begin` and `size` are multiples of it. Installs the process-wide handler at the first call.
  SigbusGuard(const void* begin, size_t size, size_t page_size);
  SigbusGuard(SigbusGuard&& other) noexcept;
  SigbusGuard& operator=(SigbusGuard&& other) noexcept;
  SigbusGuard(const SigbusGuard&) = delete;
  SigbusGuard& operator=(const SigbusGuard&) = delete;
  ~SigbusGuard() { Reset(); }

  // A page of the range had no file behind it and reads as zero since. Sticky. Any thread.
  bool truncated() const;
  void Reset();

  // Whether any range was ever found truncated in this process: one load, for the path taken per batch.
  static bool AnyTruncated();

 private:
  internal::GuardSlot* slot_ = nullptr;
};

}  // namespace doorbell
