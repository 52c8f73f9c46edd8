#include "device/device_thread.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "virtq/now.h"

namespace doorbell {

namespace {

// A guest that rang may ring again soon.
constexpr uint64_t kSpinNs = 10'000'000;
// What bounds the latency of a doorbell that ends a pause; after a long one a nap may be longer, because waking up
// for nothing is all that an idle device costs.
constexpr uint64_t kNapNs = 1'000'000;
constexpr uint64_t kLongPauseNs = 1'000'000'000;
constexpr uint64_t kLongNapNs = 1'500'000;
// Between two polls of an idle device there are so many naps, each of which ends with a look at the doorbells alone:
// touching all that a poll touches costs as much again as waking up, since others use the caches meanwhile.
constexpr int kNapsPerPoll = 64;
// A spinning thread that found nothing for this long offers its CPU to the guest it waits for.
constexpr uint64_t kPoliteNs = 100'000;
// An offer that was taken for this long: others need the CPU. For a while the thread naps instead of spinning,
// because a scheduler lets one that slept go first, and one that burned its share wait.
constexpr uint64_t kTakenNs = 20'000;
constexpr uint64_t kCrowdedNs = 10'000'000;
constexpr long kShortNapNs = 50'000;
// How late a nap may end; the system's default would double the short one.
constexpr unsigned long kTimerSlackNs = 5'000;

}  // namespace

DeviceThread::DeviceThread(std::shared_ptr<Switch> network) : switch_(std::move(network)) {
  thread_ = Thread("sim-device", [this] { Run(); });
}

void DeviceThread::Stop() {
  if (!thread_.joinable()) return;
  cpu_ns_when_stopped_ = thread_.CpuNs();
  {
    const std::lock_guard lock(mutex_);
    stopping_.store(true);
  }
  WakeNow();
  thread_.Join();
  const std::lock_guard lock(mutex_);
  queues_.clear();
}

void DeviceThread::OfferCpu(uint64_t now_ns) {
  if (now_ns < crowded_until_ns_) {
    const timespec nap{.tv_sec = 0, .tv_nsec = kShortNapNs};
    nanosleep(&nap, nullptr);
    return;
  }
  sched_yield();
  const uint64_t after_ns = NowNs();
  if (after_ns - now_ns > kTakenNs) crowded_until_ns_ = after_ns + kCrowdedNs;
}

bool DeviceThread::Add(std::shared_ptr<PolledQueue> queue) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_.load()) return false;
    queues_.push_back(std::move(queue));
    version_.fetch_add(1);
  }
  WakeNow();
  return true;
}

void DeviceThread::Remove(const std::shared_ptr<PolledQueue>& queue) {
  {
    const std::lock_guard lock(mutex_);
    std::erase(queues_, queue);
    version_.fetch_add(1);
  }
  WakeNow();
}

void DeviceThread::Wake() {
  // seq_cst on both sides: either the thread sees what the caller stored before, or we see it asleep.
  if (asleep_.load()) WakeNow();
}

void DeviceThread::WakeNow() {
  // Release: who sees it sees what it was called for. Whoever stored it first has called the kernel or will.
  if (wake_.exchange(1, std::memory_order_acq_rel) == 0)
    syscall(SYS_futex, &wake_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

bool DeviceThread::Sleep(uint64_t limit_ns) {
  const timespec limit{.tv_sec = static_cast<time_t>(limit_ns / 1'000'000'000),
                       .tv_nsec = static_cast<long>(limit_ns % 1'000'000'000)};
  // The kernel compares before it waits: a wake-up between here and there is not lost. Waking for nothing costs a poll.
  syscall(SYS_futex, &wake_, FUTEX_WAIT_PRIVATE, 0, limit_ns == 0 ? nullptr : &limit, nullptr, 0);
  return wake_.load(std::memory_order_relaxed) != 0 && wake_.exchange(0, std::memory_order_acquire) != 0;
}

void DeviceThread::Nap(const std::vector<DoorbellWord>& doorbells, uint64_t nap_ns) {
  for (int naps = 0; naps < kNapsPerPoll; ++naps) {
    if (Sleep(nap_ns)) return;
    for (const DoorbellWord& doorbell : doorbells)
      if (doorbell.rung()) return;
  }
}

void DeviceThread::Run() {
  prctl(PR_SET_TIMERSLACK, kTimerSlackNs);
  Forwarder forwarder(*switch_, domain_);
  std::vector<std::shared_ptr<PolledQueue>> queues;
  std::vector<DoorbellWord> doorbells;
  uint64_t known_version = 0;
  uint64_t last_rung_ns = 0;
  uint64_t last_work_ns = 0;
  while (!stopping_.load(std::memory_order_relaxed)) {
    if (version_.load(std::memory_order_acquire) != known_version) {
      const std::lock_guard lock(mutex_);
      queues = queues_;
      doorbells.clear();
      for (const std::shared_ptr<PolledQueue>& queue : queues) doorbells.push_back(queue->doorbell());
      known_version = version_.load();
      last_rung_ns = NowNs();
    }
    const bool was_asleep = asleep_.load(std::memory_order_relaxed);
    Polled most = Polled::kQuiet;
    for (const std::shared_ptr<PolledQueue>& queue : queues) most = std::max(most, queue->Poll(forwarder));

    const uint64_t now = NowNs();
    if (most == Polled::kRung) last_rung_ns = now;
    if (most != Polled::kQuiet) {
      last_work_ns = now;
      asleep_.store(false);
      continue;
    }
    if (now - last_rung_ns < kSpinNs && !queues.empty()) {
      asleep_.store(false, std::memory_order_relaxed);
      if (now - last_work_ns > kPoliteNs) OfferCpu(now);
      continue;
    }
    // One more poll between saying so and sleeping: see Wake().
    if (!was_asleep) {
      asleep_.store(true);
      continue;
    }
    if (queues.empty())
      Sleep(0);
    else
      Nap(doorbells, now - last_rung_ns < kLongPauseNs ? kNapNs : kLongNapNs);
  }
}

uint64_t DeviceThread::CpuNs() { return thread_.joinable() ? thread_.CpuNs() : cpu_ns_when_stopped_; }

}  // namespace doorbell
