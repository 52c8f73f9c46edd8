// Descriptor chains as they were copied out of a ring: checked, translated, and no longer the guest's to
// change. (What the buffers hold may change at any time; readers copy before they check.)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mem/guest_memory.h"

namespace doorbell {

// One buffer of a chain in our address space.
struct HostBuffer {
  std::byte* data = nullptr;
  uint32_t length = 0;
};

struct Chain {
  // What the driver knows it by: the index of its first descriptor (split), its buffer ID (packed).
  uint16_t id = 0;
  // Entries of the ring that it takes up: one in an avail ring, its descriptors in a packed ring.
  uint16_t slots = 1;
  // Buffers of the chain in `ChainBatch::buffers`: the readable ones, then the writable ones.
  uint32_t first = 0;
  uint16_t readable = 0;
  uint16_t writable = 0;
  // What a completion with its batch reports: bytes that were written into the writable ones, from the first on.
  uint32_t written = 0;
  // Together less than 2^32 (virtio 1.2 §2.7.4.2).
  uint32_t readable_bytes = 0;
  uint32_t writable_bytes = 0;
};

// What one Take() yields. Reused by its thread, so that taking allocates nothing in the steady state.
struct ChainBatch {
  // A large segment in mergeable buffers of 1518 bytes, the least that drivers post, is 44 chains.
  static constexpr size_t kMaxChains = 64;

  std::array<Chain, kMaxChains> chains;
  size_t count = 0;
  std::vector<HostBuffer> buffers;
  // What ended the last Take with kTranslationMissing.
  TranslationMiss miss;

  void Clear() {
    count = 0;
    buffers.clear();
  }
  std::span<const Chain> First(size_t chains_done) const { return std::span(chains).first(chains_done); }
  std::span<const Chain> Last(size_t chains_back) const {
    return std::span(chains).first(count).last(chains_back);
  }
  std::span<const HostBuffer> Readable(const Chain& chain) const {
    return std::span(buffers).subspan(chain.first, chain.readable);
  }
  std::span<const HostBuffer> Writable(const Chain& chain) const {
    return std::span(buffers).subspan(chain.first + chain.readable, chain.writable);
  }
};

}  // namespace doorbell
