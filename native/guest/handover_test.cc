// The proof of the handover: many queues change hands between the engine and the emulated device, each on its
// own clock, under full traffic, with the guest's notifications switched between eventfd and page at the same
// time. Nothing may be lost, duplicated, reordered or damaged.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "device/emulated_device.h"
#include "testing/guest_on_data_path.h"
#include "testing/test.h"
#include "virtq/now.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DOORBELL_SANITIZED 1
#else
#define DOORBELL_SANITIZED 0
#endif

namespace doorbell::handover_test {
namespace {

using testing::GuestOnDataPath;

constexpr uint64_t kAll = kVersion1 | kEventIdx | kIndirectDesc;
// Sanitizers slow everything tenfold, and find in a tenth of the handovers what they can find.
constexpr int kHandovers = DOORBELL_SANITIZED != 0 ? 400 : 2000;

class HandoverBench {
 public:
  HandoverBench(const SimulatedGuest::Config& config, uint32_t workers, uint32_t base) {
    auto data_path = DataPath::Create(workers);
    REQUIRE(data_path.ok());
    data_path_ = std::move(data_path).value();
    device_ = std::make_unique<EmulatedDevice>(data_path_->network(), data_path_->ring_notice());
    vm_ = std::make_unique<GuestOnDataPath>(*data_path_, config, base);
    for (uint32_t i = 0; i < vm_->guest().queue_count(); ++i) {
      auto queue = device_->AddQueue();
      REQUIRE(queue.ok());
      device_queues_.push_back(std::move(queue).value());
    }
    accelerated_.assign(device_queues_.size(), false);
  }
  ~HandoverBench() {
    for (uint32_t i = 0; i < accelerated_.size(); ++i)
      if (accelerated_[i]) Toggle(i);
    vm_.reset();
    device_->Close();
  }

  GuestOnDataPath& vm() { return *vm_; }

  // In the engine's order: start the device, then map the page; unmap the page, then take the ring back.
  void Toggle(uint32_t index) {
    EngineQueue& queue = vm_->queue(index);
    DeviceQueue& device = *device_queues_[index];
    const bool begin = !accelerated_[index];
    if (!begin) vm_->guest().UnmapNotify(index);
    const uint64_t before = NowNs();
    const auto done = begin ? queue.HandOverTo(device_queues_[index]) : queue.HandOverBack();
    calls_.push_back(NowNs() - before);
    REQUIRE(done.ok());
    if (begin) CHECK(vm_->guest().MapNotify(index, device.page_fd(), 0, device.page_size()).ok());
    accelerated_[index] = begin;
  }

