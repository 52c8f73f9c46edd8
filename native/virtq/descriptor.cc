#include "virtq/descriptor.h"

#include <limits>

#include "virtq/ring_words.h"

namespace doorbell {

namespace {

BreakCode AddPieces(const GuestMemory& memory, uint64_t address, uint32_t length, bool writable,
                    ChainBatch& batch, Chain& chain) {
  const uint8_t permission = writable ? Iotlb::kWrite : Iotlb::kRead;
  for (uint32_t left = length; left > 0;) {
    if (chain.readable + chain.writable == kMaxChainLength) return BreakCode::kChainTooLong;
    const GuestMemory::Resolved part = memory.Resolve(address + (length - left), left, permission);
    if (part.data == nullptr) {
      if (!part.miss.has_value()) return BreakCode::kBufferOutsideMemory;
      batch.miss = *part.miss;
      return BreakCode::kTranslationMissing;
    }
    const auto bytes = static_cast<uint32_t>(part.length);
    batch.buffers.push_back({part.data, bytes});
    ++(writable ? chain.writable : chain.readable);
    left -= bytes;
  }
  (writable ? chain.writable_bytes : chain.readable_bytes) += length;
  return BreakCode::kNone;
}

}  // namespace

BreakCode AddBuffer(const GuestMemory& memory, uint64_t address, uint32_t length, bool writable,
                    ChainBatch& batch, Chain& chain) {
  // Virtio 1.2 §2.7.4.2: readable buffers come first.
  if (!writable && chain.writable > 0) return BreakCode::kDirectionInvalid;
  // An empty buffer has no address that could be wrong, and nothing to read.
  if (length == 0) return BreakCode::kNone;
  // Virtio 1.2 §2.7.4.2: no chain is longer than that.
  if (uint64_t{chain.readable_bytes} + chain.writable_bytes + length > std::numeric_limits<uint32_t>::max())
    return BreakCode::kChainTooLong;
  std::byte* data = memory.FromGuest(address, length);
  if (data == nullptr)
    return memory.behind_iommu() ? AddPieces(memory, address, length, writable, batch, chain)
                                 : BreakCode::kBufferOutsideMemory;
  batch.buffers.push_back({data, length});
  ++(writable ? chain.writable : chain.readable);
  (writable ? chain.writable_bytes : chain.readable_bytes) += length;
  return BreakCode::kNone;
}

const std::byte* IndirectTable(const GuestMemory& memory, uint64_t address, uint32_t length, ChainBatch& batch,
                               BreakCode& code) {
  code = BreakCode::kIndirectInvalid;
  if (length == 0 || length % kDescriptorSize != 0) return nullptr;
  const std::byte* table = nullptr;
  if (!memory.behind_iommu()) {
    table = memory.FromGuest(address, length);
    if (table == nullptr) code = BreakCode::kBufferOutsideMemory;
  } else if (const auto found = memory.Resolve(address, length, Iotlb::kRead); found.length == length) {
    table = found.data;
  } else if (found.miss.has_value()) {
    batch.miss = *found.miss;
    code = BreakCode::kTranslationMissing;
  }
  return table != nullptr && IsAligned(table, kIndirectAlignment) ? table : nullptr;
}

}  // namespace doorbell
