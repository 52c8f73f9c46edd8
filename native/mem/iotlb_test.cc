#include "mem/iotlb.h"

#include "mem/guest_memory.h"
#include "testing/raw_ring.h"
#include "testing/test.h"

namespace doorbell::iotlb_test {
namespace {

using testing::RawRing;

constexpr uint64_t kMax = ~uint64_t{0};
constexpr uint64_t kPage = 4096;
constexpr uint8_t kBoth = Iotlb::kRead | Iotlb::kWrite;

std::string RefusalOf(Status status) { return status.ok() ? "accepted" : status.error().code; }

TEST("a translation answers from its first byte to its last, with what is left of it") {
  Iotlb iotlb;
  REQUIRE(iotlb.Update(0x1000, 2 * kPage, 0x7000, kBoth).ok());
  REQUIRE(iotlb.Find(0x1000, Iotlb::kRead).has_value());
  CHECK_EQ(iotlb.Find(0x1000, Iotlb::kRead)->length, 2 * kPage);
  CHECK_EQ(iotlb.Find(0x2fff, Iotlb::kRead)->frontend_address, 0x8fffu);
  CHECK_EQ(iotlb.Find(0x2fff, Iotlb::kRead)->length, 1u);
  CHECK(!iotlb.Find(0xfff, Iotlb::kRead).has_value());
  CHECK(!iotlb.Find(0x3000, Iotlb::kRead).has_value());
}

TEST("a translation holds for the kinds of access that it permits only") {
  Iotlb iotlb;
  REQUIRE(iotlb.Update(0, kPage, 0x7000, Iotlb::kRead).ok());
  CHECK(iotlb.Find(0, Iotlb::kRead).has_value());
  CHECK(!iotlb.Find(0, Iotlb::kWrite).has_value());
  CHECK(!iotlb.Find(0, kBoth).has_value());
}

TEST("ranges that wrap, are empty or permit nothing are refused; one that ends with the address space is not") {
  Iotlb iotlb;
  CHECK_EQ(RefusalOf(iotlb.Update(0, 0, 0, kBoth)), "iotlb-empty");
  CHECK_EQ(RefusalOf(iotlb.Update(0, kPage, 0, 0)), "iotlb-empty");
  CHECK_EQ(RefusalOf(iotlb.Update(kMax, 2, 0, kBoth)), "iotlb-overflow");
  CHECK_EQ(RefusalOf(iotlb.Update(0, 2, kMax, kBoth)), "iotlb-overflow");
  CHECK_EQ(RefusalOf(iotlb.Update(1, kMax, 0, kBoth)), "accepted");
  CHECK_EQ(iotlb.Find(kMax, Iotlb::kRead)->length, 1u);
  CHECK_EQ(iotlb.Find(1, Iotlb::kRead)->length, kMax);
}

TEST("the newest of overlapping translations counts, and what it touched is forgotten as a whole") {
  Iotlb iotlb;
  REQUIRE(iotlb.Update(0x1000, 4 * kPage, 0x10000, kBoth).ok());
  REQUIRE(iotlb.Update(0x2000, kPage, 0x90000, kBoth).ok());
  CHECK_EQ(iotlb.Find(0x2000, Iotlb::kRead)->frontend_address, 0x90000u);
  CHECK(!iotlb.Find(0x1000, Iotlb::kRead).has_value());
  CHECK(!iotlb.Find(0x3000, Iotlb::kRead).has_value());
  CHECK_EQ(iotlb.size(), 1u);
}

TEST("an invalidation forgets every entry that it touches, beyond 2^64 up to there, and all for size 0") {
  Iotlb iotlb;
  for (uint64_t page = 0; page < 8; ++page) REQUIRE(iotlb.Update(page * kPage, kPage, page * kPage, kBoth).ok());
  iotlb.Invalidate(kPage + 1, kPage);
  CHECK(iotlb.Find(0, Iotlb::kRead).has_value());
  CHECK(!iotlb.Find(kPage, Iotlb::kRead).has_value());
  CHECK(!iotlb.Find(2 * kPage, Iotlb::kRead).has_value());
  CHECK(iotlb.Find(3 * kPage, Iotlb::kRead).has_value());
  iotlb.Invalidate(6 * kPage, kMax);
  CHECK(iotlb.Find(5 * kPage, Iotlb::kRead).has_value());
  CHECK_EQ(iotlb.size(), 4u);
  iotlb.Invalidate(0x123, 0);
  CHECK_EQ(iotlb.size(), 0u);
}

TEST("a flood of translations is capped, and the newest one is there") {
  Iotlb iotlb;
  for (uint64_t i = 0; i <= 2 * Iotlb::kMaxEntries; ++i)
    REQUIRE(iotlb.Update(i * kPage, kPage, i * kPage, kBoth).ok());
  CHECK(iotlb.size() <= Iotlb::kMaxEntries);
  CHECK(iotlb.Find(2 * Iotlb::kMaxEntries * kPage, Iotlb::kRead).has_value());
}

TEST("memory behind an IOMMU joins pieces that lie in a row, and no others") {
  RawRing raw(8);
  auto iotlb = std::make_shared<Iotlb>();
  const auto memory = GuestMemory::Behind(iotlb, raw.memory());
  const uint64_t front = RawRing::kFrontendBase;
  REQUIRE(iotlb->Update(0, kPage, front, kBoth).ok());
  REQUIRE(iotlb->Update(kPage, kPage, front + kPage, kBoth).ok());
  REQUIRE(iotlb->Update(2 * kPage, kPage, front + 8 * kPage, kBoth).ok());
  const auto joined = memory->Resolve(16, 3 * kPage - 16, Iotlb::kRead);
  CHECK(joined.data == raw.At(RawRing::kGuestBase + 16));
  CHECK_EQ(joined.length, 2 * kPage - 16);
  CHECK(!joined.miss.has_value());
  CHECK(memory->Translate(AddressSpace::kIova, 0, 2 * kPage) != nullptr);
  CHECK(memory->Translate(AddressSpace::kIova, 0, 2 * kPage + 1) == nullptr);
  CHECK(memory->FindMiss(0, 3 * kPage, kBoth) == std::nullopt);
  CHECK(memory->FindMiss(0, 3 * kPage + 1, kBoth) == (TranslationMiss{3 * kPage, kBoth}));
}

TEST("memory behind an IOMMU tells what is missing together with what it found") {
  RawRing raw(8);
  auto iotlb = std::make_shared<Iotlb>();
  const auto memory = GuestMemory::Behind(iotlb, raw.memory());
  REQUIRE(iotlb->Update(0, kPage, RawRing::kFrontendBase, kBoth).ok());
  const auto first = memory->Resolve(0, 2 * kPage, Iotlb::kRead);
  CHECK_EQ(first.length, kPage);
  CHECK(first.miss == (TranslationMiss{kPage, Iotlb::kRead}));
}

TEST("guest and front-end addresses lead nowhere behind an IOMMU, nor do translations out of the table") {
  RawRing raw(8);
  auto iotlb = std::make_shared<Iotlb>();
  const auto memory = GuestMemory::Behind(iotlb, raw.memory());
  CHECK(memory->FromGuest(RawRing::kGuestBase, 1) == nullptr);
  CHECK(memory->FromFrontend(RawRing::kFrontendBase, 1) == nullptr);
  REQUIRE(iotlb->Update(0, kPage, RawRing::kFrontendBase + RawRing::kSize - 16, kBoth).ok());
  CHECK(memory->Resolve(0, 16, Iotlb::kRead).data != nullptr);
  const auto outside = memory->Resolve(0, kPage, Iotlb::kRead);
  CHECK(outside.data == nullptr && !outside.miss.has_value());
  CHECK(memory->Resolve(kMax, 2, Iotlb::kRead).data == nullptr);
}

}  // namespace
}  // namespace doorbell::iotlb_test
