// Hostile rings against PackedRing: whatever is taken lies in guest memory, fits the chain's own counts and is what a
// plain walk over the same descriptors finds; what is completed covers exactly what was taken.
#include <cstring>
#include <optional>
#include <vector>

#include "fuzz/hostile_guest.h"
#include "fuzz/target.h"
#include "virtq/packed_ring.h"

namespace doorbell::fuzz::packed_ring_fuzz {
namespace {

constexpr uint16_t kNext = 1;
constexpr uint16_t kWrite = 2;
constexpr uint16_t kIndirect = 4;
constexpr uint16_t kAvail = 1 << 7;
constexpr uint16_t kUsed = 1 << 15;

struct Descriptor {
  uint64_t address;
  uint32_t length;
  uint16_t id;
  uint16_t flags;
};
static_assert(sizeof(Descriptor) == 16);

struct Buffer {
  std::byte* data;
  uint32_t length;
  bool writable;
};

// What a plain walk finds at one place of a ring.
struct Found {
  uint16_t id = 0;
  uint16_t slots = 0;
  std::vector<Buffer> buffers;
};

// The walk of virtio 1.2 §2.8, written for plainness.
class PlainWalk {
 public:
  PlainWalk(HostileGuest& guest, const RingConfig& config, Direction direction)
      : guest_(guest), config_(config), direction_(direction) {}

  bool IsAvailable(uint16_t position) const {
    const uint16_t flags = At(position).flags;
    const bool wrap = (position & 0x8000) != 0;
    return ((flags & kAvail) != 0) == wrap && ((flags & kUsed) != 0) != wrap;
  }

  uint16_t After(uint16_t position, uint32_t slots) const {
    uint32_t index = (position & 0x7fffu) + slots;
    uint16_t wrap = position & 0x8000;
    if (index >= config_.size) {
      index -= config_.size;
      wrap ^= 0x8000;
    }
    return static_cast<uint16_t>(index | wrap);
  }

  // The chain at `position`, of at most `room` descriptors; empty where it is not to be taken.
  std::optional<Found> Walk(uint16_t position, uint32_t room) const {
    Found found;
    for (uint16_t at = position;; at = After(at, 1)) {
      if (found.slots == room || found.slots == kMaxChainLength || !IsAvailable(at)) return std::nullopt;
      const Descriptor descriptor = At(at);
      ++found.slots;
      found.id = descriptor.id;
      if ((descriptor.flags & kIndirect) != 0) {
        if (found.slots != 1 || (descriptor.flags & kNext) != 0 || !WalkTable(descriptor, found.buffers))
          return std::nullopt;
        break;
      }
      if (!AddBuffer(descriptor, found.buffers)) return std::nullopt;
      if ((descriptor.flags & kNext) == 0) break;
    }
    for (const Buffer& buffer : found.buffers) {
      if (buffer.writable && direction_ == Direction::kReadable) return std::nullopt;
      if (!buffer.writable && direction_ == Direction::kWritable) return std::nullopt;
    }
    return found;
  }

 private:
  Descriptor Read(const std::byte* at) const {
    Descriptor descriptor;
    std::memcpy(&descriptor, at, sizeof descriptor);
    return descriptor;
  }
  Descriptor At(uint16_t position) const {
    return Read(guest_.memory()->FromFrontend(config_.desc + (position & 0x7fffu) * 16, 16));
  }
  bool AddBuffer(const Descriptor& descriptor, std::vector<Buffer>& buffers) const {
    const bool writable = (descriptor.flags & kWrite) != 0;
    if (!writable && !buffers.empty() && buffers.back().writable) return false;
    if (descriptor.length == 0) return true;
    std::byte* data = guest_.memory()->FromGuest(descriptor.address, descriptor.length);
    if (data == nullptr) return false;
    buffers.push_back({data, descriptor.length, writable});
    return true;
  }
  bool WalkTable(const Descriptor& outer, std::vector<Buffer>& buffers) const {
    const bool allowed = (config_.features & kIndirectDesc) != 0 && outer.length != 0 && outer.length % 16 == 0 &&
                         outer.address % 8 == 0 && outer.length / 16 <= kMaxChainLength;
    const std::byte* table = allowed ? guest_.memory()->FromGuest(outer.address, outer.length) : nullptr;
    if (table == nullptr) return false;
    for (uint32_t i = 0; i < outer.length / 16; ++i) {
      const Descriptor inner = Read(table + i * 16);
      if ((inner.flags & kIndirect) != 0 || !AddBuffer(inner, buffers)) return false;
    }
    return true;
  }

