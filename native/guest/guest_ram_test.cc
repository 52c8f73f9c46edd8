#include "guest/guest_ram.h"

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <thread>

#include "base/scoped_mmap.h"
#include "testing/test.h"

namespace doorbell::guest_ram_test {
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

TEST("what is taken out of a guest's memory leaves zeroes there and nothing else changed") {
  Result<GuestRam> ram = GuestRam::Create(PageSize());
  REQUIRE(ram.ok());
  Result<ScopedMmap> device = ScopedMmap::MapShared(ram.value().file().get(), 0, PageSize());
  REQUIRE(device.ok());
  device.value().data()[7] = std::byte{1};
  device.value().data()[8] = std::byte{0x80};
  device.value().data()[24] = std::byte{2};
  std::array<std::byte, 16> taken = {};

  ram.value().Take(8, taken);

  CHECK(taken[0] == std::byte{0x80});
  CHECK(taken[8] == std::byte{0});
  CHECK(device.value().data()[7] == std::byte{1});
  CHECK(device.value().data()[8] == std::byte{0});
  CHECK(device.value().data()[24] == std::byte{2});
}

TEST("bits that are set while a guest's memory is taken are each taken once") {
  constexpr uint64_t kBits = 20000;
  Result<GuestRam> ram = GuestRam::Create(PageSize());
  REQUIRE(ram.ok());
  Result<ScopedMmap> device = ScopedMmap::MapShared(ram.value().file().get(), 0, PageSize());
  REQUIRE(device.ok());
  std::atomic<uint64_t> newly_set{0};
  std::atomic<bool> ended{false};
  std::thread marks([&] {
    std::atomic_ref<uint64_t> word(*reinterpret_cast<uint64_t*>(device.value().data()));
    for (uint64_t i = 0; i < kBits; i++) {
      const uint64_t bit = uint64_t{1} << (i % 64);
      if ((word.fetch_or(bit, std::memory_order_acq_rel) & bit) == 0) newly_set++;
    }
    ended = true;
  });
  uint64_t taken = 0;
  for (bool last = false; !last;) {
    last = ended;
    std::array<std::byte, 8> word = {};
    ram.value().Take(0, word);
    for (const std::byte byte : word) taken += std::popcount(std::to_integer<uint8_t>(byte));
  }
  marks.join();

  CHECK_EQ(taken, newly_set.load());
}

TEST("a guest's memory that is not whole pages is refused") {
  CHECK(!GuestRam::Create(0).ok());
  CHECK(!GuestRam::Create(PageSize() + 1).ok());
}

}  // namespace
}  // namespace doorbell::guest_ram_test
