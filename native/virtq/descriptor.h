// What the two ring formats share: a descriptor of 16 bytes whose first 14 mean the same up to the order of two
// words, and the rules for the buffers of a chain.
#pragma once

#include <cstddef>
#include <cstdint>

#include "mem/guest_memory.h"
#include "virtq/break_code.h"
#include "virtq/chain.h"
#include "virtq/ring_config.h"

namespace doorbell {

inline constexpr size_t kDescriptorSize = 16;
inline constexpr uint16_t kDescNext = 1;
inline constexpr uint16_t kDescWrite = 2;
inline constexpr uint16_t kDescIndirect = 4;
// Indirect tables come from the driver's allocator, which aligns to 8 at least.
inline constexpr uintptr_t kIndirectAlignment = 8;

// Adds the buffer of one copied descriptor to `chain`, the last of `batch`. Behind an IOMMU it may lie in several
// pieces, and kTranslationMissing leaves what is missing in `batch`.
BreakCode AddBuffer(const GuestMemory& memory, uint64_t address, uint32_t length, bool writable,
                    ChainBatch& batch, Chain& chain);

// What `take` does with chains of one direction, which it knows when it is compiled. 0: a queue of both has no plain ones.
template <typename Take>
size_t WithDirection(Direction direction, Take take) {
  switch (direction) {
    case Direction::kReadable:
      return take.template operator()<Direction::kReadable>();
    case Direction::kWritable:
      return take.template operator()<Direction::kWritable>();
    case Direction::kBoth:
      break;
  }
  return 0;
}

// Appends chains of one direct buffer each, all of one direction, to a batch. What it appended stands in the batch
// once it went away.
template <Direction direction>
class PlainChains {
 public:
  // `most`: how many may come; the batch has room for them.
  PlainChains(ChainBatch& batch, size_t most)
      : batch_(batch), first_(static_cast<uint32_t>(batch.buffers.size())) {
    // Room for all at once, so that adding one checks nothing.
    batch.buffers.resize(first_ + most);
    chains_ = batch.chains.data() + batch.count;
    buffers_ = batch.buffers.data() + first_;
  }
  PlainChains(const PlainChains&) = delete;
  PlainChains& operator=(const PlainChains&) = delete;
  ~PlainChains() {
    batch_.buffers.resize(first_ + count_);
    batch_.count += count_;
  }

  size_t count() const { return count_; }

  // The buffer of a copied descriptor, which is not empty.
  void Add(uint16_t id, std::byte* data, uint32_t length) {
    constexpr bool kWritable = direction == Direction::kWritable;
    buffers_[count_] = {data, length};
    chains_[count_] = Chain{.id = id,
                            .slots = 1,
                            .first = static_cast<uint32_t>(first_ + count_),
                            .readable = kWritable ? 0 : 1,
                            .writable = kWritable ? 1 : 0,
                            .written = 0,
                            .readable_bytes = kWritable ? 0 : length,
                            .writable_bytes = kWritable ? length : 0};
    ++count_;
  }

 private:
  ChainBatch& batch_;
  const uint32_t first_;
  Chain* chains_;
  HostBuffer* buffers_;
  size_t count_ = 0;
};

// The indirect table that a copied descriptor points to; null with the reason in `code` where it has none that
// may be walked. Behind an IOMMU it must lie in one piece, as every driver allocates it.
const std::byte* IndirectTable(const GuestMemory& memory, uint64_t address, uint32_t length, ChainBatch& batch,
                               BreakCode& code);

// Whether a queue of this direction may have such a chain.
inline bool PointsTheRightWay(const Chain& chain, Direction direction) {
  return !(direction == Direction::kReadable && chain.writable > 0) &&
         !(direction == Direction::kWritable && chain.readable > 0);
}

}  // namespace doorbell
