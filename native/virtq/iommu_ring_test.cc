// Rings whose addresses are I/O virtual: what has no translation is waited for, what was invalidated is not touched.
#include <atomic>
#include <thread>

#include "testing/raw_ring.h"
#include "testing/test.h"
#include "virtq/ring_server.h"

namespace doorbell::iommu_ring_test {
namespace {

using testing::RawRing;

constexpr uint64_t kPage = 4096;
// Addresses of the guest are not those of its I/O.
constexpr uint64_t kShift = 0x4000'0000'0000;
constexpr uint8_t kBoth = Iotlb::kRead | Iotlb::kWrite;

class IommuRing {
 public:
  explicit IommuRing(Direction direction = Direction::kReadable, uint64_t features = kVersion1)
      : raw(8, features), server(direction, [this] { ++notices; }) {}

  RingConfig config() const {
    RingConfig config = raw.config();
    config.addresses = AddressSpace::kIova;
    config.desc += kShift;
    config.avail += kShift;
    config.used += kShift;
    return config;
  }
  Status Start() { return server.Start(config(), behind, 0); }
  void Map(uint64_t guest_address, uint64_t size, uint8_t permission = kBoth) {
    const uint64_t offset = guest_address - RawRing::kGuestBase;
    REQUIRE(iotlb->Update(guest_address + kShift, size, RawRing::kFrontendBase + offset, permission).ok());
  }
  void MapAreas() {
    Map(RawRing::kDesc, kPage);
    Map(RawRing::kAvail, kPage);
    Map(RawRing::kUsed, kPage);
  }
  bool Update(uint64_t guest_address, uint64_t size, uint8_t permission = kBoth) {
    Map(guest_address, size, permission);
    return server.TranslationsChanged();
  }
  bool Invalidate(uint64_t guest_address, uint64_t size) {
    iotlb->Invalidate(guest_address + kShift, size);
    return server.TranslationsChanged();
  }
  void Offer(uint16_t index, uint64_t guest_address, uint32_t length, uint16_t flags = 0) {
    raw.Describe(index, guest_address + kShift, length, flags);
    raw.Offer(index);
  }
  size_t Serve() {
    const BatchLock lock(server.mutex());
    if (!server.serving()) return 0;
    const size_t count = server.Take(batch, ChainBatch::kMaxChains);
    for (size_t i = 0; i < count; ++i) server.Complete(batch.chains[i], 0);
    if (count > 0) server.Publish();
    return count;
  }

