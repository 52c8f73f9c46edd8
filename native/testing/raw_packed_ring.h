// A packed ring that a test writes word by word, right or wrong, as no driver would. Areas and buffers lie where
// RawRing has them.
#pragma once

#include "testing/raw_ring.h"

namespace doorbell::testing {

class RawPackedRing {
 public:
  static constexpr uint16_t kAvailFlag = 1 << 7;
  static constexpr uint16_t kUsedFlag = 1 << 15;
  static constexpr uint16_t kEnable = 0;
  static constexpr uint16_t kDisable = 1;
  static constexpr uint16_t kAtDescriptor = 2;

  explicit RawPackedRing(uint32_t size, uint64_t features = 0)
      : raw_(size, features | kVersion1 | kRingPacked), size_(size) {}

  RawRing& raw() { return raw_; }
  const std::shared_ptr<GuestMemory>& memory() const { return raw_.memory(); }
  RingConfig config() const { return raw_.config(); }
  std::byte* Buffer(uint32_t index) const { return raw_.Buffer(index); }

  // Where the next descriptor goes: an index and the wrap counter in bit 15.
  void SetPosition(uint16_t position) {
    next_ = position & 0x7fff;
    wrap_ = (position & 0x8000) != 0;
  }
  uint16_t position() const { return static_cast<uint16_t>(next_ | (wrap_ ? 0x8000 : 0)); }

  // One descriptor at the next place, available at once.
  void Offer(uint64_t address, uint32_t length, uint16_t id, uint16_t flags) {
    OfferRaw(address, length, id, static_cast<uint16_t>(flags | (wrap_ ? kAvailFlag : kUsedFlag)));
  }
  // The same with exactly these flags.
  void OfferRaw(uint64_t address, uint32_t length, uint16_t id, uint16_t flags) {
    WriteAt(next_, address, length, id, flags);
    if (++next_ == size_) {
      next_ = 0;
      wrap_ = !wrap_;
    }
  }
  void OfferBuffer(uint16_t id, uint32_t length, uint16_t flags = 0) {
    Offer(RawRing::BufferAddress(id), length, id, flags);
  }
  // The flags last, as a driver does.
  void WriteAt(uint32_t slot, uint64_t address, uint32_t length, uint16_t id, uint16_t flags) {
    auto* words = reinterpret_cast<uint64_t*>(raw_.At(RawRing::kDesc + slot * 16u));
    __atomic_store_n(words, address, __ATOMIC_RELAXED);
    __atomic_store_n(reinterpret_cast<uint32_t*>(words + 1), length, __ATOMIC_RELAXED);
    raw_.Store16(RawRing::kDesc + slot * 16u + 12, id);
    raw_.Store16(RawRing::kDesc + slot * 16u + 14, flags);
  }

  struct Used {
    uint16_t id;
    uint32_t length;
    uint16_t flags;
  };
  Used At(uint32_t slot) const {
    const uint64_t at = RawRing::kDesc + slot * 16u;
    return {raw_.Load16(at + 12),
            __atomic_load_n(reinterpret_cast<uint32_t*>(raw_.At(at + 8)), __ATOMIC_RELAXED),
            raw_.Load16(at + 14)};
  }
  bool IsUsed(uint32_t slot, bool wrap = true) const {
    const uint16_t flags = At(slot).flags;
    return ((flags & kAvailFlag) != 0) == wrap && ((flags & kUsedFlag) != 0) == wrap;
  }

  void SetDriverEvent(uint16_t off_wrap, uint16_t flags) {
    raw_.Store16(RawRing::kAvail, off_wrap);
    raw_.Store16(RawRing::kAvail + 2, flags);
  }
  uint16_t device_off_wrap() const { return raw_.Load16(RawRing::kUsed); }
  uint16_t device_flags() const { return raw_.Load16(RawRing::kUsed + 2); }

 private:
  RawRing raw_;
  uint32_t size_;
  uint32_t next_ = 0;
  bool wrap_ = true;
};

}  // namespace doorbell::testing
