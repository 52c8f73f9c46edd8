#include "virtq/split_ring.h"

#include <algorithm>
#include <bit>
#include <string>

#include "virtq/descriptor.h"
#include "virtq/prefetch.h"
#include "virtq/ring_words.h"

namespace doorbell {

namespace {

// struct virtq_avail, struct virtq_used
constexpr size_t kRingFlagsOffset = 0;
constexpr size_t kIdxOffset = 2;
constexpr size_t kEntriesOffset = 4;
constexpr size_t kAvailEntrySize = 2;
constexpr size_t kUsedEntrySize = 8;
constexpr size_t kUsedPerLine = 64 / kUsedEntrySize;
constexpr size_t kUsedLengthOffset = 4;
constexpr uint16_t kAvailNoInterrupt = 1;
constexpr uint16_t kUsedNoNotify = 1;
// With EVENT_IDX "no notification" is an event index that the driver has already passed. It counts modulo 2^16
// and so is moved along before the driver can come round to it.
constexpr uint16_t kStaleEventDistance = 0x4000;

// Plain data: shown to the driver by the store of used.idx.
void WriteUsed(std::byte* entry, uint16_t head, uint32_t written) {
  StoreRelaxed32(entry, head);
  StoreRelaxed32(entry + kUsedLengthOffset, written);
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
  ring.in_order_ = (config.features & kRingInOrder) != 0;
  // The event words are part of the areas only when negotiated.
  const size_t event = ring.event_idx_ ? sizeof(uint16_t) : 0;
  ring.desc_ = memory.Translate(config.addresses, config.desc, config.size * kDescriptorSize);
  ring.avail_ = memory.Translate(config.addresses, config.avail,
                                 kEntriesOffset + config.size * kAvailEntrySize + event);
  ring.used_ = memory.Translate(config.addresses, config.used,
                                kEntriesOffset + config.size * kUsedEntrySize + event);
  // Virtio 1.2 §2.7: 16, 2 and 4.
  if (ring.desc_ == nullptr || !IsAligned(ring.desc_, 16)) return AreaInvalid("descriptor");
  if (ring.avail_ == nullptr || !IsAligned(ring.avail_, 2)) return AreaInvalid("avail");
  if (ring.used_ == nullptr || !IsAligned(ring.used_, 4)) return AreaInvalid("used");

  ring.next_avail_ = base;
  ring.seen_avail_ = base;
  ring.next_used_ = used.value_or(LoadRelaxed16(ring.used_ + kIdxOffset));
  ring.published_used_ = ring.next_used_;
  ring.in_step_ = ring.next_used_ == base;
  return ring;
}

uint16_t SplitRing::Refresh() {
  // acquire: pairs with the driver's release of avail.idx, so the entries below it can be read.
  seen_avail_ = LoadAcquire16(avail_ + kIdxOffset);
  return remaining();
}

uint16_t SplitRing::PeekAvail() const { return LoadRelaxed16(avail_ + kIdxOffset); }
uint16_t SplitRing::PeekUsed() const { return LoadRelaxed16(used_ + kIdxOffset); }

BreakCode SplitRing::Take(ChainBatch& batch, size_t max, Direction direction) {
  batch.Clear();
  size_t available = remaining();
  if (available < max) available = Refresh();
  if (available > size_) return BreakCode::kIndexJumped;
  size_t left = available < max ? available : max;
  PrefetchUsed(left, direction);
  PrefetchDescriptors(left);
  while (left > 0) {
    left -= TakePlain(batch, left, direction);
    if (left == 0) break;
    const BreakCode code = TakeOne(batch, direction);
    if (code != BreakCode::kNone) return code;
    --left;
  }
  return BreakCode::kNone;
}

void SplitRing::PrefetchUsed(size_t count, Direction direction) const {
  // In order one entry stands for a batch into which nothing was written.
  if (in_order_ && direction == Direction::kReadable) count = std::min<size_t>(count, 1);
  for (size_t i = 0; i < count; i += kUsedPerLine)
    PrefetchForWrite(used_ + kEntriesOffset + ((next_used_ + i) & (size_ - 1)) * kUsedEntrySize);
}

void SplitRing::PrefetchDescriptors(size_t count) const {
  for (size_t i = 0; i < count; ++i) {
    const size_t slot = (next_avail_ + i) & (size_ - 1);
    // A hint: the index is masked, not checked.
    const size_t head = LoadRelaxed16(avail_ + kEntriesOffset + slot * kAvailEntrySize) & (size_ - 1);
    __builtin_prefetch(desc_ + head * kDescriptorSize);
  }
}

size_t SplitRing::TakePlain(ChainBatch& batch, size_t most, Direction direction) {
  return WithDirection(direction, [&]<Direction known>() { return TakePlainOf<known>(batch, most); });
}

template <Direction direction>
size_t SplitRing::TakePlainOf(ChainBatch& batch, size_t most) {
  constexpr uint16_t kWanted = direction == Direction::kWritable ? kDescWrite : 0;
  const size_t mask = size_ - 1;
  const std::byte* heads = avail_ + kEntriesOffset;
  const std::byte* table = desc_;
  PlainChains<direction> plain(batch, most);
  size_t slot = next_avail_;
  GuestMemory::Range range = memory_->largest();
  for (; plain.count() < most; ++slot) {
    const uint16_t head = LoadRelaxed16(heads + (slot & mask) * kAvailEntrySize);
    if (head > mask) break;
    const Descriptor descriptor = CopyDescriptor(table + head * kDescriptorSize);
    if ((descriptor.flags & (kDescNext | kDescWrite | kDescIndirect)) != kWanted || descriptor.length == 0) break;
    std::byte* data = memory_->FindNear(range, descriptor.address, descriptor.length);
    if (data == nullptr) break;
    plain.Add(head, data, descriptor.length);
  }
  next_avail_ = static_cast<uint16_t>(next_avail_ + plain.count());
  return plain.count();
}

BreakCode SplitRing::TakeOne(ChainBatch& batch, Direction direction) {
  if (remaining() == 0 && Refresh() == 0) return BreakCode::kNone;
  if (remaining() > size_) return BreakCode::kIndexJumped;
  const size_t slot = next_avail_ & (size_ - 1);
  const uint16_t head = LoadRelaxed16(avail_ + kEntriesOffset + slot * kAvailEntrySize);
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
  chain = Chain{.id = head, .first = static_cast<uint32_t>(batch.buffers.size())};
  const BreakCode code = CopyTable(desc_, size_, head, false, batch, chain);
  if (code != BreakCode::kNone) return code;
  return PointsTheRightWay(chain, direction) ? BreakCode::kNone : BreakCode::kDirectionInvalid;
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
      if (!indirect_allowed_ || indirect || (descriptor.flags & kDescNext) != 0)
        return BreakCode::kIndirectInvalid;
      BreakCode code = BreakCode::kNone;
      const std::byte* inner = IndirectTable(*memory_, descriptor.address, descriptor.length, batch, code);
      if (inner == nullptr) return code;
      const uint32_t count = descriptor.length / static_cast<uint32_t>(kDescriptorSize);
      return CopyTable(inner, count, 0, true, batch, chain);
    }
    const BreakCode code = AddBuffer(*memory_, descriptor.address, descriptor.length,
                                     (descriptor.flags & kDescWrite) != 0, batch, chain);
    if (code != BreakCode::kNone) return code;
    if ((descriptor.flags & kDescNext) == 0) return BreakCode::kNone;
    index = descriptor.next;
  }
  return BreakCode::kChainTooLong;
}

