// How long a ring is without an owner when it goes from the engine to the emulated device and back: from the last
// descriptor that the old owner took to the first of the new one, where something waited. Sixteen queues, one after the
// other in random order, a random rest before each.
//
//   native_blackout idle|load TOGGLES SEED [packed]
//
// idle: 500 single frames a second in each pair. load: a stream. Prints {"toggles":…,"waited":{…},"undisturbed":{…}},
// each {"count":…,"p50Ns":…,"p99Ns":…,"maxNs":…}: all toggles of a ring where something waited, and those of them in
// whose time, from the command to the new owner's first completion, no thread of this process was switched out against
// its will and no hypervisor took a CPU. Every frame must have come back once, in order and whole, else it ends with 1.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
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

void doorbell::testing::Fail(const char* file, int line, const std::string& what) {
  std::fprintf(stderr, "%s:%d: %s\n", file, line, what.c_str());
  std::exit(1);
}

namespace doorbell {
namespace {

constexpr uint32_t kPairs = 8;
constexpr uint32_t kRingSize = 256;
constexpr uint32_t kIdleRate = 500;
constexpr uint64_t kPatienceNs = 10'000'000'000;
constexpr uint64_t kRestUs = 1000;

// What others took from this process so far.
struct Disturbance {
  long involuntary = 0;
  uint64_t steal = 0;
  bool operator==(const Disturbance&) const = default;
};

Disturbance Disturbed() {
  Disturbance now;
  if (std::FILE* file = std::fopen("/proc/stat", "r"); file != nullptr) {
    unsigned long long steal = 0;
    if (std::fscanf(file, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &steal) == 1) now.steal = steal;
    std::fclose(file);
  }
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  now.involuntary = usage.ru_nivcsw;
  return now;
}

class Bench {
 public:
  explicit Bench(bool packed) {
    auto data_path = DataPath::Create(1);
    REQUIRE(data_path.ok());
    data_path_ = std::move(data_path).value();
    device_ = std::make_unique<EmulatedDevice>(data_path_->network(), data_path_->ring_notice());
    const uint64_t features = kVersion1 | kEventIdx | kIndirectDesc | (packed ? kRingPacked : 0);
    const SimulatedGuest::Config config{.queue_pairs = kPairs, .queue_size = kRingSize, .features = features};
    vm_ = std::make_unique<testing::GuestOnDataPath>(*data_path_, config, FirstBase(features));
    for (uint32_t i = 0; i < 2 * kPairs; ++i) {
      auto queue = device_->AddQueue();
      REQUIRE(queue.ok());
      device_queues_.push_back(std::move(queue).value());
    }
    accelerated_.assign(device_queues_.size(), false);
  }
  ~Bench() {
    vm_.reset();
    device_->Close();
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  testing::GuestOnDataPath& vm() { return *vm_; }

  // In the engine's order: start the device, then map the page; unmap the page, then take the ring back.
  void Toggle(uint32_t index) {
    EngineQueue& queue = vm_->queue(index);
    const bool begin = !accelerated_[index];
    if (!begin) vm_->guest().UnmapNotify(index);
    const double completed = Completed(index);
    const Disturbance before = Disturbed();
    const auto done = begin ? queue.HandOverTo(device_queues_[index]) : queue.HandOverBack();
    REQUIRE(done.ok());
    const bool waited = vm_->Sample(index, QueueSample::kBlackoutNs) > 0;
    const uint64_t deadline = NowNs() + kPatienceNs;
    while (waited && Completed(index) == completed) {
      REQUIRE(NowNs() < deadline);
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
    const bool undisturbed = Disturbed() == before;
    if (begin) {
      DeviceQueue& device = *device_queues_[index];
      REQUIRE(vm_->guest().MapNotify(index, device.page_fd(), 0, device.page_size()).ok());
    }
    accelerated_[index] = begin;
    if (!waited) return;
    const auto blackout = static_cast<uint64_t>(vm_->Sample(index, QueueSample::kBlackoutNs));
    waited_.push_back(blackout);
    if (undisturbed) undisturbed_.push_back(blackout);
  }

  void TakeBack() {
    for (uint32_t i = 0; i < accelerated_.size(); ++i)
      if (accelerated_[i]) Toggle(i);
  }

  void Print(int toggles) const {
    std::printf("{\"toggles\":%d,\"waited\":%s,\"undisturbed\":%s}\n", toggles, Quantiles(waited_).c_str(),
                Quantiles(undisturbed_).c_str());
  }

 private:
  double Completed(uint32_t index) const {
    return vm_->Sample(index, QueueSample::kEngineDescriptors) + vm_->Sample(index, QueueSample::kDeviceDescriptors);
  }

  static std::string Quantiles(std::vector<uint64_t> values) {
    if (values.empty()) return "{\"count\":0,\"p50Ns\":null,\"p99Ns\":null,\"maxNs\":null}";
    std::sort(values.begin(), values.end());
    const auto at = [&values](size_t percent) {
      return static_cast<unsigned long long>(values[(values.size() - 1) * percent / 100]);
    };
    char text[160];
    std::snprintf(text, sizeof text, "{\"count\":%zu,\"p50Ns\":%llu,\"p99Ns\":%llu,\"maxNs\":%llu}", values.size(), at(50),
                  at(99), at(100));
    return text;
  }

  std::unique_ptr<DataPath> data_path_;
  std::unique_ptr<EmulatedDevice> device_;
  std::unique_ptr<testing::GuestOnDataPath> vm_;
  std::vector<std::shared_ptr<DeviceQueue>> device_queues_;
  std::vector<bool> accelerated_;
  std::vector<uint64_t> waited_;
  std::vector<uint64_t> undisturbed_;
};

void Run(const Traffic& traffic, int toggles, uint32_t seed, bool packed) {
  Bench bench(packed);
  std::minstd_rand random(seed);
  bench.vm().guest().Run(traffic);
  for (int i = 0; i < toggles; ++i) {
    std::this_thread::sleep_for(std::chrono::microseconds(random() % kRestUs));
    bench.Toggle(static_cast<uint32_t>(random() % (2 * kPairs)));
  }
  bench.TakeBack();
  bench.vm().DrainAndCheckFlawless();
  bench.Print(toggles);
}

}  // namespace
}  // namespace doorbell

int main(int argc, char** argv) {
  using doorbell::Traffic;
  if (argc != 4 && argc != 5) {
    std::fprintf(stderr, "usage: %s idle|load TOGGLES SEED [packed]\n", argv[0]);
    return 2;
  }
  const Traffic traffic = std::strcmp(argv[1], "load") == 0 ? Traffic{Traffic::Kind::kStream, 0}
                                                            : Traffic{Traffic::Kind::kPing, doorbell::kIdleRate};
  const auto seed = static_cast<uint32_t>(std::strtoul(argv[3], nullptr, 10));
  doorbell::Run(traffic, std::atoi(argv[2]), seed, argc == 5);
}