  // Until the new owner of the queue has completed something; notes the blackout where something waited.
  void AwaitProgress(uint32_t index) {
    const uint64_t deadline = NowNs() + 60'000'000'000;
    const double begin = Completed(index);
    while (Completed(index) == begin) {
      REQUIRE(NowNs() < deadline);
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
    const double blackout = vm_->Sample(index, QueueSample::kBlackoutNs);
    if (blackout > 0) blackouts_.push_back(static_cast<uint64_t>(blackout));
  }

  // Every frame was taken once from a tx ring, by one of the two, and both had their share.
  void CheckDescriptors() {
    double engine = 0;
    double device = 0;
    double sent = 0;
    for (uint32_t i = 0; i < accelerated_.size(); ++i) {
      if (i % 2 == 0) continue;
      engine += vm_->Sample(i, QueueSample::kEngineDescriptors);
      device += vm_->Sample(i, QueueSample::kDeviceDescriptors);
      sent += static_cast<double>(vm_->guest().Sample(i / 2).sent);
    }
    CHECK_EQ(engine + device, sent);
    CHECK(engine > 0);
    CHECK(device > 0);
  }

  void Report(const char* what) {
    std::printf("    %s: %zu handovers, %zu of them of a ring with work waiting\n", what, calls_.size(),
                blackouts_.size());
    std::printf("      blackout   %s\n      whole call %s\n", Quantiles(blackouts_).c_str(),
                Quantiles(calls_).c_str());
  }

 private:
  double Completed(uint32_t index) const {
    return vm_->Sample(index, QueueSample::kEngineDescriptors) +
           vm_->Sample(index, QueueSample::kDeviceDescriptors);
  }

  static std::string Quantiles(std::vector<uint64_t> values) {
    if (values.empty()) return "—";
    std::sort(values.begin(), values.end());
    const auto at = [&values](double fraction) {
      return static_cast<double>(
                 values[static_cast<size_t>(fraction * static_cast<double>(values.size() - 1))]) /
             1000;
    };
    char text[100];
    std::snprintf(text, sizeof text, "p50 %.1f µs p99 %.1f µs max %.1f µs", at(0.5), at(0.99), at(1));
    return text;
  }

  std::unique_ptr<DataPath> data_path_;
  std::unique_ptr<EmulatedDevice> device_;
  std::unique_ptr<GuestOnDataPath> vm_;
  std::vector<std::shared_ptr<DeviceQueue>> device_queues_;
  std::vector<bool> accelerated_;
  std::vector<uint64_t> blackouts_;
  std::vector<uint64_t> calls_;
};

// kAtOnce: the next handover comes mostly before the new owner did anything. kServing: when it has served.
enum class Pace { kAtOnce, kServing };

void Stress(const char* what, const SimulatedGuest::Config& config, uint32_t workers, uint32_t base,
            const Traffic& traffic, Pace pace) {
  HandoverBench bench(config, workers, base);
  const uint32_t queues = bench.vm().guest().queue_count();
  std::minstd_rand random(base + 1u);
  bench.vm().guest().Run(traffic);
  for (int i = 0; i < kHandovers; ++i) {
    const uint32_t queue = static_cast<uint32_t>(random()) % queues;
    bench.Toggle(queue);
    if (pace == Pace::kServing) bench.AwaitProgress(queue);
    if (pace == Pace::kAtOnce && random() % 4 == 0)
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 500));
  }
  bench.vm().DrainAndCheckFlawless();
  bench.CheckDescriptors();
  bench.Report(what);
}

constexpr Traffic kFlood{Traffic::Kind::kStream, 0};

TEST("eight queues toggled independently under a flood lose nothing") {
  Stress("flood, 8 queues", {4, 256, kAll}, 1, 0, kFlood, Pace::kServing);
}
TEST("eight queues toggled at once again and again under a flood lose nothing") {
  Stress("flood, 8 queues, at once", {4, 256, kAll}, 1, 3, kFlood, Pace::kAtOnce);
}
TEST("eight queues toggled independently lose nothing with neither EVENT_IDX nor INDIRECT and two workers") {
  Stress("flood, no EVENT_IDX", {4, 128, kVersion1}, 2, 0xff00, kFlood, Pace::kServing);
}
TEST("sixteen queues toggled independently on tiny rings lose nothing") {
  Stress("flood, 16 queues of 8", {8, 8, kAll}, 2, 0x7ff0, kFlood, Pace::kAtOnce);
}
TEST("eight packed queues toggled independently under a flood lose nothing") {
  Stress("flood, 8 packed queues", {4, 256, kAll | kRingPacked}, 1, FirstBase(kRingPacked), kFlood,
         Pace::kServing);
}
TEST("sixteen packed queues toggled independently on tiny rings lose nothing") {
  Stress("flood, 16 packed queues of 8", {8, 8, kVersion1 | kRingPacked}, 2, 0x0007'0007, kFlood,
         Pace::kAtOnce);
}
TEST("packed queues toggled with IN_ORDER and NOTIFICATION_DATA lose nothing") {
  Stress("flood, packed, in order", {4, 64, kAll | kRingPacked | kRingInOrder | kNotificationData}, 1,
         FirstBase(kRingPacked), kFlood, Pace::kAtOnce);
}
TEST("split queues toggled with IN_ORDER and NOTIFICATION_DATA lose nothing") {
  Stress("flood, split, in order", {4, 64, kAll | kRingInOrder | kNotificationData}, 1, 0xfff0, kFlood,
         Pace::kServing);
}
TEST("packed queues toggled while they are mostly empty lose nothing and never stall") {
  Stress("ping 1000/s, 8 packed queues", {4, 64, kAll | kRingPacked}, 1, FirstBase(kRingPacked),
         {Traffic::Kind::kPing, 1000}, Pace::kServing);
}
TEST("queues toggled while they are mostly empty lose nothing and never stall") {
  Stress("ping 1000/s, 8 queues", {4, 64, kAll}, 1, 0, {Traffic::Kind::kPing, 1000}, Pace::kServing);
}

}  // namespace
}  // namespace doorbell::handover_test
