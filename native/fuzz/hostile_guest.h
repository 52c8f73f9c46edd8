// Guest memory with rings in it whose contents are mostly what a driver writes, and now and then anything at all.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/scoped_fd.h"
#include "fuzz/input.h"
#include "mem/guest_memory.h"
#include "virtq/ring_config.h"

namespace doorbell::fuzz {

class HostileGuest {
 public:
  static constexpr uint64_t kRegionSize = 64 << 10;
  static constexpr uint64_t kRegions = 2;
  // Below and above 4 GiB, with a hole between.
  static constexpr uint64_t kGuestBase[kRegions] = {0, uint64_t{1} << 32};
  static constexpr uint64_t kFrontendBase = 0x7f0000000000;
  // Most buffers begin at a multiple of it, so that a frame that is put there is met.
  static constexpr uint64_t kFrameSlot = 256;

  // One memory for the whole process: making one per run would measure mmap.
  HostileGuest();

  const std::shared_ptr<GuestMemory>& memory() const { return memory_; }

  // Zeros everywhere: what every run begins with, lest it depend on those before.
  void Clear();

  struct Ring {
    RingConfig config;
    uint16_t base = 0;
  };
  // Writes a ring of any shape into region 0 at `slot` (0…3), with up to `size` chains available. `writable`:
  // the likely direction of its buffers.
  Ring WriteRing(Input& input, unsigned slot, bool writable);
  // The guest's other processor: changes a few bytes anywhere.
  void Scribble(Input& input);
  // Adds chains to the ring, as a driver does.
  void Offer(Input& input, const Ring& ring);

  struct PackedRing {
    RingConfig config;
    // Where the driver's next descriptor goes: an index and, in bit 15, a wrap counter.
    uint16_t position = 0;
  };
  // As WriteRing and Offer. What is offered begins at `position`, which stays.
  PackedRing WritePackedRing(Input& input, unsigned slot, bool writable);
  void OfferPacked(Input& input, const PackedRing& ring, bool writable);

  std::byte* At(uint64_t guest_address) { return memory_->FromGuest(guest_address, 1); }
  uint16_t Load16(uint64_t guest_address) const;

 private:
  struct Descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags;
    uint16_t next;
  };

  Descriptor AnyDescriptor(Input& input, uint32_t entries, bool writable, bool may_be_indirect);
  // The last two words as a packed ring has them: ID, flags.
  Descriptor AnyPackedDescriptor(Input& input, uint32_t entries, bool writable, bool may_be_indirect);
  uint64_t AnyBuffer(Input& input, uint32_t length);

  ScopedFd fd_;
  std::shared_ptr<GuestMemory> memory_;
};

}  // namespace doorbell::fuzz
