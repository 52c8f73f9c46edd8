// The device's side of a ring that the engine drives: it sees the ring's memory at another address, as a device behind
// an IOMMU does, and does what the test says.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "base/scoped_mmap.h"
#include "io/memfd.h"
#include "mem/guest_memory.h"
#include "net/net_header.h"
#include "testing/bytes.h"
#include "testing/test.h"
#include "vfio/common_config.h"
#include "virtq/split_ring.h"

namespace doorbell::testing {

// Memory of the engine's that devices see at kIova.
class BounceMemory {
 public:
  static constexpr uint64_t kIova = uint64_t{0x7f} << 32;

  explicit BounceMemory(size_t size) {
    auto file = CreateMemfd("bounce", size);
    REQUIRE(file.ok());
    auto mapped = ScopedMmap::MapShared(file.value().get(), 0, size);
    REQUIRE(mapped.ok());
    mapping_ = std::move(mapped).value();
    const RegionSpec region{kIova, size, kIova, 0, file.value().get()};
    auto seen = GuestMemory::Map(std::span(&region, 1));
    REQUIRE(seen.ok());
    seen_ = std::move(seen).value();
  }

  std::byte* data() const { return mapping_.data(); }
  const GuestMemory& seen() const { return *seen_; }

 private:
  ScopedMmap mapping_;
  std::shared_ptr<GuestMemory> seen_;
};

class BounceDevice {
 public:
  // Enabled with the ring at index 0.
  BounceDevice(const BounceMemory& memory, const DeviceRing& told, uint64_t features)
      : memory_(memory), told_(told), ring_(Attach(memory, told, features)) {
    ring_.SignalNext();
  }

  // What was sent since, header and all, at most `limit` frames; whether the driver wants an interrupt for it.
  struct Taken {
    std::vector<Bytes> frames;
    bool interrupts = false;
  };
  Taken Take(size_t limit = ChainBatch::kMaxChains) {
    Taken taken;
    ChainBatch batch;
    while (limit > 0 && Fill(batch, limit)) {
      for (size_t i = 0; i < batch.count; ++i) {
        Bytes frame;
        for (const HostBuffer& buffer : batch.Readable(batch.chains[i])) {
          const auto* data = reinterpret_cast<const uint8_t*>(buffer.data);
          frame.insert(frame.end(), data, data + buffer.length);
        }
        taken.frames.push_back(std::move(frame));
        ring_.Complete(batch.chains[i], 0);
      }
      limit -= batch.count;
    }
    taken.interrupts = ring_.Publish();
    return taken;
  }

  // One posted buffer is filled with `bytes`, of which the device claims `claimed`. Not shown to the driver yet.
  void Fill(const Bytes& bytes, std::optional<uint32_t> claimed = std::nullopt) {
    ChainBatch batch;
    REQUIRE(ring_.TakeOne(batch, Direction::kWritable) == BreakCode::kNone && batch.count == 1);
    const HostBuffer buffer = batch.Writable(batch.chains[0]).front();
    REQUIRE(buffer.length >= bytes.size());
    std::memcpy(buffer.data, bytes.data(), bytes.size());
    ring_.Complete(batch.chains[0], claimed.value_or(static_cast<uint32_t>(bytes.size())));
  }
  // A used entry that no driver's chain stands for.
  void CompleteNonsense() { ring_.Complete(Chain{.id = 0xffff}, 100); }
  bool Publish() { return ring_.Publish(); }
  // Buffers that are there to be filled.
  uint16_t posted() { return ring_.Refresh(); }
  // As the driver may see it: the device says so whatever is true.
  void ClaimUsed(uint16_t index) {
    std::byte* used = memory_.seen().FromGuest(told_.used, 4);
    std::memcpy(used + 2, &index, sizeof index);
  }

 private:
  static SplitRing Attach(const BounceMemory& memory, const DeviceRing& told, uint64_t features) {
    const RingConfig config{told.size, told.desc, told.avail, told.used, AddressSpace::kGuest, features};
    auto ring = SplitRing::Attach(config, memory.seen(), 0, std::nullopt);
    REQUIRE(ring.ok());
    return std::move(ring).value();
  }
  bool Fill(ChainBatch& batch, size_t limit) {
    REQUIRE(ring_.Take(batch, std::min(limit, ChainBatch::kMaxChains), Direction::kReadable) == BreakCode::kNone);
    return batch.count > 0;
  }

  const BounceMemory& memory_;
  const DeviceRing told_;
  SplitRing ring_;
};

// A net header as a device with VERSION_1 knows it.
inline Bytes Header(const Offload& offload = {}, uint16_t buffers = 0) {
  Bytes header(kMaxNetHeader, 0);
  std::memcpy(header.data(), &offload, sizeof offload);
  std::memcpy(&header[kNumBuffersOffset], &buffers, sizeof buffers);
  return header;
}

}  // namespace doorbell::testing