  HostileGuest& guest_;
  const RingConfig& config_;
  const Direction direction_;
};

void CheckChain(const ChainBatch& batch, const Chain& chain, const Found& expected) {
  MUST(chain.id == expected.id && chain.slots == expected.slots);
  MUST(chain.readable + chain.writable == expected.buffers.size());
  MUST(chain.first + expected.buffers.size() <= batch.buffers.size());
  uint64_t bytes = 0;
  for (size_t i = 0; i < expected.buffers.size(); ++i) {
    const HostBuffer& buffer = batch.buffers[chain.first + i];
    MUST(buffer.data == expected.buffers[i].data && buffer.length == expected.buffers[i].length);
    MUST((i >= chain.readable) == expected.buffers[i].writable);
    bytes += buffer.length;
  }
  MUST(bytes == chain.readable_bytes + chain.writable_bytes);
}

HostileGuest& Guest() {
  static HostileGuest guest;
  return guest;
}

FUZZ_TARGET(PackedRing, "packed ring: what is taken is what a plain walk finds") {
  HostileGuest& guest = Guest();
  guest.Clear();
  const bool writable = input.OneIn(2);
  HostileGuest::PackedRing ring = guest.WritePackedRing(input, 0, writable);
  const Direction direction = input.OneIn(8) ? Direction::kBoth
                              : writable      ? Direction::kWritable
                                              : Direction::kReadable;
  Result<PackedRing> attached = PackedRing::Attach(ring.config, *guest.memory(), ring.position, std::nullopt);
  MUST(attached.ok());
  PackedRing& packed = attached.value();
  const PlainWalk walk(guest, ring.config, direction);
  ChainBatch batch;

  for (int turn = 0; turn < 8; ++turn) {
    uint16_t position = packed.avail();
    uint32_t room = ring.config.size;
    const size_t max = 1 + input.Below(ChainBatch::kMaxChains);
    const BreakCode code = packed.Take(batch, max, direction);
    for (size_t i = 0; i < batch.count; ++i) {
      const std::optional<Found> expected = walk.Walk(position, room);
      MUST(expected.has_value());
      CheckChain(batch, batch.chains[i], *expected);
      position = walk.After(position, expected->slots);
      room -= expected->slots;
    }
    MUST(packed.avail() == position);
    // Whatever was left lying had a reason.
    if (code != BreakCode::kNone)
      MUST(!walk.Walk(position, room).has_value());
    else
      MUST(batch.count == max || !walk.IsAvailable(position));

    const size_t back = input.OneIn(4) ? input.Below(batch.count + 1) : 0;
    packed.Untake(batch.Last(back));
    uint16_t used = packed.used();
    for (size_t i = 0; i + back < batch.count; ++i) {
      batch.chains[i].written = static_cast<uint32_t>(input.OneIn(2) ? 0 : input.Any<uint32_t>());
      used = walk.After(used, batch.chains[i].slots);
    }
    packed.Complete(batch.First(batch.count - back));
    MUST(packed.has_unpublished() == (batch.count > back));
    packed.Publish();
    MUST(packed.used() == used && packed.avail() == used);
    if (input.OneIn(2))
      packed.EnableNotifications();
    else
      packed.DisableNotifications();
    MUST(packed.Refresh() <= ring.config.size);
    packed.PeekAvail();
    if (code != BreakCode::kNone) return;
    ring.position = packed.avail();
    guest.OfferPacked(input, ring, writable);
    guest.Scribble(input);
  }
}

FUZZ_TARGET(PackedAddresses, "packed ring: areas and bases that do not fit are refused") {
  HostileGuest& guest = Guest();
  guest.Clear();
  HostileGuest::PackedRing ring = guest.WritePackedRing(input, 0, false);
  RingConfig& config = ring.config;
  for (uint64_t* address : {&config.desc, &config.avail, &config.used}) {
    if (input.OneIn(2)) continue;
    const uint64_t end = HostileGuest::kFrontendBase + HostileGuest::kRegions * HostileGuest::kRegionSize;
    *address = input.OneIn(3) ? input.Any<uint64_t>() : end - input.Below(HostileGuest::kRegionSize);
  }
  config.addresses = input.OneIn(2) ? AddressSpace::kFrontend : AddressSpace::kGuest;
  if (input.OneIn(3)) config.size = input.Any<uint32_t>();
  std::optional<uint16_t> used;
  if (input.OneIn(2)) used = static_cast<uint16_t>(input.OneIn(2) ? ring.position : input.Any<uint16_t>());
  if (input.OneIn(3)) ring.position = input.Any<uint16_t>();
  Result<PackedRing> attached = PackedRing::Attach(config, *guest.memory(), ring.position, used);
  if (!attached.ok()) return;
  MUST(config.size >= 1 && config.size <= kMaxRingSize);
  MUST((ring.position & 0x7fffu) < config.size);
  MUST(guest.memory()->Translate(config.addresses, config.desc, config.size * 16) != nullptr);
  MUST(guest.memory()->Translate(config.addresses, config.avail, 4) != nullptr);
  MUST(guest.memory()->Translate(config.addresses, config.used, 4) != nullptr);
  ChainBatch batch;
  attached.value().Take(batch, ChainBatch::kMaxChains, Direction::kBoth);
  attached.value().Complete(batch.First(batch.count));
  attached.value().Publish();
  attached.value().EnableNotifications();
  attached.value().PeekAvail();
  attached.value().PeekToStart();
}

}  // namespace
}  // namespace doorbell::fuzz::packed_ring_fuzz
