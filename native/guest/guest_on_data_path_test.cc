// The simulated guest and the real software path against each other.
#include "testing/guest_on_data_path.h"

#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "testing/test.h"
#include "virtq/now.h"

namespace doorbell {
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

void StreamThrough(const SimulatedGuest::Config& config, uint32_t workers, uint16_t base) {
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
}  // namespace doorbell
