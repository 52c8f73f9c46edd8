#include "mem/guest_memory.h"

#include <unistd.h>

#include <array>
#include <fstream>

#include "base/scoped_fd.h"
#include "io/eventfd.h"
#include "io/memfd.h"
#include "testing/test.h"

namespace doorbell::guest_memory_test {
namespace {

constexpr uint64_t kMax = ~uint64_t{0};
constexpr uint64_t kPage = 4096;
constexpr uint64_t kGuest = 0x1'0000'0000;
constexpr uint64_t kFrontend = 0x7f00'0000'0000;

ScopedFd NewMemfd(uint64_t size) {
  Result<ScopedFd> fd = CreateMemfd("guest", size);
  REQUIRE(fd.ok());
  return std::move(fd).value();
}

std::shared_ptr<GuestMemory> MapAll(std::span<const RegionSpec> specs) {
  Result<std::shared_ptr<GuestMemory>> memory = GuestMemory::Map(specs);
  REQUIRE(memory.ok());
  return std::move(memory).value();
}

std::string RefusalOf(const RegionSpec& spec) {
  const Result<std::shared_ptr<GuestMemory>> memory = GuestMemory::Map({&spec, 1});
  return memory.ok() ? "accepted" : memory.error().code;
}

bool MapsContain(const std::string& name) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    if (line.find(name) != std::string::npos) return true;
  return false;
}

TEST("both address spaces of a region lead to the same byte") {
  const ScopedFd fd = NewMemfd(4 * kPage);
  const RegionSpec spec = {kGuest, 2 * kPage, kFrontend, kPage, fd.get()};
  const auto memory = MapAll({&spec, 1});
  std::byte* host = memory->FromGuest(kGuest + 10, 4);
  REQUIRE(host != nullptr);
  CHECK(host == memory->FromFrontend(kFrontend + 10, 4));
  *host = std::byte{42};
  std::byte read{};
  REQUIRE(pread(fd.get(), &read, 1, kPage + 10) == 1);
  CHECK(read == std::byte{42});
}

TEST("translation stops exactly at the ends of a region") {
  const ScopedFd fd = NewMemfd(kPage);
  const RegionSpec spec = {kGuest, kPage, kFrontend, 0, fd.get()};
  const auto memory = MapAll({&spec, 1});
  CHECK(memory->FromGuest(kGuest, kPage) != nullptr);
  CHECK(memory->FromGuest(kGuest + kPage - 1, 1) != nullptr);
  CHECK(memory->FromGuest(kGuest + kPage - 1, 0) != nullptr);
  CHECK(memory->FromGuest(kGuest, kPage + 1) == nullptr);
  CHECK(memory->FromGuest(kGuest + 1, kPage) == nullptr);
  CHECK(memory->FromGuest(kGuest + kPage, 0) == nullptr);
  CHECK(memory->FromGuest(kGuest - 1, 1) == nullptr);
}

TEST("lengths and addresses near 2^64 do not wrap into a region") {
  const ScopedFd fd = NewMemfd(kPage);
  const RegionSpec spec = {kGuest, kPage, kFrontend, 0, fd.get()};
  const auto memory = MapAll({&spec, 1});
  CHECK(memory->FromGuest(kGuest + 1, kMax) == nullptr);
  CHECK(memory->FromGuest(kMax, kGuest + 2) == nullptr);
  CHECK(memory->FromGuest(kMax, kMax) == nullptr);
  CHECK(memory->FromGuest(0, kMax) == nullptr);
}

TEST("a range across two adjacent regions is refused") {
  const ScopedFd fd = NewMemfd(2 * kPage);
  const std::array specs = {RegionSpec{kGuest + kPage, kPage, kFrontend + kPage, kPage, fd.get()},
                            RegionSpec{kGuest, kPage, kFrontend, 0, fd.get()}};
  const auto memory = MapAll(specs);
  CHECK(memory->FromGuest(kGuest + kPage - 4, 4) != nullptr);
  CHECK(memory->FromGuest(kGuest + kPage, 4) != nullptr);
  CHECK(memory->FromGuest(kGuest + kPage - 4, 8) == nullptr);
}

TEST("a hole between regions belongs to nobody") {
  const ScopedFd fd = NewMemfd(2 * kPage);
  const std::array specs = {RegionSpec{0, kPage, kFrontend, 0, fd.get()},
                            RegionSpec{kGuest, kPage, kFrontend + kPage, kPage, fd.get()}};
  const auto memory = MapAll(specs);
  CHECK(memory->FromGuest(kPage, 1) == nullptr);
  CHECK(memory->FromGuest(kGuest - 1, 1) == nullptr);
  CHECK(memory->FromGuest(kGuest, 1) != nullptr);
}

TEST("an offset that is not a page boundary is mapped all the same") {
  const ScopedFd fd = NewMemfd(2 * kPage);
  const RegionSpec spec = {kGuest, 100, kFrontend, kPage - 50, fd.get()};
  const auto memory = MapAll({&spec, 1});
  std::byte* host = memory->FromGuest(kGuest, 100);
  REQUIRE(host != nullptr);
  *host = std::byte{7};
  std::byte read{};
  REQUIRE(pread(fd.get(), &read, 1, kPage - 50) == 1);
  CHECK(read == std::byte{7});
}

TEST("tables that cannot be true are refused by name") {
  const ScopedFd fd = NewMemfd(kPage);
  CHECK_EQ(RefusalOf({kGuest, 0, kFrontend, 0, fd.get()}), "region-empty");
  CHECK_EQ(RefusalOf({kMax, 2, kFrontend, 0, fd.get()}), "region-overflow");
  CHECK_EQ(RefusalOf({kGuest, 2, kMax, 0, fd.get()}), "region-overflow");
  CHECK_EQ(RefusalOf({kGuest, kPage, kFrontend, kMax, fd.get()}), "region-overflow");
  CHECK_EQ(RefusalOf({kGuest, kPage + 1, kFrontend, 0, fd.get()}), "region-beyond-file");
  CHECK_EQ(RefusalOf({kGuest, kPage, kFrontend, 1, fd.get()}), "region-beyond-file");
  CHECK_EQ(RefusalOf({kGuest, kPage, kFrontend, 0, -1}), "EBADF");
}

TEST("a region of a file that cannot be mapped is refused with the errno") {
  const Result<ScopedFd> eventfd = CreateEventfd();
  REQUIRE(eventfd.ok());
  CHECK_EQ(RefusalOf({kGuest, kPage, kFrontend, 0, eventfd.value().get()}), "ENODEV");
  CHECK_EQ(RefusalOf({kGuest, kMax / 2 + 1, 0, 0, eventfd.value().get()}), "region-overflow");
}

TEST("regions that overlap in either address space are refused and leave nothing mapped") {
  Result<ScopedFd> fd = CreateMemfd("overlapping", 2 * kPage);
  const int number = fd.value().get();
  const std::array in_guest = {RegionSpec{kGuest, kPage, kFrontend, 0, number},
                               RegionSpec{kGuest + 1, kPage, kFrontend + kPage, kPage, number}};
  CHECK_EQ(GuestMemory::Map(in_guest).error().code, "regions-overlap");
  const std::array in_frontend = {RegionSpec{kGuest, kPage, kFrontend, 0, number},
                                  RegionSpec{kGuest + kPage, kPage, kFrontend, kPage, number}};
  CHECK_EQ(GuestMemory::Map(in_frontend).error().code, "regions-overlap");
  CHECK(!MapsContain("memfd:overlapping"));
}

TEST("too many regions are refused before any is mapped") {
  const std::vector<RegionSpec> specs(GuestMemory::kMaxRegions + 1);
  CHECK_EQ(GuestMemory::Map(specs).error().code, "too-many-regions");
}

TEST("an empty table is valid and translates nothing") {
  const auto memory = MapAll({});
  CHECK(memory->FromGuest(0, 0) == nullptr);
}

TEST("a generation is unmapped when its last holder lets go") {
  Result<ScopedFd> fd = CreateMemfd("counted", kPage);
  const RegionSpec spec = {kGuest, kPage, kFrontend, 0, fd.value().get()};
  std::shared_ptr<GuestMemory> one = MapAll({&spec, 1});
  std::shared_ptr<GuestMemory> other = one;
  one.reset();
  CHECK(MapsContain("memfd:counted"));
  other.reset();
  CHECK(!MapsContain("memfd:counted"));
}

}  // namespace
}  // namespace doorbell::guest_memory_test
