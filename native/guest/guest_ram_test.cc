#include "guest/guest_ram.h"

#include <array>
#include <cstdint>

#include "base/scoped_mmap.h"
#include "testing/test.h"

namespace doorbell {
namespace {

TEST("what is written to a guest's memory is seen by whoever maps its file") {
  Result<GuestRam> ram = GuestRam::Create(2 * PageSize());
  REQUIRE(ram.ok());
  Result<ScopedMmap> device = ScopedMmap::MapShared(ram.value().file().get(), 0, 2 * PageSize());
  REQUIRE(device.ok());
  const std::array<std::byte, 2> bytes = {std::byte{0x12}, std::byte{0x34}};

  ram.value().Write(PageSize(), bytes);
  ram.value().Store16(2, 0xbeef);
  device.value().data()[4] = std::byte{7};

  CHECK(device.value().data()[PageSize() + 1] == std::byte{0x34});
  CHECK(device.value().data()[2] == std::byte{0xef});
  CHECK_EQ(ram.value().Load16(4), 7);
}

TEST("a guest's memory holds exactly its size") {
  Result<GuestRam> ram = GuestRam::Create(PageSize());
  REQUIRE(ram.ok());

  CHECK(ram.value().Holds(0, PageSize()));
  CHECK(ram.value().Holds(PageSize(), 0));
  CHECK(!ram.value().Holds(1, PageSize()));
  CHECK(!ram.value().Holds(UINT64_MAX, 2));
}

TEST("a guest's memory that is not whole pages is refused") {
  CHECK(!GuestRam::Create(0).ok());
  CHECK(!GuestRam::Create(PageSize() + 1).ok());
}

}  // namespace
}  // namespace doorbell
