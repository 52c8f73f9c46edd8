// How soon a notification arrives, by each of the ways it can take, between a driver on CPU 0 and whoever serves the ring
// on CPU 1. One frame at a time: the driver makes it available, notifies, and polls until it is completed. No hook in the
// code that is measured: what is told includes the way back, one cache line.
//
//   native_notify_latency [stay]
//
// Prints {"line":…,"sleeping":…,"polling":…,"relay":…,"seen":…,"mapped":…}, each {"p50Ns":…,"p99Ns":…}:
//   line      one way of a cache line that both sides poll
//   sleeping  eventfd to a worker that sleeps, to the frame's completion
//   polling   to a worker that polls the ring, and asked for no eventfd
//   relay     eventfd to a worker that stores to the device's doorbell
//   seen      store to the mapped doorbell until the device took it
//   mapped    store to the mapped doorbell, to the frame's completion
// With `stay` it is there until it is killed: what disturbed its threads can still be read.
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "base/scoped_mmap.h"
#include "device/emulated_device.h"
#include "net/data_path.h"
#include "net/ethernet.h"
#include "net/net_header.h"
#include "testing/raw_ring.h"
#include "virtq/now.h"

void doorbell::testing::Fail(const char* file, int line, const std::string& what) {
  std::fprintf(stderr, "%s:%d: %s\n", file, line, what.c_str());
  std::exit(1);
}

namespace doorbell {
namespace {

using testing::RawRing;
using testing::Signals;

constexpr int kSamples = 2000;
constexpr int kWarmUp = 200;
constexpr uint32_t kRingSize = 256;
constexpr uint32_t kFrame = 64;
// Until a worker sleeps, and within the time in which worker and device still poll.
constexpr uint64_t kLongPauseNs = 400'000;
constexpr uint64_t kShortPauseNs = 5'000;
constexpr uint64_t kGiveUpNs = 10'000'000'000;

void Pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  REQUIRE(sched_setaffinity(0, sizeof set, &set) == 0);
}

void Pause(uint64_t ns) {
  for (const uint64_t until = NowNs() + ns; NowNs() < until;) continue;
}

struct Quantiles {
  uint64_t p50;
  uint64_t p99;
};

Quantiles Of(std::vector<uint64_t> values) {
  std::sort(values.begin(), values.end());
  return {values[values.size() / 2], values[values.size() * 99 / 100]};
}

Quantiles CacheLine() {
  alignas(128) static std::atomic<unsigned> line{0};
  std::thread other([] {
    Pin(1);
    for (unsigned turn = 0; turn < kSamples + kWarmUp; ++turn) {
      while (line.load(std::memory_order_acquire) != 2 * turn + 1) continue;
      line.store(2 * turn + 2, std::memory_order_release);
    }
  });
  std::vector<uint64_t> values;
  for (unsigned turn = 0; turn < kSamples + kWarmUp; ++turn) {
    const uint64_t begin = NowNs();
    line.store(2 * turn + 1, std::memory_order_release);
    while (line.load(std::memory_order_acquire) != 2 * turn + 2) continue;
    if (turn >= kWarmUp) values.push_back((NowNs() - begin) / 2);
  }
  other.join();
  return Of(std::move(values));
}

class Driver {
 public:
  explicit Driver(DataPath& data_path) : ring_(kRingSize) {
    auto port = data_path.AddPort(nullptr);
    REQUIRE(port.ok());
    queue_ = data_path.AddQueue(QueueRole::kTx, port.value());
    // It polls; the interrupt's way is not measured.
    ring_.SetAvailFlags(1);
    for (uint16_t i = 0; i < kRingSize; ++i) {
      std::memset(ring_.Buffer(i), 0, kMaxNetHeader + kFrame);
      ring_.Describe(i, RawRing::BufferAddress(i), kMaxNetHeader + kFrame, 0);
    }
    REQUIRE(queue_->SetKick(kick_.fd()).ok());
    REQUIRE(queue_->Start(ring_.config(), ring_.memory(), 0).ok());
    queue_->SetEnabled(true);
  }
  ~Driver() { queue_->Close(); }

  EngineQueue& queue() { return *queue_; }

  // From `notify` to the completion of one frame; of every frame but the first few.
  template <typename Notify>
  Quantiles Measure(uint64_t pause_ns, Notify notify) {
    std::vector<uint64_t> values;
    for (int i = 0; i < kSamples + kWarmUp; ++i) {
      Pause(pause_ns);
      const uint64_t begin = NowNs();
      ring_.Offer(static_cast<uint16_t>(sent_++ % kRingSize));
      notify();
      while (ring_.used_idx() != sent_)
        if (NowNs() - begin > kGiveUpNs) testing::Fail(__FILE__, __LINE__, "the frame was not completed");
      if (i >= kWarmUp) values.push_back(NowNs() - begin);
    }
    return Of(std::move(values));
  }
  // As a driver does: an eventfd only where one is asked for.
  void Kick() {
    if ((ring_.used_flags() & 1) == 0) kick_.Send();
  }

 private:
  RawRing ring_;
  Signals kick_;
  std::shared_ptr<EngineQueue> queue_;
  uint16_t sent_ = 0;
};

void Print(const char* name, Quantiles value, const char* end) {
  std::printf("\"%s\":{\"p50Ns\":%llu,\"p99Ns\":%llu}%s", name, static_cast<unsigned long long>(value.p50),
              static_cast<unsigned long long>(value.p99), end);
}

int Run() {
  // The threads of data path and device inherit it.
  Pin(1);
  auto data_path = DataPath::Create(1);
  REQUIRE(data_path.ok());
  EmulatedDevice device(data_path.value()->network(), data_path.value()->ring_notice());
  auto device_queue = device.AddQueue();
  REQUIRE(device_queue.ok());
  Pin(0);

  const Quantiles line = CacheLine();
  Driver driver(*data_path.value());
  const Quantiles sleeping = driver.Measure(kLongPauseNs, [&] { driver.Kick(); });
  const Quantiles polling = driver.Measure(kShortPauseNs, [&] { driver.Kick(); });

  REQUIRE(driver.queue().HandOverTo(device_queue.value()).ok());
  const Quantiles relay = driver.Measure(kLongPauseNs, [&] { driver.Kick(); });
  auto page = ScopedMmap::MapShared(device_queue.value()->page_fd(), 0, device_queue.value()->page_size());
  REQUIRE(page.ok());
  // SAFETY: a mapped page; the guest's 16-bit store of the queue's index.
  auto* bell = reinterpret_cast<uint16_t*>(page.value().data());
  const auto ring = [bell] { __atomic_store_n(bell, uint16_t{1}, __ATOMIC_SEQ_CST); };
  std::vector<uint64_t> seen;
  const Quantiles mapped = driver.Measure(kShortPauseNs, ring);
  driver.Measure(kShortPauseNs, [&] {
    const uint64_t begin = NowNs();
    ring();
    while (__atomic_load_n(bell, __ATOMIC_SEQ_CST) == 1) continue;
    seen.push_back(NowNs() - begin);
  });
  REQUIRE(driver.queue().HandOverBack().ok());

  std::printf("{");
  Print("line", line, ",");
  Print("sleeping", sleeping, ",");
  Print("polling", polling, ",");
  Print("relay", relay, ",");
  Print("seen", Of(std::move(seen)), ",");
  Print("mapped", mapped, "}\n");
  return 0;
}

}  // namespace
}  // namespace doorbell

int main(int argc, char** argv) {
  const int code = doorbell::Run();
  std::fflush(stdout);
  if (argc == 2 && std::strcmp(argv[1], "stay") == 0) pause();
  return code;
}
