// Hostile rings against SplitRing: whatever is taken lies in guest memory, fits the chain's own counts and is
// what a plain walk over the same descriptors finds.
#include <cstring>
#include <vector>

#include "fuzz/hostile_guest.h"
#include "fuzz/target.h"
#include "virtq/split_ring.h"

namespace doorbell::fuzz::split_ring_fuzz {
namespace {

struct Buffer {
  std::byte* data;
  uint32_t length;
  bool writable;
};

// The walk of virtio 1.2 §2.7.5, written for plainness.
class PlainWalk {
 public:
  PlainWalk(const HostileGuest& guest, const RingConfig& config, Direction direction)
      : guest_(guest), config_(config), direction_(direction) {}

  // The buffers of the chain at `head`, or false where it is not to be taken.
  bool Walk(uint16_t head, std::vector<Buffer>& buffers) const {
    buffers.clear();
    const std::byte* table = guest_.memory()->FromFrontend(config_.desc, config_.size * 16);
    if (!WalkTable(table, config_.size, head, false, buffers)) return false;
    bool seen_writable = false;
    for (const Buffer& buffer : buffers) {
      if (!buffer.writable && seen_writable) return false;
      seen_writable = seen_writable || buffer.writable;
      if (buffer.writable && direction_ == Direction::kReadable && buffer.length > 0) return false;
      if (!buffer.writable && direction_ == Direction::kWritable && buffer.length > 0) return false;
    }
    return true;
  }

 private:
  bool WalkTable(const std::byte* table, uint32_t entries, uint32_t index, bool inner,
                 std::vector<Buffer>& buffers) const {
    for (uint32_t steps = 0; steps < entries && steps < kMaxChainLength; ++steps) {
      if (index >= entries) return false;
      uint64_t address = 0;
      uint32_t length = 0;
      uint16_t flags = 0;
      uint16_t next = 0;
      std::memcpy(&address, table + index * 16, 8);
      std::memcpy(&length, table + index * 16 + 8, 4);
      std::memcpy(&flags, table + index * 16 + 12, 2);
      std::memcpy(&next, table + index * 16 + 14, 2);
      if ((flags & 4) != 0) {
        const bool allowed = !inner && (config_.features & kIndirectDesc) != 0 && (flags & 1) == 0 &&
                             length != 0 && length % 16 == 0 && address % 8 == 0;
        const std::byte* more = allowed ? guest_.memory()->FromGuest(address, length) : nullptr;
        return more != nullptr && WalkTable(more, length / 16, 0, true, buffers);
      }
      std::byte* data = length == 0 ? nullptr : guest_.memory()->FromGuest(address, length);
      if (length != 0 && data == nullptr) return false;
      if (length != 0) buffers.push_back({data, length, (flags & 2) != 0});
      if (length == 0 && (flags & 2) == 0 && !buffers.empty() && buffers.back().writable) return false;
      if ((flags & 1) == 0) return true;
      index = next;
    }
    return false;
  }