  RawRing raw;
  std::shared_ptr<Iotlb> iotlb = std::make_shared<Iotlb>();
  std::shared_ptr<GuestMemory> behind = GuestMemory::Behind(iotlb, raw.memory());
  std::atomic<int> notices{0};
  RingServer server;
  ChainBatch batch;
};

TEST("a ring starts without translations, says what it lacks, and serves when it has them") {
  IommuRing ring;
  ring.Offer(0, RawRing::kBuffers, 100);
  REQUIRE(ring.Start().ok());
  CHECK(ring.server.started());
  CHECK_EQ(ring.notices, 1);
  CHECK(ring.server.Miss() == (TranslationMiss{RawRing::kDesc + kShift, Iotlb::kRead}));
  CHECK_EQ(ring.Serve(), 0u);
  CHECK(!ring.Update(RawRing::kDesc, kPage));
  CHECK(!ring.Update(RawRing::kAvail, kPage));
  CHECK(ring.server.Miss() == (TranslationMiss{RawRing::kUsed + kShift, Iotlb::kWrite}));
  CHECK(ring.Update(RawRing::kUsed, kPage));
  CHECK_EQ(ring.Serve(), 0u);
  CHECK(ring.server.Miss() == (TranslationMiss{RawRing::kBuffers + kShift, Iotlb::kRead}));
  CHECK(ring.Update(RawRing::kBuffers, kPage));
  CHECK_EQ(ring.Serve(), 1u);
  CHECK_EQ(ring.raw.used_idx(), 1u);
  CHECK(!ring.server.Miss().has_value());
}

TEST("chains before an untranslated one are served, the ring waits there and breaks not") {
  IommuRing ring;
  ring.MapAreas();
  ring.Map(RawRing::kBuffers, kPage);
  REQUIRE(ring.Start().ok());
  ring.Offer(0, RawRing::kBuffers, 100);
  ring.Offer(1, RawRing::kBuffers + 4 * kPage, 100);
  ring.Offer(2, RawRing::kBuffers, 100);
  CHECK_EQ(ring.Serve(), 1u);
  CHECK_EQ(ring.Serve(), 0u);
  CHECK(ring.server.waits());
  CHECK(ring.server.broken() == BreakCode::kNone);
  CHECK(ring.Update(RawRing::kBuffers + 4 * kPage, kPage));
  CHECK_EQ(ring.Serve(), 2u);
}

TEST("a buffer across pages that lie apart comes in pieces, in order") {
  IommuRing ring;
  ring.MapAreas();
  const uint64_t iova = RawRing::kBuffers + kShift;
  const uint64_t front = RawRing::kFrontendBase + (RawRing::kBuffers - RawRing::kGuestBase);
  REQUIRE(ring.iotlb->Update(iova, kPage, front + 3 * kPage, kBoth).ok());
  REQUIRE(ring.iotlb->Update(iova + kPage, kPage, front, kBoth).ok());
  REQUIRE(ring.Start().ok());
  ring.Offer(0, RawRing::kBuffers + kPage - 10, 30);
  REQUIRE(ring.Serve() == 1);
  const Chain& chain = ring.batch.chains[0];
  REQUIRE(chain.readable == 2);
  CHECK_EQ(chain.readable_bytes, 30u);
  const auto pieces = ring.batch.Readable(chain);
  CHECK(pieces[0].data == ring.raw.At(RawRing::kBuffers + 4 * kPage - 10) && pieces[0].length == 10);
  CHECK(pieces[1].data == ring.raw.At(RawRing::kBuffers) && pieces[1].length == 20);
}

TEST("a buffer to be written waits for a translation that permits it") {
  IommuRing ring(Direction::kWritable);
  ring.MapAreas();
  ring.Map(RawRing::kBuffers, kPage, Iotlb::kRead);
  REQUIRE(ring.Start().ok());
  ring.Offer(0, RawRing::kBuffers, 100, testing::kWrite);
  CHECK_EQ(ring.Serve(), 0u);
  CHECK(ring.server.Miss() == (TranslationMiss{RawRing::kBuffers + kShift, Iotlb::kWrite}));
  CHECK(ring.Update(RawRing::kBuffers, kPage, kBoth));
  CHECK_EQ(ring.Serve(), 1u);
}

TEST("an invalidated area is let go of before the call returns, and the ring goes on where it was") {
  IommuRing ring;
  ring.MapAreas();
  ring.Map(RawRing::kBuffers, 8 * kPage);
  REQUIRE(ring.Start().ok());
  ring.Offer(0, RawRing::kBuffers, 100);
  CHECK_EQ(ring.Serve(), 1u);
  CHECK(!ring.Invalidate(RawRing::kUsed, kPage));
  CHECK(!ring.server.serving());
  CHECK(!ring.server.Peek().has_value());
  ring.Offer(1, RawRing::kBuffers, 100);
  CHECK_EQ(ring.Serve(), 0u);
  CHECK(ring.Update(RawRing::kUsed, kPage));
  CHECK_EQ(ring.Serve(), 1u);
  CHECK_EQ(ring.raw.used_idx(), 2u);
  CHECK_EQ(ring.server.Stop(), 2u);
}

TEST("an invalidation elsewhere neither stops a ring nor makes it signal") {
  IommuRing ring;
  ring.MapAreas();
  ring.Map(RawRing::kBuffers, kPage);
  REQUIRE(ring.Start().ok());
  CHECK(!ring.Invalidate(RawRing::kBuffers + 8 * kPage, kPage));
  CHECK(ring.server.serving());
}

TEST("a ring that waits tells where it was stopped, and what was moved is looked for anew") {
  IommuRing ring;
  REQUIRE(ring.Start().ok());
  CHECK_EQ(ring.server.Stop(), 0u);
  ring.MapAreas();
  ring.Map(RawRing::kBuffers, kPage);
  REQUIRE(ring.Start().ok());
  ring.Offer(0, RawRing::kBuffers, 100);
  CHECK_EQ(ring.Serve(), 1u);
  // The same I/O address, other memory: a copy of the used ring.
  const uint64_t moved = RawRing::kFrontendBase + 0x30000;
  std::memcpy(ring.raw.At(RawRing::kGuestBase + 0x30000), ring.raw.At(RawRing::kUsed), kPage);
  REQUIRE(ring.iotlb->Update(RawRing::kUsed + kShift, kPage, moved, kBoth).ok());
  CHECK(ring.server.TranslationsChanged());
  ring.Offer(1, RawRing::kBuffers, 100);
  CHECK_EQ(ring.Serve(), 1u);
  CHECK_EQ(ring.raw.used_idx(), 1u);
  CHECK_EQ(ring.raw.Load16(RawRing::kGuestBase + 0x30002), 2u);
}

TEST("an indirect table without a translation is waited for, one in pieces breaks the ring") {
  IommuRing ring(Direction::kReadable, kVersion1 | kIndirectDesc);
  ring.MapAreas();
  ring.Map(RawRing::kBuffers, kPage);
  REQUIRE(ring.Start().ok());
  ring.raw.WriteDescriptor(RawRing::kTables, RawRing::kBuffers + kShift, 64, 0, 0);
  ring.Offer(0, RawRing::kTables, 16, testing::kIndirect);
  CHECK_EQ(ring.Serve(), 0u);
  CHECK(ring.server.Miss() == (TranslationMiss{RawRing::kTables + kShift, Iotlb::kRead}));
  CHECK(ring.Update(RawRing::kTables, kPage));
  CHECK_EQ(ring.Serve(), 1u);
  const uint64_t front = RawRing::kFrontendBase + (RawRing::kTables - RawRing::kGuestBase);
  REQUIRE(ring.iotlb->Update(RawRing::kTables + kPage + kShift, kPage, front, kBoth).ok());
  ring.Offer(1, RawRing::kTables + kPage - 16, 32, testing::kIndirect);
  CHECK_EQ(ring.Serve(), 0u);
  CHECK(ring.server.broken() == BreakCode::kIndirectInvalid);
}

TEST("a translation that leads out of the memory table breaks the ring") {
  IommuRing ring;
  ring.MapAreas();
  REQUIRE(ring.Start().ok());
  REQUIRE(ring.iotlb->Update(0x1000, kPage, 0x5000, kBoth).ok());
  ring.raw.Describe(0, 0x1000, 16, 0);
  ring.raw.Offer(0);
  CHECK_EQ(ring.Serve(), 0u);
  CHECK(ring.server.broken() == BreakCode::kBufferOutsideMemory);
}

TEST("a ring behind an IOMMU is not handed over") {
  IommuRing ring;
  ring.MapAreas();
  REQUIRE(ring.Start().ok());
  RingServer other(Direction::kReadable, nullptr);
  const Result<uint32_t> handed = RingServer::HandOver(ring.server, other, std::nullopt);
  REQUIRE(!handed.ok());
  CHECK_EQ(handed.error().code, "iommu-active");
}

TEST("invalidations and updates under a serving thread lose and double nothing") {
  IommuRing ring;
  ring.MapAreas();
  ring.Map(RawRing::kBuffers, kPage);
  REQUIRE(ring.Start().ok());
  std::atomic<bool> ending{false};
  std::thread server([&] {
    while (!ending.load()) ring.Serve();
  });
  uint16_t offered = 0;
  for (int round = 0; round < 2000; ++round) {
    while (static_cast<uint16_t>(offered - ring.raw.used_idx()) == 8) std::this_thread::yield();
    ring.Offer(static_cast<uint16_t>(offered % 8), RawRing::kBuffers, 64);
    ++offered;
    ring.Invalidate(round % 3 == 0 ? RawRing::kUsed : RawRing::kBuffers, kPage);
    ring.Update(round % 3 == 0 ? RawRing::kUsed : RawRing::kBuffers, kPage);
  }
  while (ring.raw.used_idx() != offered) std::this_thread::yield();
  ending = true;
  server.join();
  CHECK_EQ(ring.server.counters().chains.load(), offered);
  CHECK_EQ(ring.server.Stop(), offered);
}

}  // namespace
}  // namespace doorbell::iommu_ring_test