void SplitRing::Complete(const Chain& chain, uint32_t written) {
  const bool joins = in_order_ && written == 0 && joinable_.has_value();
  // Virtio 1.2 §2.7.9: the id of the last chain of the batch, in the entry of its first.
  if (!joins) joinable_ = written == 0 ? std::optional(next_used_) : std::nullopt;
  const uint16_t index = joins ? *joinable_ : next_used_;
  WriteUsed(used_ + kEntriesOffset + (index & (size_ - 1)) * kUsedEntrySize, chain.id, written);
  ++next_used_;
}

void SplitRing::Complete(std::span<const Chain> chains) {
  if (in_order_) {
    for (const Chain& chain : chains) Complete(chain, chain.written);
    return;
  }
  const size_t mask = size_ - 1;
  std::byte* entries = used_ + kEntriesOffset;
  size_t slot = next_used_;
  for (const Chain& chain : chains) WriteUsed(entries + (slot++ & mask) * kUsedEntrySize, chain.id, chain.written);
  next_used_ = static_cast<uint16_t>(slot);
}

bool SplitRing::Publish() {
  if (next_used_ == published_used_) return false;
  const uint16_t before = published_used_;
  published_used_ = next_used_;
  joinable_.reset();
  // One store per batch. seq_cst: it also must be seen before we look whether the driver sleeps.
  StoreSeqCst16(used_ + kIdxOffset, published_used_);
  if (signal_next_) {
    signal_next_ = false;
    return true;
  }
  if (!event_idx_) return (LoadSeqCst16(avail_ + kRingFlagsOffset) & kAvailNoInterrupt) == 0;
  const uint16_t used_event = LoadSeqCst16(avail_ + kEntriesOffset + size_ * kAvailEntrySize);
  // Virtio 1.2 §2.7.7.2: the driver waits for the entry `used_event`, and it is among the new ones.
  return static_cast<uint16_t>(published_used_ - used_event - 1) <
         static_cast<uint16_t>(published_used_ - before);
}

bool SplitRing::EnableNotifications() {
  if (event_idx_) {
    avail_event_ = seen_avail_;
    // Virtio 1.2 §2.7.10: zero with EVENT_IDX, whatever an earlier owner left there.
    if (!notifications_enabled_) StoreRelaxed16(used_ + kRingFlagsOffset, 0);
    StoreSeqCst16(used_ + kEntriesOffset + size_ * kUsedEntrySize, avail_event_);
  } else if (!notifications_enabled_) {
    StoreSeqCst16(used_ + kRingFlagsOffset, 0);
  }
  notifications_enabled_ = true;
  // seq_cst: a driver that did not see our request has published before this load.
  const uint16_t now = LoadSeqCst16(avail_ + kIdxOffset);
  const bool news = now != seen_avail_;
  seen_avail_ = now;
  return news;
}

void SplitRing::DisableNotifications() {
  // A late notification is only a needless one, so nothing here needs an order.
  if (!event_idx_) {
    if (notifications_enabled_) StoreRelaxed16(used_ + kRingFlagsOffset, kUsedNoNotify);
    notifications_enabled_ = false;
    return;
  }
  const auto distance = static_cast<uint16_t>(seen_avail_ - avail_event_);
  const bool passed = distance != 0 && distance < kStaleEventDistance;
  notifications_enabled_ = false;
  if (passed) return;
  avail_event_ = static_cast<uint16_t>(seen_avail_ - 1);
  StoreRelaxed16(used_ + kEntriesOffset + size_ * kUsedEntrySize, avail_event_);
}

}  // namespace doorbell