  const HostileGuest& guest_;
  const RingConfig& config_;
  const Direction direction_;
};

void CheckChain(const ChainBatch& batch, const Chain& chain, const std::vector<Buffer>& expected) {
  MUST(chain.readable + chain.writable == expected.size());
  MUST(chain.first + expected.size() <= batch.buffers.size());
  uint64_t bytes = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const HostBuffer& buffer = batch.buffers[chain.first + i];
    MUST(buffer.data == expected[i].data && buffer.length == expected[i].length);
    MUST((i >= chain.readable) == expected[i].writable);
    bytes += buffer.length;
  }
  MUST(bytes == chain.readable_bytes + chain.writable_bytes);
}

HostileGuest& Guest() {
  static HostileGuest guest;
  return guest;
}

FUZZ_TARGET(SplitRing, "split ring: what is taken is what a plain walk finds") {
  HostileGuest& guest = Guest();
  guest.Clear();
  const bool writable = input.OneIn(2);
  const HostileGuest::Ring ring = guest.WriteRing(input, 0, writable);
  const Direction direction = input.OneIn(8) ? Direction::kBoth
                              : writable      ? Direction::kWritable
                                              : Direction::kReadable;
  Result<SplitRing> attached = SplitRing::Attach(ring.config, *guest.memory(), ring.base, std::nullopt);
  MUST(attached.ok());
  SplitRing& split = attached.value();
  const PlainWalk walk(guest, ring.config, direction);
  const uint64_t avail = ring.config.avail - HostileGuest::kFrontendBase;
  ChainBatch batch;
  std::vector<Buffer> expected;
  uint16_t completed = split.used();

  for (int turn = 0; turn < 8; ++turn) {
    const uint16_t first = split.avail();
    const BreakCode code = split.Take(batch, 1 + input.Below(ChainBatch::kMaxChains), direction);
    for (size_t i = 0; i < batch.count; ++i) {
      const auto index = static_cast<uint16_t>(first + i);
      const uint16_t head = guest.Load16(avail + 4 + (index % ring.config.size) * 2);
      MUST(batch.chains[i].id == head);
      MUST(walk.Walk(head, expected));
      CheckChain(batch, batch.chains[i], expected);
    }
    MUST(split.avail() == static_cast<uint16_t>(first + batch.count));
    if (code == BreakCode::kNone || code == BreakCode::kIndexJumped) {
      MUST(code == BreakCode::kNone || batch.count == 0);
    } else {
      const uint16_t bad = guest.Load16(avail + 4 + (split.avail() % ring.config.size) * 2);
      MUST(!walk.Walk(bad, expected));
    }

    const size_t back = input.OneIn(4) ? input.Below(batch.count + 1) : 0;
    split.Untake(batch.Last(back));
    for (size_t i = 0; i + back < batch.count; ++i) {
      split.Complete(batch.chains[i], input.Any<uint32_t>());
      ++completed;
    }
    const bool news = split.has_unpublished();
    split.Publish();
    MUST(split.used() == completed);
    // Without news nothing is written, and a scribble over the index stays.
    MUST(!news || split.PeekUsed() == completed);
    if (input.OneIn(2))
      split.EnableNotifications();
    else
      split.DisableNotifications();
    if (code != BreakCode::kNone) return;
    guest.Offer(input, ring);
    guest.Scribble(input);
  }
}

FUZZ_TARGET(RingAddresses, "split ring: areas that do not fit guest memory are refused") {
  HostileGuest& guest = Guest();
  guest.Clear();
  HostileGuest::Ring ring = guest.WriteRing(input, 0, false);
  RingConfig& config = ring.config;
  for (uint64_t* address : {&config.desc, &config.avail, &config.used}) {
    if (input.OneIn(2)) continue;
    const uint64_t end = HostileGuest::kFrontendBase + HostileGuest::kRegions * HostileGuest::kRegionSize;
    *address = input.OneIn(3) ? input.Any<uint64_t>() : end - input.Below(HostileGuest::kRegionSize);
  }
  config.addresses = input.OneIn(2) ? AddressSpace::kFrontend : AddressSpace::kGuest;
  if (input.OneIn(3)) config.size = input.Any<uint32_t>();
  Result<SplitRing> attached = SplitRing::Attach(config, *guest.memory(), ring.base, std::nullopt);
  if (!attached.ok()) return;
  MUST(config.size >= 1 && config.size <= kMaxRingSize);
  MUST(guest.memory()->Translate(config.addresses, config.desc, config.size * 16) != nullptr);
  MUST(guest.memory()->Translate(config.addresses, config.avail, 4 + config.size * 2) != nullptr);
  MUST(guest.memory()->Translate(config.addresses, config.used, 4 + config.size * 8) != nullptr);
  ChainBatch batch;
  attached.value().Take(batch, ChainBatch::kMaxChains, Direction::kBoth);
  for (size_t i = 0; i < batch.count; ++i) attached.value().Complete(batch.chains[i], 0);
  attached.value().Publish();
  attached.value().EnableNotifications();
}

}  // namespace
}  // namespace doorbell::fuzz::split_ring_fuzz
