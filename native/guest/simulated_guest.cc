#include "guest/simulated_guest.h"

#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <string>
#include <utility>

#include "io/eventfd.h"
#include "io/memfd.h"
#include "net/net_header.h"
#include "virtq/now.h"
#include "virtq/ring_config.h"

namespace doorbell {
namespace {

// epoll tags: queues by index, then these.
constexpr uint64_t kTimerTag = uint64_t{1} << 32;
constexpr uint64_t kWakeTag = kTimerTag + 1;

// Guests of one network need addresses of their own, also across processes: a random first one, then upwards.
uint16_t NextGuestNumber() {
  static std::atomic<uint16_t> next = [] {
    uint16_t first = 0;
    // Short of entropy it stays 0, which is as good as any number for a lone process.
    [[maybe_unused]] const ssize_t got = getrandom(&first, sizeof first, GRND_NONBLOCK);
    return first;
  }();
  return next.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

Result<std::unique_ptr<SimulatedGuest>> SimulatedGuest::Create(const Config& config) {
  if (config.queue_pairs < 1 || config.queue_pairs > kMaxQueuePairs)
    return Error{"EINVAL", "queuePairs must be 1 to " + std::to_string(kMaxQueuePairs)};
  if (config.queue_size < kMinQueueSize || config.queue_size > kMaxQueueSize ||
      !std::has_single_bit(config.queue_size))
    return Error{"EINVAL", "queueSize must be a power of two from " + std::to_string(kMinQueueSize) + " to " +
                               std::to_string(kMaxQueueSize)};
  if ((config.features & kRingPacked) != 0 && (config.features & kVersion1) == 0)
    return Error{"EINVAL", "RING_PACKED needs VERSION_1: legacy rings are split"};

  const GuestLayout layout(config.queue_pairs, config.queue_size);
  Result<ScopedFd> fd = CreateMemfd("doorbell-guest", layout.file_size());
  if (!fd) return fd.error();
  Result<ScopedMmap> memory = ScopedMmap::MapShared(fd.value().get(), 0, layout.file_size());
  if (!memory) return memory.error();

  std::unique_ptr<SimulatedGuest> guest(
      new SimulatedGuest(config, std::move(fd).value(), std::move(memory).value()));
  if (Status started = guest->Start(config); !started) return started.error();
  return guest;
}

SimulatedGuest::SimulatedGuest(const Config& config, ScopedFd memory_fd, ScopedMmap memory)
    : features_(config.features),
      layout_(config.queue_pairs, config.queue_size, (config.features & kAccessPlatform) != 0),
      memory_fd_(std::move(memory_fd)),
      memory_(std::move(memory)) {}

Status SimulatedGuest::Start(const Config& config) {
  epoll_.Reset(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_) return ErrnoError(errno, "epoll_create1");
  timer_.Reset(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  if (!timer_) return ErrnoError(errno, "timerfd_create");
  Result<ScopedFd> wake = CreateEventfd();
  if (!wake) return wake.error();
  wake_ = std::move(wake).value();
  if (Status status = Watch(timer_.get(), kTimerTag); !status) return status;
  if (Status status = Watch(wake_.get(), kWakeTag); !status) return status;

  PairDriver::Options options;
  options.queue_size = static_cast<uint16_t>(config.queue_size);
  options.guest = NextGuestNumber();
  options.event_idx = (config.features & kEventIdx) != 0;
  options.indirect = (config.features & kIndirectDesc) != 0;
  options.packed = (config.features & kRingPacked) != 0;
  options.in_order = (config.features & kRingInOrder) != 0;
  options.notification_data = (config.features & kNotificationData) != 0;
  options.net_header = static_cast<uint32_t>(NetHeaderLength(config.features));
  for (uint32_t pair = 0; pair < config.queue_pairs; ++pair) {
    Result<QueueNotifier> rx = QueueNotifier::Create();
    if (!rx) return rx.error();
    Result<QueueNotifier> tx = QueueNotifier::Create();
    if (!tx) return tx.error();
    if (Status status = Watch(rx.value().call_fd(), 2 * pair); !status) return status;
    if (Status status = Watch(tx.value().call_fd(), 2 * pair + 1); !status) return status;
    options.pair = pair;
    pairs_.push_back(std::make_unique<PairDriver>(layout_, memory_.data(), options, std::move(rx).value(),
                                                  std::move(tx).value()));
  }
  thread_ = Thread("doorbell-guest", [this] { Loop(); });
  return {};
}

SimulatedGuest::~SimulatedGuest() {
  if (thread_.joinable()) {
    {
      const CommandLock lock(gate_);
      ending_ = true;
    }
    Wake();
    thread_.Join();
  }
  for (const PendingDrain& drain : drains_) drain.done();
}

Status SimulatedGuest::Watch(int fd, uint64_t tag) {
  epoll_event event = {};
  // Edges, and never a read: the back-end holds the same open file and could have made a read of it block.
  event.events = EPOLLIN | EPOLLET;
  event.data.u64 = tag;
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return ErrnoError(errno, "epoll_ctl");
  return {};
}

SimulatedGuest::RingAddresses SimulatedGuest::ring(uint32_t queue) const {
  const QueuePlacement& place = layout_.queue(queue);
  return {layout_.queue_size(), layout_.RingAddress(place.desc), layout_.RingAddress(place.avail),
          layout_.RingAddress(place.used)};
}

QueueNotifier& SimulatedGuest::NotifierOf(uint32_t queue) const {
  PairDriver& pair = *pairs_[queue / 2];
  return queue % 2 == 0 ? pair.rx_notifier() : pair.tx_notifier();
}

Status SimulatedGuest::MapNotify(uint32_t queue, int fd, uint64_t offset, uint64_t size) {
  const CommandLock lock(gate_);
  return NotifierOf(queue).Map(fd, offset, size);
}

void SimulatedGuest::UnmapNotify(uint32_t queue) {
  const CommandLock lock(gate_);
  NotifierOf(queue).Unmap();
}

bool SimulatedGuest::HasBase(uint32_t base) const {
  const auto avail = static_cast<uint16_t>(base);
  if ((features_ & kRingPacked) == 0) return base == avail;
  constexpr uint16_t kWrapBit = 0x8000;
  return base >> 16 == avail && (avail & ~kWrapBit) < layout_.queue_size();
}

void SimulatedGuest::Reset(uint32_t base) {
  const CommandLock lock(gate_);
  running_ = false;
  for (const auto& pair : pairs_) pair->Reset(base);
}

void SimulatedGuest::Run(const Traffic& traffic) {
  {
    const CommandLock lock(gate_);
    running_ = true;
    for (const auto& pair : pairs_) pair->SetTraffic(traffic, NowNs());
  }
  Wake();
}

void SimulatedGuest::Drain(uint64_t timeout_ns, std::function<void()> done) {
  {
    const CommandLock lock(gate_);
    const uint64_t now = NowNs();
    for (const auto& pair : pairs_) pair->SetTraffic({}, now);
    drains_.push_back({now + timeout_ns, std::move(done)});
  }
  Wake();
}

SimulatedGuest::PairSample SimulatedGuest::Sample(uint32_t pair) const {
  const PairCounters& counters = pairs_[pair]->counters();
  const LatencyHistogram& round_trips = pairs_[pair]->round_trips();
  const auto read = [](const std::atomic<uint64_t>& counter) {
    return counter.load(std::memory_order_relaxed);
  };
  PairSample sample;
  sample.sent = read(counters.sent);
  sample.received = read(counters.received);
  sample.lost = read(counters.lost);
  sample.duplicated = read(counters.duplicated);
  sample.reordered = read(counters.reordered);
  sample.corrupted = read(counters.corrupted);
  sample.kicks = read(counters.kicks);
  sample.doorbells = read(counters.doorbells);
  sample.interrupts = read(counters.interrupts);
  sample.rtt_p50_ns = round_trips.Quantile(0.5);
  sample.rtt_p99_ns = round_trips.Quantile(0.99);
  return sample;
}

void SimulatedGuest::Wake() {
  // Our own: nothing to fail, and nobody reads it (see Watch), so 2^64 wakes would fill it.
  [[maybe_unused]] const Status signalled = SignalEventfd(wake_.get());
}

void SimulatedGuest::Loop() {
  for (;;) {
    uint64_t due_ns = PairDriver::kNever;
    std::vector<PendingDrain> ended;
    bool again = false;
    {
      const BatchLock lock(gate_);
      if (ending_) return;
      again = Round(due_ns);
      ended = TakeEndedDrains(NowNs());
    }
    for (const PendingDrain& drain : ended) drain.done();
    if (!again) Sleep(due_ns);
  }
}

bool SimulatedGuest::Round(uint64_t& due_ns) {
  for (const PendingDrain& drain : drains_) due_ns = std::min(due_ns, drain.deadline_ns);
  if (!running_) return false;
  const uint64_t now = NowNs();
  bool again = false;
  for (const auto& pair : pairs_) again |= pair->Poll(now);
  if (again) return true;
  for (const auto& pair : pairs_) {
    again |= !pair->PrepareSleep();
    due_ns = std::min(due_ns, pair->NextDueNs());
  }
  return again;
}

std::vector<SimulatedGuest::PendingDrain> SimulatedGuest::TakeEndedDrains(uint64_t now_ns) {
  if (drains_.empty()) return {};
  const bool returned =
      !running_ || std::ranges::all_of(pairs_, [](const auto& pair) { return pair->outstanding() == 0; });
  const auto is_open = [&](const PendingDrain& drain) { return !returned && now_ns < drain.deadline_ns; };
  const auto first_ended = std::stable_partition(drains_.begin(), drains_.end(), is_open);
  if (first_ended == drains_.end()) return {};
  for (const auto& pair : pairs_) pair->GiveUp();
  std::vector<PendingDrain> ended(std::make_move_iterator(first_ended),
                                  std::make_move_iterator(drains_.end()));
  drains_.erase(first_ended, drains_.end());
  return ended;
}

void SimulatedGuest::Sleep(uint64_t due_ns) {
  itimerspec when = {};
  if (due_ns != PairDriver::kNever) {
    // Absolute, so a due time that has passed rings at once; 0 would disarm.
    const uint64_t at = std::max<uint64_t>(due_ns, 1);
    when.it_value.tv_sec = static_cast<time_t>(at / 1'000'000'000);
    when.it_value.tv_nsec = static_cast<long>(at % 1'000'000'000);
  }
  timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
  std::array<epoll_event, 64> events;
  const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
  for (int i = 0; i < count; ++i) {
    const uint64_t tag = events[static_cast<size_t>(i)].data.u64;
    if (tag < queue_count()) pairs_[tag / 2]->CountInterrupt();
  }
}

}  // namespace doorbell
