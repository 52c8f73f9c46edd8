#include "virtq/split_ring.h"

#include <algorithm>
#include <bit>
#include <string>

namespace doorbell {

namespace {

// struct virtq_desc
constexpr size_t kDescriptorSize = 16;
constexpr uint16_t kDescNext = 1;
constexpr uint16_t kDescWrite = 2;
constexpr uint16_t kDescIndirect = 4;
// struct virtq_avail, struct virtq_used
constexpr size_t kFlagsOffset = 0;
constexpr size_t kIdxOffset = 2;
constexpr size_t kEntriesOffset = 4;
constexpr size_t kAvailEntrySize = 2;
constexpr size_t kUsedEntrySize = 8;
constexpr uint16_t kAvailNoInterrupt = 1;
constexpr uint16_t kUsedNoNotify = 1;
// Indirect tables come from the driver's allocator, which aligns to 8 at least.
constexpr uintptr_t kIndirectAlignment = 8;
// With EVENT_IDX "no notification" is an event index that the driver has already passed. It counts modulo 2^16
// and so is moved along before the driver can come round to it.
constexpr uint16_t kStaleEventDistance = 0x4000;

uint16_t* U16(std::byte* at) { return reinterpret_cast<uint16_t*>(at); }

// SAFETY for all four: `at` lies in an area that Attach() checked, at its natural alignment.
uint16_t LoadRelaxed(std::byte* at) { return __atomic_load_n(U16(at), __ATOMIC_RELAXED); }
uint16_t LoadAcquire(std::byte* at) { return __atomic_load_n(U16(at), __ATOMIC_ACQUIRE); }
uint16_t LoadSeqCst(std::byte* at) { return __atomic_load_n(U16(at), __ATOMIC_SEQ_CST); }
void StoreSeqCst(std::byte* at, uint16_t value) { __atomic_store_n(U16(at), value, __ATOMIC_SEQ_CST); }

bool Aligned(const std::byte* at, uintptr_t alignment) {
  return (reinterpret_cast<uintptr_t>(at) & (alignment - 1)) == 0;
}

Error AddressError(const char* area) {
  return Error{BreakCodeName(BreakCode::kAddressInvalid),
               std::string("the ") + area + " area lies outside guest memory or is misaligned"};
}

}  // namespace

Result<SplitRing> SplitRing::Attach(const RingConfig& config, const GuestMemory& memory, uint16_t base,
                                    std::optional<uint16_t> used) {
  if (config.size == 0 || config.size > kMaxRingSize || !std::has_single_bit(config.size))
    return Error{"EINVAL", "ring size " + std::to_string(config.size) + " is no power of two up to " +
                               std::to_string(kMaxRingSize)};
  SplitRing ring;
  ring.memory_ = &memory;
  ring.size_ = config.size;
  ring.event_idx_ = (config.features & kEventIdx) != 0;
  ring.indirect_allowed_ = (config.features & kIndirectDesc) != 0;
  // The event words are part of the areas only when negotiated.
  const size_t event = ring.event_idx_ ? sizeof(uint16_t) : 0;
  ring.desc_ = memory.Translate(config.addresses, config.desc, config.size * kDescriptorSize);
  ring.avail_ = memory.Translate(config.addresses, config.avail,
                                 kEntriesOffset + config.size * kAvailEntrySize + event);
  ring.used_ = memory.Translate(config.addresses, config.used,
                                kEntriesOffset + config.size * kUsedEntrySize + event);
  // Virtio 1.2 §2.7: 16, 2 and 4.
  if (ring.desc_ == nullptr || !Aligned(ring.desc_, 16)) return AddressError("descriptor");
  if (ring.avail_ == nullptr || !Aligned(ring.avail_, 2)) return AddressError("avail");
  if (ring.used_ == nullptr || !Aligned(ring.used_, 4)) return AddressError("used");

  ring.next_avail_ = base;
  ring.seen_avail_ = base;
  ring.next_used_ = used.value_or(LoadRelaxed(ring.used_ + kIdxOffset));
  ring.published_used_ = ring.next_used_;
  ring.in_step_ = ring.next_used_ == base;
  return ring;
}

uint16_t SplitRing::Refresh() {
  // acquire: pairs with the driver's release of avail.idx, so the entries below it can be read.
  seen_avail_ = LoadAcquire(avail_ + kIdxOffset);
  return remaining();
}

uint16_t SplitRing::PeekAvail() const { return LoadRelaxed(avail_ + kIdxOffset); }
uint16_t SplitRing::PeekUsed() const { return LoadRelaxed(used_ + kIdxOffset); }

BreakCode SplitRing::Take(ChainBatch& batch, size_t max, Direction direction) {
  batch.Clear();
  size_t available = remaining();
  if (available < max) available = Refresh();
  if (available > size_) return BreakCode::kIndexJumped;
  PrefetchDescriptors(available < max ? available : max);
  for (size_t i = available < max ? available : max; i > 0; --i) {
    if (TakePlain(batch, direction)) continue;
    const BreakCode code = TakeOne(batch, direction);
    if (code != BreakCode::kNone) return code;
  }
  return BreakCode::kNone;
}

void SplitRing::PrefetchDescriptors(size_t count) const {
  for (size_t i = 0; i < count; ++i) {
    const size_t slot = (next_avail_ + i) & (size_ - 1);
    // A hint: the index is masked, not checked.
    const size_t head = LoadRelaxed(avail_ + kEntriesOffset + slot * kAvailEntrySize) & (size_ - 1);
    __builtin_prefetch(desc_ + head * kDescriptorSize);
  }
}

bool SplitRing::TakePlain(ChainBatch& batch, Direction direction) {
  const size_t slot = next_avail_ & (size_ - 1);
  const uint16_t head = LoadRelaxed(avail_ + kEntriesOffset + slot * kAvailEntrySize);
  if (head >= size_ || direction == Direction::kBoth) return false;
  const Descriptor descriptor = CopyDescriptor(desc_ + head * kDescriptorSize);
  const bool writable = direction == Direction::kWritable;
  if ((descriptor.flags & (kDescNext | kDescWrite | kDescIndirect)) != (writable ? kDescWrite : 0)) return false;
  std::byte* data = descriptor.length != 0 ? memory_->FromGuest(descriptor.address, descriptor.length) : nullptr;
  if (data == nullptr) return false;
  Chain& chain = batch.chains[batch.count++];
  chain = Chain{.head = head, .first = static_cast<uint32_t>(batch.buffers.size())};
  (writable ? chain.writable : chain.readable) = 1;
  (writable ? chain.writable_bytes : chain.readable_bytes) = descriptor.length;
  batch.buffers.push_back({data, descriptor.length});
  ++next_avail_;
  return true;
}

BreakCode SplitRing::TakeOne(ChainBatch& batch, Direction direction) {
  if (remaining() == 0 && Refresh() == 0) return BreakCode::kNone;
  if (remaining() > size_) return BreakCode::kIndexJumped;
  const size_t slot = next_avail_ & (size_ - 1);
  const uint16_t head = LoadRelaxed(avail_ + kEntriesOffset + slot * kAvailEntrySize);
  const size_t buffers_before = batch.buffers.size();
  const BreakCode code = CopyChain(head, batch, direction);
  if (code != BreakCode::kNone) {
    batch.buffers.resize(buffers_before);
    return code;
  }
  ++batch.count;
  ++next_avail_;
  return BreakCode::kNone;
}

SplitRing::Descriptor SplitRing::CopyDescriptor(const std::byte* entry) {
  // Two atomic loads: the compiler must not read the guest's memory a second time after the checks.
  // SAFETY: `entry` is inside the table and 8-aligned (Attach, CopyChain).
  const auto* words = reinterpret_cast<const uint64_t*>(entry);
  const uint64_t address = __atomic_load_n(words, __ATOMIC_RELAXED);
  const uint64_t rest = __atomic_load_n(words + 1, __ATOMIC_RELAXED);
  return Descriptor{address, static_cast<uint32_t>(rest), static_cast<uint16_t>(rest >> 32),
                    static_cast<uint16_t>(rest >> 48)};
}

BreakCode SplitRing::CopyChain(uint16_t head, ChainBatch& batch, Direction direction) const {
  Chain& chain = batch.chains[batch.count];
  chain = Chain{.head = head, .first = static_cast<uint32_t>(batch.buffers.size())};
  const BreakCode code = CopyTable(desc_, size_, head, false, batch, chain);
  if (code != BreakCode::kNone) return code;
  const bool wrong_way = (direction == Direction::kReadable && chain.writable > 0) ||
                         (direction == Direction::kWritable && chain.readable > 0);
  return wrong_way ? BreakCode::kDirectionInvalid : BreakCode::kNone;
}

BreakCode SplitRing::CopyTable(const std::byte* table, uint32_t entries, uint16_t first, bool indirect,
                               ChainBatch& batch, Chain& chain) const {
  uint16_t index = first;
  // A chain that visits more entries than its table has must have met one twice.
  const uint32_t limit = std::min(entries, kMaxChainLength);
  for (uint32_t visited = 0; visited < limit; ++visited) {
    if (index >= entries)
      return indirect ? BreakCode::kIndirectInvalid : BreakCode::kDescriptorOutOfRange;
    const Descriptor descriptor = CopyDescriptor(table + index * kDescriptorSize);
    if ((descriptor.flags & kDescIndirect) != 0) {
      // Virtio 1.2 §2.7.5.3.1: only if negotiated, never nested, never followed by another.
      const bool allowed = indirect_allowed_ && !indirect && (descriptor.flags & kDescNext) == 0 &&
                           descriptor.length != 0 && descriptor.length % kDescriptorSize == 0;
      if (!allowed) return BreakCode::kIndirectInvalid;
      const std::byte* inner = memory_->FromGuest(descriptor.address, descriptor.length);
      if (inner == nullptr) return BreakCode::kBufferOutsideMemory;
      if (!Aligned(inner, kIndirectAlignment)) return BreakCode::kIndirectInvalid;
      const uint32_t count = descriptor.length / static_cast<uint32_t>(kDescriptorSize);
      return CopyTable(inner, count, 0, true, batch, chain);
    }
    const BreakCode code = AddBuffer(descriptor, batch, chain);
    if (code != BreakCode::kNone) return code;
    if ((descriptor.flags & kDescNext) == 0) return BreakCode::kNone;
    index = descriptor.next;
  }
  return BreakCode::kChainTooLong;
}

BreakCode SplitRing::AddBuffer(const Descriptor& descriptor, ChainBatch& batch, Chain& chain) const {
  const bool writable = (descriptor.flags & kDescWrite) != 0;
  // Virtio 1.2 §2.7.4.2: readable buffers come first.
  if (!writable && chain.writable > 0) return BreakCode::kDirectionInvalid;
  // An empty buffer has no address that could be wrong, and nothing to read.
  if (descriptor.length == 0) return BreakCode::kNone;
  std::byte* data = memory_->FromGuest(descriptor.address, descriptor.length);
  if (data == nullptr) return BreakCode::kBufferOutsideMemory;
  batch.buffers.push_back({data, descriptor.length});
  ++(writable ? chain.writable : chain.readable);
  (writable ? chain.writable_bytes : chain.readable_bytes) += descriptor.length;
  return BreakCode::kNone;
}

void SplitRing::Complete(uint16_t head, uint32_t written) {
  const size_t slot = next_used_ & (size_ - 1);
  // SAFETY: inside the used area, 4-aligned. Plain data: shown to the driver by the store of used.idx.
  auto* entry = reinterpret_cast<uint32_t*>(used_ + kEntriesOffset + slot * kUsedEntrySize);
  __atomic_store_n(entry, head, __ATOMIC_RELAXED);
  __atomic_store_n(entry + 1, written, __ATOMIC_RELAXED);
  ++next_used_;
}

bool SplitRing::Publish() {
  if (next_used_ == published_used_) return false;
  const uint16_t before = published_used_;
  published_used_ = next_used_;
  // One store per batch. seq_cst: it also must be seen before we look whether the driver sleeps.
  StoreSeqCst(used_ + kIdxOffset, published_used_);
  if (signal_next_) {
    signal_next_ = false;
    return true;
  }
  if (!event_idx_) return (LoadSeqCst(avail_ + kFlagsOffset) & kAvailNoInterrupt) == 0;
  const uint16_t used_event = LoadSeqCst(avail_ + kEntriesOffset + size_ * kAvailEntrySize);
  // Virtio 1.2 §2.7.7.2: the driver waits for the entry `used_event`, and it is among the new ones.
  return static_cast<uint16_t>(published_used_ - used_event - 1) <
         static_cast<uint16_t>(published_used_ - before);
}

bool SplitRing::EnableNotifications() {
  if (event_idx_) {
    avail_event_ = seen_avail_;
    // Virtio 1.2 §2.7.10: zero with EVENT_IDX, whatever an earlier owner left there.
    if (!notifications_enabled_) __atomic_store_n(U16(used_ + kFlagsOffset), 0, __ATOMIC_RELAXED);
    StoreSeqCst(used_ + kEntriesOffset + size_ * kUsedEntrySize, avail_event_);
  } else if (!notifications_enabled_) {
    StoreSeqCst(used_ + kFlagsOffset, 0);
  }
  notifications_enabled_ = true;
  // seq_cst: a driver that did not see our request has published before this load.
  const uint16_t now = LoadSeqCst(avail_ + kIdxOffset);
  const bool news = now != seen_avail_;
  seen_avail_ = now;
  return news;
}

void SplitRing::DisableNotifications() {
  // A late notification is only a needless one, so nothing here needs an order.
  if (!event_idx_) {
    if (notifications_enabled_)
      __atomic_store_n(U16(used_ + kFlagsOffset), kUsedNoNotify, __ATOMIC_RELAXED);
    notifications_enabled_ = false;
    return;
  }
  const auto distance = static_cast<uint16_t>(seen_avail_ - avail_event_);
  const bool passed = distance != 0 && distance < kStaleEventDistance;
  notifications_enabled_ = false;
  if (passed) return;
  avail_event_ = static_cast<uint16_t>(seen_avail_ - 1);
  __atomic_store_n(U16(used_ + kEntriesOffset + size_ * kUsedEntrySize), avail_event_, __ATOMIC_RELAXED);
}

}  // namespace doorbell
