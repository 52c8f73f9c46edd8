// A split ring that a test writes word by word, right or wrong, as no driver would.
#pragma once

#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <memory>
#include <string>

#include "base/scoped_fd.h"
#include "io/eventfd.h"
#include "io/memfd.h"
#include "mem/guest_memory.h"
#include "testing/test.h"
#include "virtq/ring_config.h"

namespace doorbell::testing {

inline constexpr uint16_t kNext = 1;
inline constexpr uint16_t kWrite = 2;
inline constexpr uint16_t kIndirect = 4;

class RawRing {
 public:
  static constexpr uint64_t kGuestBase = 0x10000000;
  static constexpr uint64_t kFrontendBase = 0x7f0000000000;
  static constexpr uint64_t kSize = 1 << 20;
  // Guest addresses: ring areas, then buffers of 2 KiB, then indirect tables.
  static constexpr uint64_t kDesc = kGuestBase;
  static constexpr uint64_t kAvail = kGuestBase + 0x10000;
  static constexpr uint64_t kUsed = kGuestBase + 0x20000;
  static constexpr uint64_t kBuffers = kGuestBase + 0x40000;
  static constexpr uint64_t kBufferSize = 2048;
  static constexpr uint64_t kTables = kGuestBase + 0xe0000;

  explicit RawRing(uint32_t size, uint64_t features = kVersion1) : size_(size), features_(features) {
    // Not sealed: a test may truncate it.
    fd_.Reset(memfd_create("raw-ring", MFD_CLOEXEC));
    REQUIRE(fd_.valid() && ftruncate(fd_.get(), kSize) == 0);
    memory_ = Map();
  }

  // One more generation of the same memory.
  std::shared_ptr<GuestMemory> Map() const {
    const std::array specs = {RegionSpec{kGuestBase, kSize, kFrontendBase, 0, fd_.get()}};
    auto mapped = GuestMemory::Map(specs);
    REQUIRE(mapped.ok());
    return std::move(mapped).value();
  }

  const std::shared_ptr<GuestMemory>& memory() const { return memory_; }
  int fd() const { return fd_.get(); }
  RingConfig config() const {
    return RingConfig{.size = size_,
                      .desc = kDesc,
                      .avail = kAvail,
                      .used = kUsed,
                      .addresses = AddressSpace::kGuest,
                      .features = features_};
  }

  std::byte* At(uint64_t guest_address) const { return memory_->FromGuest(guest_address, 1); }
  std::byte* Buffer(uint32_t index) const { return At(kBuffers + index * kBufferSize); }
  static uint64_t BufferAddress(uint32_t index) { return kBuffers + index * kBufferSize; }

  void Describe(uint16_t index, uint64_t address, uint32_t length, uint16_t flags, uint16_t next = 0) {
    WriteDescriptor(kDesc + index * 16u, address, length, flags, next);
  }
  void WriteDescriptor(uint64_t at, uint64_t address, uint32_t length, uint16_t flags, uint16_t next) {
    auto* words = reinterpret_cast<uint64_t*>(At(at));
    __atomic_store_n(words, address, __ATOMIC_RELAXED);
    __atomic_store_n(words + 1, length | uint64_t{flags} << 32 | uint64_t{next} << 48, __ATOMIC_RELAXED);
  }
  // Puts `head` into the avail ring and publishes it.
  void Offer(uint16_t head) {
    Store16(kAvail + 4 + (avail_idx_ & (size_ - 1)) * 2, head);
    ++avail_idx_;
    __atomic_store_n(Word(kAvail + 2), avail_idx_, __ATOMIC_SEQ_CST);
  }
  // A descriptor of one buffer, offered.
  void OfferBuffer(uint16_t index, uint32_t length, uint16_t flags = 0) {
    Describe(index, BufferAddress(index), length, flags);
    Offer(index);
  }
  // Both indices of an empty ring.
  void SetIndices(uint16_t index) {
    avail_idx_ = index;
    Store16(kAvail + 2, index);
    Store16(kUsed + 2, index);
  }
  void JumpAvail(uint16_t index) { Store16(kAvail + 2, index); }

  uint16_t used_idx() const { return __atomic_load_n(Word(kUsed + 2), __ATOMIC_ACQUIRE); }
  uint32_t used_id(uint16_t index) const { return Load32(kUsed + 4 + (index & (size_ - 1)) * 8); }
  uint32_t used_length(uint16_t index) const { return Load32(kUsed + 8 + (index & (size_ - 1)) * 8); }
  uint16_t used_flags() const { return Load16(kUsed); }
  uint16_t avail_event() const { return Load16(kUsed + 4 + size_ * 8); }
  void SetAvailFlags(uint16_t flags) { Store16(kAvail, flags); }
  void SetUsedEvent(uint16_t index) { Store16(kAvail + 4 + size_ * 2, index); }

  uint16_t Load16(uint64_t at) const { return __atomic_load_n(Word(at), __ATOMIC_SEQ_CST); }
  void Store16(uint64_t at, uint16_t value) { __atomic_store_n(Word(at), value, __ATOMIC_SEQ_CST); }

 private:
  uint16_t* Word(uint64_t at) const { return reinterpret_cast<uint16_t*>(At(at)); }
  uint32_t Load32(uint64_t at) const {
    return __atomic_load_n(reinterpret_cast<uint32_t*>(At(at)), __ATOMIC_RELAXED);
  }

  uint32_t size_;
  uint64_t features_;
  ScopedFd fd_;
  std::shared_ptr<GuestMemory> memory_;
  uint16_t avail_idx_ = 0;
};

// An eventfd of the guest, and what was signalled on it.
class Signals {
 public:
  Signals() {
    auto fd = CreateEventfd();
    REQUIRE(fd.ok());
    fd_ = std::move(fd).value();
  }
  int fd() const { return fd_.get(); }
  // Since the last call.
  uint64_t Take() {
    uint64_t count = 0;
    return read(fd_.get(), &count, sizeof count) == sizeof count ? count : 0;
  }
  bool Await(int milliseconds) {
    pollfd readable = {fd_.get(), POLLIN, 0};
    return poll(&readable, 1, milliseconds) == 1;
  }
  void Send() { REQUIRE(SignalEventfd(fd_.get()).ok()); }

 private:
  ScopedFd fd_;
};

}  // namespace doorbell::testing
