#include "virtq/descriptor.h"

#include "virtq/ring_words.h"

namespace doorbell {

BreakCode AddBuffer(const GuestMemory& memory, uint64_t address, uint32_t length, bool writable,
                    ChainBatch& batch, Chain& chain) {
  // Virtio 1.2 §2.7.4.2: readable buffers come first.
  if (!writable && chain.writable > 0) return BreakCode::kDirectionInvalid;
  // An empty buffer has no address that could be wrong, and nothing to read.
  if (length == 0) return BreakCode::kNone;
  std::byte* data = memory.FromGuest(address, length);
  if (data == nullptr) return BreakCode::kBufferOutsideMemory;
  batch.buffers.push_back({data, length});
  ++(writable ? chain.writable : chain.readable);
  (writable ? chain.writable_bytes : chain.readable_bytes) += length;
  return BreakCode::kNone;
}

const std::byte* IndirectTable(const GuestMemory& memory, uint64_t address, uint32_t length,
                               BreakCode& code) {
  code = BreakCode::kIndirectInvalid;
  if (length == 0 || length % kDescriptorSize != 0) return nullptr;
  const std::byte* table = memory.FromGuest(address, length);
  if (table == nullptr) code = BreakCode::kBufferOutsideMemory;
  return table != nullptr && IsAligned(table, kIndirectAlignment) ? table : nullptr;
}

}  // namespace doorbell
