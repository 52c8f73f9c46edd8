// A device that can start a ring at its first index only: under traffic the engine stops exactly there, the device
// goes on, and no frame is lost, doubled or reordered.
#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>

#include "device/emulated_device.h"
#include "testing/guest_on_data_path.h"
#include "testing/test.h"

namespace doorbell::wrap_handover_test {
namespace {

using testing::GuestOnDataPath;

constexpr uint64_t kAll = kVersion1 | kEventIdx | kIndirectDesc;
// 256 descriptors before the 16-bit index wraps.
constexpr uint16_t kNearTheWrap = 0xff00;

bool Await(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  return true;
}

class WrapBench {
 public:
  explicit WrapBench(uint16_t base) {
    auto data_path = DataPath::Create(1);
    REQUIRE(data_path.ok());
    data_path_ = std::move(data_path).value();
    device_ = std::make_unique<EmulatedDevice>(data_path_->network(), data_path_->ring_notice(), true);
    vm_ = std::make_unique<GuestOnDataPath>(*data_path_, SimulatedGuest::Config{1, 256, kAll}, base);
    for (auto& queue : queues_) {
      auto made = device_->AddQueue();
      REQUIRE(made.ok());
      queue = std::move(made).value();
    }
  }
  ~WrapBench() {
    for (uint32_t i = 0; i < 2; ++i) [[maybe_unused]] const auto back = vm_->queue(i).HandOverBack();
    vm_.reset();
    device_->Close();
  }

  GuestOnDataPath& vm() { return *vm_; }
  DataPath& data_path() { return *data_path_; }
  const std::shared_ptr<DeviceQueue>& device_queue(uint32_t index) { return queues_[index]; }
  bool AwaitHeld(uint32_t index) {
    return Await([&] { return vm_->Sample(index, QueueSample::kToStart) == 0; });
  }

 private:
  std::unique_ptr<DataPath> data_path_;
  std::unique_ptr<EmulatedDevice> device_;
  std::unique_ptr<GuestOnDataPath> vm_;
  std::array<std::shared_ptr<DeviceQueue>, 2> queues_;
};

TEST("both rings of a pair go to a zero-only device at the wrap under a flood and lose nothing") {
  constexpr int kCycles = 10;
  for (int cycle = 0; cycle < kCycles; ++cycle) {
    WrapBench bench(kNearTheWrap);
    std::atomic<int> notices{0};
    bench.data_path().ring_notice()->SetListener([&notices] { ++notices; });
    for (uint32_t i = 0; i < 2; ++i) bench.vm().queue(i).SetHoldAtStart(true);
    bench.vm().guest().Run({Traffic::Kind::kStream, 0});
    for (const uint32_t index : {1u, 0u}) {
      REQUIRE(bench.AwaitHeld(index));
      const auto handover = bench.vm().queue(index).HandOverTo(bench.device_queue(index));
      REQUIRE(handover.ok());
      CHECK_EQ(handover.value().base, 0u);
    }
    CHECK(notices.load() >= 2);
    CHECK(Await([&bench] { return bench.vm().Sample(1, QueueSample::kDeviceDescriptors) > 300; }));
    for (uint32_t i = 0; i < 2; ++i) CHECK(bench.vm().queue(i).HandOverBack().ok());
    bench.vm().DrainAndCheckFlawless();
    bench.data_path().ring_notice()->SetListener(nullptr);
    CHECK_EQ(bench.vm().Sample(1, QueueSample::kEngineDescriptors) +
                 bench.vm().Sample(1, QueueSample::kDeviceDescriptors),
             static_cast<double>(bench.vm().guest().Sample(0).sent));
  }
}

TEST("a ring that is held before it takes anything at index 0 goes to a zero-only device at once") {
  WrapBench bench(0);
  CHECK(!bench.vm().queue(1).HandOverTo(bench.device_queue(1)).ok());
  bench.vm().queue(1).SetHoldAtStart(true);
  bench.vm().guest().Run({Traffic::Kind::kPing, 1000});
  CHECK(bench.vm().queue(1).HandOverTo(bench.device_queue(1)).ok());
  CHECK(Await([&bench] { return bench.vm().Sample(1, QueueSample::kDeviceDescriptors) > 10; }));
  CHECK_EQ(bench.vm().Sample(1, QueueSample::kEngineDescriptors), 0.0);
  bench.vm().DrainAndCheckFlawless();
}

TEST("a ring elsewhere is refused by a zero-only device, and one let go of its hold is served on past index 0") {
  WrapBench bench(kNearTheWrap);
  CHECK_EQ(bench.vm().Sample(1, QueueSample::kToStart), 256.0);
  bench.vm().queue(1).SetHoldAtStart(true);
  CHECK(!bench.vm().queue(1).HandOverTo(bench.device_queue(1)).ok());
  bench.vm().guest().Run({Traffic::Kind::kStream, 0});
  REQUIRE(bench.AwaitHeld(1));
  CHECK_EQ(bench.vm().Sample(1, QueueSample::kEngineDescriptors), 256.0);
  bench.vm().queue(1).SetHoldAtStart(false);
  CHECK(Await([&bench] { return bench.vm().Sample(1, QueueSample::kEngineDescriptors) > 1000; }));
  bench.vm().DrainAndCheckFlawless();
}

}  // namespace
}  // namespace doorbell::wrap_handover_test
