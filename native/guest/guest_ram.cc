#include "guest/guest_ram.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "io/memfd.h"

namespace doorbell {

Result<GuestRam> GuestRam::Create(uint64_t size) {
  if (size == 0 || size % PageSize() != 0) return ErrnoError(EINVAL, "the size is not whole pages");
  Result<ScopedFd> fd = CreateMemfd("guest-ram", size);
  if (!fd.ok()) return fd.error();
  Result<ScopedMmap> map = ScopedMmap::MapShared(fd.value().get(), 0, size);
  if (!map.ok()) return map.error();
  return GuestRam(std::move(fd).value(), std::move(map).value());
}

bool GuestRam::Holds(uint64_t offset, uint64_t length) const {
  return length <= size() && offset <= size() - length;
}

void GuestRam::Read(uint64_t offset, std::span<std::byte> into) const {
  std::memcpy(into.data(), map_.data() + offset, into.size());
}

void GuestRam::Write(uint64_t offset, std::span<const std::byte> from) {
  std::memcpy(map_.data() + offset, from.data(), from.size());
}

// SAFETY: both callers checked that two bytes at an even offset lie inside the mapping, which lives as long as this.
uint16_t GuestRam::Load16(uint64_t offset) const {
  auto* index = reinterpret_cast<uint16_t*>(map_.data() + offset);
  // Acquire: pairs with the device's release of its used index.
  return std::atomic_ref<uint16_t>(*index).load(std::memory_order_acquire);
}

void GuestRam::Store16(uint64_t offset, uint16_t value) {
  auto* index = reinterpret_cast<uint16_t*>(map_.data() + offset);
  // Release: descriptors and ring entries before the available index that publishes them.
  std::atomic_ref<uint16_t>(*index).store(value, std::memory_order_release);
}

// SAFETY: the caller checked that whole words at a multiple of 8 lie inside the mapping, which begins on a page.
void GuestRam::Take(uint64_t offset, std::span<std::byte> into) {
  for (size_t at = 0; at < into.size(); at += sizeof(uint64_t)) {
    std::atomic_ref<uint64_t> word(*reinterpret_cast<uint64_t*>(map_.data() + offset + at));
    // Relaxed: most words are zero, and a bit that is set after this look is in the next copy.
    if (word.load(std::memory_order_relaxed) == 0) continue;
    // Acquire: pairs with the release of whoever set the bits after it wrote.
    const uint64_t bits = word.exchange(0, std::memory_order_acquire);
    std::memcpy(into.data() + at, &bits, sizeof(bits));
  }
}

}  // namespace doorbell
