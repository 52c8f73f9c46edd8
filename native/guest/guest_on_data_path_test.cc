// The simulated guest and the real software path against each other.
#include "testing/guest_on_data_path.h"

#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "testing/test.h"
#include "virtq/now.h"

namespace doorbell::guest_on_data_path_test {
namespace {

using testing::GuestOnDataPath;

constexpr uint64_t kAll = kVersion1 | kEventIdx | kIndirectDesc;
constexpr uint64_t kLongNs = 60'000'000'000;

bool Eventually(const std::function<bool()>& condition) {
  const uint64_t deadline = NowNs() + kLongNs;
  while (!condition()) {
    if (NowNs() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

void StreamThrough(const SimulatedGuest::Config& config, uint32_t workers, uint32_t base) {
  auto data_path = DataPath::Create(workers);
  REQUIRE(data_path.ok());
  GuestOnDataPath vm(*data_path.value(), config, base);
  vm.guest().Run({Traffic::Kind::kStream, 0});
  CHECK(Eventually([&] { return vm.EachPairReceived(20'000); }));
  vm.DrainAndCheckFlawless();
}

TEST("the lab peer returns a stream whole with EVENT_IDX and INDIRECT") {
  StreamThrough({2, 256, kAll}, 1, 0);
}
TEST("the lab peer returns a stream whole with neither, from just before the wrap") {
  StreamThrough({2, 256, kVersion1}, 1, 0xffe0);
}
TEST("the lab peer returns a stream whole on the smallest rings and two workers") {
  StreamThrough({4, SimulatedGuest::kMinQueueSize, kVersion1 | kEventIdx}, 2, 7);
}

TEST("the lab peer returns a stream whole through packed rings") {
  StreamThrough({2, 256, kAll | kRingPacked}, 1, FirstBase(kRingPacked));
}
TEST("the lab peer returns a stream whole through packed rings with neither EVENT_IDX nor INDIRECT") {
  StreamThrough({2, 256, kVersion1 | kRingPacked}, 2, 0x00fb'00fb);
}
TEST("the lab peer returns a stream whole through the smallest packed rings") {
  StreamThrough({4, SimulatedGuest::kMinQueueSize, kAll | kRingPacked}, 2, 0x8003'8003);
}
TEST("the lab peer returns a stream whole with IN_ORDER in both formats") {
  StreamThrough({2, 64, kAll | kRingInOrder}, 1, 0xffe0);
  StreamThrough({2, 64, kVersion1 | kRingInOrder}, 1, 0);
  StreamThrough({2, 64, kAll | kRingPacked | kRingInOrder}, 1, FirstBase(kRingPacked));
  StreamThrough({2, 64, kVersion1 | kRingPacked | kRingInOrder}, 1, FirstBase(kRingPacked));
}
TEST("the lab peer returns a stream whole to a legacy driver with its header of 10 bytes") {
  StreamThrough({2, 64, kEventIdx | kIndirectDesc}, 1, 0);
  StreamThrough({2, 64, kMrgRxbuf}, 1, 0);
}

TEST("behind an IOMMU a stream comes back whole in both formats, while translations are taken away") {
  for (const uint64_t format : {uint64_t{0}, kRingPacked}) {
    auto data_path = DataPath::Create(2);
    REQUIRE(data_path.ok());
    const uint64_t features = kAll | kAccessPlatform | format;
    GuestOnDataPath vm(*data_path.value(), {2, 64, features}, format == 0 ? 0xffe0 : FirstBase(kRingPacked));
    vm.guest().Run({Traffic::Kind::kStream, 0});
    const SimulatedGuest::RingAddresses ring = vm.guest().ring(1);
    uint64_t turn = 0;
    CHECK(Eventually([&] {
      vm.Invalidate(turn % 2 == 0 ? ring.used : ring.desc, 1);
      if (++turn % 8 == 0) vm.Invalidate(0, 0);
      return turn > 64 && vm.EachPairReceived(5'000);
    }));
    vm.DrainAndCheckFlawless();
    CHECK(vm.answered_misses() > 100);
  }
}

TEST("pings wake the engine by kicks and the guest by calls") {
  auto data_path = DataPath::Create(1);
  REQUIRE(data_path.ok());
  GuestOnDataPath vm(*data_path.value(), {1, 64, kAll}, 0);
  vm.guest().Run({Traffic::Kind::kPing, 500});
  CHECK(Eventually([&] { return vm.EachPairReceived(50); }));
  vm.DrainAndCheckFlawless();
  CHECK(vm.Sample(1, QueueSample::kKicks) >= 25);
  CHECK(vm.Sample(0, QueueSample::kCalls) >= 25);
  CHECK_EQ(vm.Sample(1, QueueSample::kEngineDescriptors), static_cast<double>(vm.guest().Sample(0).sent));
}

}  // namespace
}  // namespace doorbell::guest_on_data_path_test
