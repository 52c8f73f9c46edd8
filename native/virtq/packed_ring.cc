#include "virtq/packed_ring.h"

#include <algorithm>
#include <string>

#include "virtq/descriptor.h"
#include "virtq/prefetch.h"
#include "virtq/ring_words.h"

namespace doorbell {

namespace {

// struct pvirtq_desc
constexpr size_t kLengthOffset = 8;
constexpr size_t kIdOffset = 12;
constexpr size_t kFlagsOffset = 14;
constexpr size_t kDescriptorsPerLine = 64 / kDescriptorSize;
constexpr uint16_t kDescAvail = 1 << 7;
constexpr uint16_t kDescUsed = 1 << 15;
// struct pvirtq_event_suppress, as one word: off_wrap in the low half, flags in the high one.
constexpr size_t kEventSize = 4;
constexpr unsigned kEventFlagsShift = 16;
constexpr uint32_t kEventEnable = 0;
constexpr uint32_t kEventDisable = 1;
constexpr uint32_t kEventAtDescriptor = 2;
constexpr uint32_t kEventFlagsMask = 3;

bool IsAvailable(uint16_t flags, bool wrap) {
  return ((flags & kDescAvail) != 0) == wrap && ((flags & kDescUsed) != 0) != wrap;
}

// One lap of a ring is followed by one of the other kind: how far `to` is ahead of `from`, modulo two laps.
uint32_t Distance(uint16_t from_bits, uint16_t to_bits, uint32_t size) {
  constexpr uint16_t kWrapBit = 0x8000;
  const uint32_t from = from_bits & ~kWrapBit;
  const uint32_t to = (to_bits & ~kWrapBit) + ((from_bits ^ to_bits) & kWrapBit ? size : 0u);
  return to >= from ? to - from : to + 2 * size - from;
}

}  // namespace

Result<PackedRing> PackedRing::Attach(const RingConfig& config, const GuestMemory& memory, uint16_t avail,
                                      std::optional<uint16_t> used) {
  if (config.size == 0 || config.size > kMaxRingSize)
    return Error{"EINVAL", "ring size " + std::to_string(config.size) + " is not in 1 to " +
                               std::to_string(kMaxRingSize)};
  PackedRing ring;
  ring.memory_ = &memory;
  ring.size_ = config.size;
  ring.event_idx_ = (config.features & kEventIdx) != 0;
  ring.indirect_allowed_ = (config.features & kIndirectDesc) != 0;
  ring.in_order_ = (config.features & kRingInOrder) != 0;
  ring.desc_ = memory.Translate(config.addresses, config.desc, config.size * kDescriptorSize);
  ring.driver_event_ = memory.Translate(config.addresses, config.avail, kEventSize);
  ring.device_event_ = memory.Translate(config.addresses, config.used, kEventSize);
  // Virtio 1.2 §2.8: 16, 4 and 4.
  if (ring.desc_ == nullptr || !IsAligned(ring.desc_, 16)) return AreaInvalid("descriptor");
  if (ring.driver_event_ == nullptr || !IsAligned(ring.driver_event_, 4))
    return AreaInvalid("driver event");
  if (ring.device_event_ == nullptr || !IsAligned(ring.device_event_, 4))
    return AreaInvalid("device event");

  ring.next_ = Place::FromBits(avail);
  ring.used_ = Place::FromBits(used.value_or(avail));
  ring.outstanding_ = Distance(ring.used_.bits(), avail, ring.size_);
  if (ring.next_.index >= ring.size_ || ring.used_.index >= ring.size_ || ring.outstanding_ > ring.size_)
    return Error{BreakCodeName(BreakCode::kIndexJumped),
                 "the base names no place in a packed ring of " + std::to_string(ring.size_)};
  ring.published_ = ring.used_.bits();
  ring.in_step_ = ring.outstanding_ == 0;
  return ring;
}

std::byte* PackedRing::Slot(Place place) const { return desc_ + place.index * kDescriptorSize; }

uint16_t PackedRing::Refresh() {
  const uint32_t free = size_ - outstanding_;
  for (Place at = Seen(); seen_ahead_ < free; at = at.Plus(1, size_), ++seen_ahead_) {
    // acquire: as in TakeOne.
    if (!IsAvailable(LoadAcquire16(Slot(at) + kFlagsOffset), at.wrap)) break;
  }
  return static_cast<uint16_t>(seen_ahead_);
}

uint16_t PackedRing::PeekUsed() const {
  return static_cast<uint16_t>(__atomic_load_n(&published_, __ATOMIC_RELAXED) >> 16);
}

std::optional<uint32_t> PackedRing::PeekToStart() const {
  if (!in_step_) return std::nullopt;
  const auto used = static_cast<uint16_t>(__atomic_load_n(&published_, __ATOMIC_RELAXED));
  return Distance(used, Place{}.bits(), size_);
}

uint16_t PackedRing::PeekAvail() const {
  const uint32_t published = __atomic_load_n(&published_, __ATOMIC_RELAXED);
  const Place from = Place::FromBits(static_cast<uint16_t>(published));
  // From the used position on descriptors are available up to the driver's position and not beyond it.
  uint32_t available = 0;
  uint32_t beyond = size_ + 1;
  while (beyond - available > 1) {
    const uint32_t middle = available + (beyond - available) / 2;
    const Place at = from.Plus(middle - 1, size_);
    (IsAvailable(LoadRelaxed16(Slot(at) + kFlagsOffset), at.wrap) ? available : beyond) = middle;
  }
  return static_cast<uint16_t>((published >> 16) + available);
}

BreakCode PackedRing::Take(ChainBatch& batch, size_t max, Direction direction) {
  batch.Clear();
  // relaxed: only a quick no; whoever takes looks again.
  if (!IsAvailable(LoadRelaxed16(Slot(next_) + kFlagsOffset), next_.wrap)) {
    taken_last_ = 0;
    return BreakCode::kNone;
  }
  Prefetch(direction);
  BreakCode code = BreakCode::kNone;
  while (batch.count < max && code == BreakCode::kNone) {
    TakePlain(batch, max - batch.count, direction);
    if (batch.count == max) break;
    const size_t before = batch.count;
    code = TakeOne(batch, direction);
    if (batch.count == before) break;
  }
  taken_last_ = batch.count;
  return code;
}

void PackedRing::Prefetch(Direction direction) const {
  // In order one used descriptor stands for a batch into which nothing was written: the other lines are the driver's to
  // write next, and it should not have to ask for them again.
  const bool writes = !in_order_ || direction != Direction::kReadable;
  // No further than there was something the last time: where the driver still writes, a look would take the line from
  // it. At a ring's end the next ones are at its beginning.
  for (size_t ahead = kDescriptorsPerLine; ahead < taken_last_; ahead += kDescriptorsPerLine) {
    const std::byte* slot = Slot(next_.Plus(static_cast<uint32_t>(ahead), size_));
    writes ? PrefetchForWrite(slot) : __builtin_prefetch(slot);
  }
}

size_t PackedRing::TakePlain(ChainBatch& batch, size_t most, Direction direction) {
  return WithDirection(direction, [&]<Direction known>() { return TakePlainOf<known>(batch, most); });
}

template <Direction direction>
size_t PackedRing::TakePlainOf(ChainBatch& batch, size_t most) {
  constexpr bool kWritable = direction == Direction::kWritable;
  constexpr uint16_t kLooked = kDescNext | kDescWrite | kDescIndirect | kDescAvail | kDescUsed;
  const size_t room = std::min<size_t>(most, size_ - outstanding_);
  PlainChains<direction> plain(batch, room);
  Place at = next_;
  GuestMemory::Range range = memory_->largest();
  while (plain.count() < room) {
    const uint16_t wanted = static_cast<uint16_t>((kWritable ? kDescWrite : 0) | (at.wrap ? kDescAvail : kDescUsed));
    // To the ring's end or the last that may come: all of one lap.
    const size_t end = std::min<size_t>(size_, at.index + (room - plain.count()));
    size_t index = at.index;
    for (; index < end; ++index) {
      const std::byte* slot = desc_ + index * kDescriptorSize;
      // acquire: as in TakeOne.
      if ((LoadAcquire16(slot + kFlagsOffset) & kLooked) != wanted) break;
      // SAFETY: as in CopyChain.
      const auto* words = reinterpret_cast<const uint64_t*>(slot);
      const uint64_t address = __atomic_load_n(words, __ATOMIC_RELAXED);
      const uint64_t rest = __atomic_load_n(words + 1, __ATOMIC_RELAXED);
      const auto length = static_cast<uint32_t>(rest);
      if (length == 0) break;
      std::byte* data = memory_->FindNear(range, address, length);
      if (data == nullptr) break;
      plain.Add(static_cast<uint16_t>(rest >> 32), data, length);
    }
    const bool stopped = index < end;
    at = at.Plus(static_cast<uint32_t>(index - at.index), size_);
    if (stopped) break;
  }
  const auto taken = static_cast<uint32_t>(plain.count());
  next_ = at;
  outstanding_ += taken;
  seen_ahead_ -= std::min(seen_ahead_, taken);
  return taken;
}

BreakCode PackedRing::TakeOne(ChainBatch& batch, Direction direction) {
  // acquire: pairs with the driver's release of the head's flags, so the chain can be read.
  const uint16_t flags = LoadAcquire16(Slot(next_) + kFlagsOffset);
  if (!IsAvailable(flags, next_.wrap)) return BreakCode::kNone;
  // A driver that offers a descriptor we still hold has come round too far.
  if (outstanding_ == size_) return BreakCode::kIndexJumped;
  const size_t buffers_before = batch.buffers.size();
  const BreakCode code = CopyChain(flags, batch, direction);
  if (code != BreakCode::kNone) {
    batch.buffers.resize(buffers_before);
    return code;
  }
  const uint32_t slots = batch.chains[batch.count++].slots;
  next_ = next_.Plus(slots, size_);
  outstanding_ += slots;
  seen_ahead_ -= std::min(seen_ahead_, slots);
  return BreakCode::kNone;
}

void PackedRing::Untake(std::span<const Chain> chains) {
  uint32_t slots = 0;
  for (const Chain& chain : chains) slots += chain.slots;
  next_ = next_.Minus(slots, size_);
  outstanding_ -= slots;
  seen_ahead_ += slots;
}

BreakCode PackedRing::CopyChain(uint16_t head_flags, ChainBatch& batch, Direction direction) const {
  Chain& chain = batch.chains[batch.count];
  chain = Chain{.first = static_cast<uint32_t>(batch.buffers.size())};
  const uint32_t limit = std::min(size_ - outstanding_, kMaxChainLength);
  uint16_t flags = head_flags;
  for (Place at = next_;;) {
    // Each word is loaded once: the compiler must not read the guest's memory a second time after the checks.
    // SAFETY: a slot of the table, 16-aligned (Attach).
    const auto* words = reinterpret_cast<const uint64_t*>(Slot(at));
    const uint64_t address = __atomic_load_n(words, __ATOMIC_RELAXED);
    const uint64_t rest = __atomic_load_n(words + 1, __ATOMIC_RELAXED);
    const auto length = static_cast<uint32_t>(rest);
    // Virtio 1.2 §2.8.6: only the last one's counts.
    chain.id = static_cast<uint16_t>(rest >> 32);
    if ((flags & kDescIndirect) != 0) {
      // Virtio 1.2 §2.8.19: only if negotiated, and the whole chain is in the table.
      if (!indirect_allowed_ || chain.slots != 1 || (flags & kDescNext) != 0)
        return BreakCode::kIndirectInvalid;
      const BreakCode code = CopyIndirect(address, length, batch, chain);
      if (code != BreakCode::kNone) return code;
      break;
    }
    const BreakCode code =
        AddBuffer(*memory_, address, length, (flags & kDescWrite) != 0, batch, chain);
    if (code != BreakCode::kNone) return code;
    if ((flags & kDescNext) == 0) break;
    if (chain.slots == limit) return BreakCode::kChainTooLong;
    ++chain.slots;
    at = at.Plus(1, size_);
    flags = LoadRelaxed16(Slot(at) + kFlagsOffset);
    if (!IsAvailable(flags, at.wrap)) return BreakCode::kDescriptorOutOfRange;
  }
  return PointsTheRightWay(chain, direction) ? BreakCode::kNone : BreakCode::kDirectionInvalid;
}

BreakCode PackedRing::CopyIndirect(uint64_t address, uint32_t length, ChainBatch& batch,
                                   Chain& chain) const {
  BreakCode code = BreakCode::kNone;
  const std::byte* table = IndirectTable(*memory_, address, length, batch, code);
  if (table == nullptr) return code;
  const size_t count = length / kDescriptorSize;
  if (count > kMaxChainLength) return BreakCode::kChainTooLong;
  for (size_t i = 0; i < count; ++i) {
    // SAFETY: inside the table, 8-aligned (IndirectTable).
    const auto* words = reinterpret_cast<const uint64_t*>(table + i * kDescriptorSize);
    const uint64_t at = __atomic_load_n(words, __ATOMIC_RELAXED);
    const uint64_t rest = __atomic_load_n(words + 1, __ATOMIC_RELAXED);
    const auto flags = static_cast<uint16_t>(rest >> 48);
    // Virtio 1.2 §2.8.7: all entries in order; of their flags only WRITE means anything, and none is nested.
    if ((flags & kDescIndirect) != 0) return BreakCode::kIndirectInvalid;
    code = AddBuffer(*memory_, at, static_cast<uint32_t>(rest), (flags & kDescWrite) != 0, batch, chain);
    if (code != BreakCode::kNone) return code;
  }
  return BreakCode::kNone;
}

void PackedRing::Complete(const Chain& chain, uint32_t written) {
  if (in_order_ && written == 0 && joinable_.has_value()) {
    // Virtio 1.2 §2.8.9: the ID of the last chain of the batch, at the place of its first.
    StoreRelaxed16(Slot(*joinable_) + kIdOffset, chain.id);
    Advance(chain);
    return;
  }
  joinable_ = written == 0 ? std::optional(used_) : std::nullopt;
  WriteUsed(chain, written);
}

void PackedRing::WriteUsed(const Chain& chain, uint32_t written) {
  std::byte* slot = Slot(used_);
  StoreRelaxed32(slot + kLengthOffset, written);
  StoreRelaxed16(slot + kIdOffset, chain.id);
  // Virtio 1.2 §2.8.6: the length counts where WRITE is set.
  const auto flags = static_cast<uint16_t>((used_.wrap ? kDescAvail | kDescUsed : 0) |
                                           (written != 0 ? kDescWrite : 0));
  if (unpublished_ == 0) {
    first_used_ = used_;
    first_flags_ = flags;
  } else {
    // relaxed: not reached by the driver before the first one's.
    StoreRelaxed16(slot + kFlagsOffset, flags);
  }
  Advance(chain);
}

void PackedRing::Advance(const Chain& chain) {
  used_ = used_.Plus(chain.slots, size_);
  outstanding_ -= chain.slots;
  unpublished_ += chain.slots;
}

void PackedRing::Complete(std::span<const Chain> chains) {
  if (in_order_) {
    for (const Chain& chain : chains) Complete(chain, chain.written);
  } else {
    for (const Chain& chain : chains) WriteUsed(chain, chain.written);
  }
}

bool PackedRing::Publish() {
  if (unpublished_ == 0) return false;
  const uint32_t count = unpublished_;
  unpublished_ = 0;
  joinable_.reset();
  // One ordered store per batch. seq_cst: it also must be seen before we look whether the driver sleeps.
  StoreSeqCst16(Slot(first_used_) + kFlagsOffset, first_flags_);
  __atomic_store_n(&published_, ((published_ >> 16) + count) << 16 | used_.bits(), __ATOMIC_RELAXED);
  if (!signal_next_) return WantsInterrupt(count);
  signal_next_ = false;
  return true;
}

bool PackedRing::WantsInterrupt(uint32_t published) const {
  const uint32_t event = LoadSeqCst32(driver_event_);
  switch (event >> kEventFlagsShift & kEventFlagsMask) {
    case kEventDisable:
      return false;
    case kEventAtDescriptor: {
      if (!event_idx_) return true;
      // Virtio 1.2 §2.8.10: whether that descriptor is among the new ones. Of another lap is of the one before.
      const Place at = Place::FromBits(static_cast<uint16_t>(event));
      const int32_t position = at.wrap == used_.wrap ? at.index : at.index - static_cast<int32_t>(size_);
      const int32_t distance = used_.index - position - 1;
      return distance >= 0 && distance < static_cast<int32_t>(published);
    }
    default:
      return true;
  }
}

bool PackedRing::EnableNotifications() {
  const Place seen = Seen();
  if (event_idx_) {
    event_ = seen.bits();
    StoreSeqCst32(device_event_, event_ | kEventAtDescriptor << kEventFlagsShift);
  } else if (!notifications_enabled_) {
    StoreSeqCst32(device_event_, kEventEnable << kEventFlagsShift);
  }
  notifications_enabled_ = true;
  // A full ring gets no more.
  if (seen_ahead_ + outstanding_ >= size_) return false;
  // seq_cst: a driver that did not see our request has published before this load.
  if (!IsAvailable(LoadSeqCst16(Slot(seen) + kFlagsOffset), seen.wrap)) return false;
  Refresh();
  return true;
}

void PackedRing::DisableNotifications() {
  if (!notifications_enabled_) return;
  // relaxed: a late notification is only a needless one.
  StoreRelaxed32(device_event_, kEventDisable << kEventFlagsShift);
  notifications_enabled_ = false;
  event_ = kNoEvent;
}

}  // namespace doorbell
