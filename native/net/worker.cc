#include "net/worker.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "virtq/now.h"

namespace doorbell {

namespace {

// A busy worker looks this often for kicks and commands of other queues.
constexpr uint64_t kEpollEveryNs = 10'000;
constexpr uint64_t kGuardNs = 1'000'000;
constexpr int kGuardMs = 1;
constexpr uint64_t kCommandKey = 0;

// Reads the count without ever blocking, whatever the peer did to the file's flags. Whether it carried one.
bool ReadCount(int fd) {
  uint64_t count = 0;
  iovec buffer{&count, sizeof count};
  const ssize_t got = preadv2(fd, &buffer, 1, -1, RWF_NOWAIT);
  // A file that cannot promise not to block is left unread: edge-triggered epoll tells of the next signal.
  return got == sizeof count || (got < 0 && errno == EOPNOTSUPP);
}

}  // namespace

Result<std::shared_ptr<Worker>> Worker::Create(const std::string& name, std::shared_ptr<Switch> network,
                                               const Domain& domain, const WorkerTuning& tuning) {
  std::shared_ptr<Worker> worker(new Worker(std::move(network), domain, tuning.poll_ns));
  worker->epoll_.Reset(epoll_create1(EPOLL_CLOEXEC));
  if (!worker->epoll_.valid()) return ErrnoError(errno, "epoll_create1");
  worker->command_.Reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!worker->command_.valid()) return ErrnoError(errno, "eventfd");
  epoll_event event{.events = EPOLLIN, .data = {.u64 = kCommandKey}};
  if (epoll_ctl(worker->epoll_.get(), EPOLL_CTL_ADD, worker->command_.get(), &event) != 0)
    return ErrnoError(errno, "epoll_ctl");
  worker->thread_ = Thread(name, [self = worker.get()] { self->Run(); });
  if (!tuning.cpu.has_value()) return worker;
  if (Status bound = worker->thread_.BindTo(*tuning.cpu); !bound.ok()) return bound.error();
  return worker;
}

void Worker::Stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    Interrupt();
  }
  thread_.Join();
  // Their destructors must not run under the lock that Unwatch takes.
  const auto watched = std::exchange(watched_, {});
  const auto guarded = std::exchange(guarded_, {});
  const auto poked = std::exchange(poked_, {});
  const auto leaving = std::exchange(leaving_, {});
  hot_.clear();
}

Result<uint64_t> Worker::Watch(std::shared_ptr<WorkerClient> client, ScopedFd kick) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return Error{"ESHUTDOWN", "the data path is closed"};
  const uint64_t key = next_key_++;
  // Edge-triggered: see ReadCount. A kick that came before counts as an edge.
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.u64 = key}};
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, kick.get(), &event) != 0)
    return ErrnoError(errno, "watch a kick fd");
  poked_.push_back(client);
  Interrupt();
  watched_.emplace(key, Watched{std::move(client), std::move(kick)});
  return key;
}

ScopedFd Worker::Unwatch(uint64_t key) {
  const std::lock_guard lock(mutex_);
  const auto found = watched_.find(key);
  if (found == watched_.end()) return ScopedFd();
  // Explicitly: while another descriptor of the same file is open, closing ours would not end the watch.
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second.kick.get(), nullptr);
  ScopedFd kick = std::move(found->second.kick);
  watched_.erase(found);
  return kick;
}

void Worker::Leave(std::shared_ptr<WorkerClient> client) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  leaving_.push_back(std::move(client));
  Interrupt();
}

void Worker::SetGuard(const std::shared_ptr<WorkerClient>& client, bool on) {
  const std::lock_guard lock(mutex_);
  std::erase(guarded_, client);
  if (!on || stopping_) return;
  guarded_.push_back(client);
  Interrupt();
}

void Worker::Poke(std::shared_ptr<WorkerClient> client) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  poked_.push_back(std::move(client));
  Interrupt();
}

// Under mutex_, like the decision to sleep: an awake worker finds what was queued by itself.
void Worker::Interrupt() {
  news_.store(true, std::memory_order_relaxed);
  if (!sleeping_) return;
  sleeping_ = false;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(command_.get(), &one, sizeof one);
}

int Worker::PrepareSleep() {
  const std::lock_guard lock(mutex_);
  if (stopping_ || !poked_.empty() || !leaving_.empty() || !hot_.empty()) return 0;
  sleeping_ = true;
  return guarded_.empty() ? -1 : kGuardMs;
}

void Worker::Run() {
  std::array<epoll_event, 64> events;
  for (;;) {
    const int timeout = PrepareSleep();
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout);
    {
      const std::lock_guard lock(mutex_);
      sleeping_ = false;
      news_.store(false, std::memory_order_relaxed);
      if (stopping_) return;
    }
    for (int i = 0; i < count; ++i) TakeKick(events[static_cast<size_t>(i)].data.u64);
    TakePokes();
    TakeLeaves();
    PollGuards();
    PollHotForAWhile();
  }
}

void Worker::PollHotForAWhile() {
  // A look at epoll costs as much as a dozen frames, and others may wait this long for theirs.
  const uint64_t until = NowNs() + kEpollEveryNs;
  do PollHot();
  while (!hot_.empty() && !news_.load(std::memory_order_relaxed) && NowNs() < until);
}

void Worker::TakeKick(uint64_t key) {
  if (key == kCommandKey) {
    ReadCount(command_.get());
    return;
  }
  std::shared_ptr<WorkerClient> client;
  bool counted = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = watched_.find(key);
    if (found == watched_.end()) return;
    counted = ReadCount(found->second.kick.get());
    client = found->second.client;
  }
  Note(client, client->Kicked(forwarder_, counted));
}

void Worker::TakePokes() {
  std::vector<std::shared_ptr<WorkerClient>> poked;
  {
    const std::lock_guard lock(mutex_);
    if (poked_.empty()) return;
    poked.swap(poked_);
  }
  for (const auto& client : poked) Note(client, client->Look(forwarder_));
}

void Worker::TakeLeaves() {
  std::vector<std::shared_ptr<WorkerClient>> leaving;
  {
    const std::lock_guard lock(mutex_);
    if (leaving_.empty()) return;
    leaving.swap(leaving_);
  }
  for (const auto& client : leaving) {
    std::erase_if(hot_, [&](const Hot& hot) { return hot.client == client; });
    if (client->Rest()) client->Wake();
  }
}

void Worker::PollGuards() {
  std::vector<std::shared_ptr<WorkerClient>> guarded;
  {
    const std::lock_guard lock(mutex_);
    if (guarded_.empty() || NowNs() < next_guard_ns_) return;
    guarded = guarded_;
  }
  for (const auto& client : guarded) Note(client, client->Guard(forwarder_));
  next_guard_ns_ = NowNs() + kGuardNs / 2;
}

void Worker::PollHot() {
  // By index: Note() may move the vector. A client may have been noted by an event above; one turn each.
  for (size_t i = 0; i < hot_.size();) {
    // Borrowed: nobody else changes the vector, and clients are let go of only here.
    WorkerClient* client = hot_[i].client.get();
    if (client->Look(forwarder_) != Served::kNothing) {
      hot_[i].until_ns = NowNs() + client->poll_window().length_ns();
    } else if (NowNs() >= hot_[i].until_ns && !client->Rest()) {
      client->poll_window().Rested(NowNs());
      hot_[i] = std::move(hot_.back());
      hot_.pop_back();
      continue;
    }
    ++i;
  }
}

void Worker::Note(const std::shared_ptr<WorkerClient>& client, Served served) {
  if (served == Served::kNothing) return;
  const uint64_t now = NowNs();
  const auto found =
      std::find_if(hot_.begin(), hot_.end(), [&](const Hot& hot) { return hot.client == client; });
  if (found != hot_.end())
    found->until_ns = now + client->poll_window().length_ns();
  else
    hot_.push_back({client, now + client->poll_window().Woken(now, poll_ns_)});
}

}  // namespace doorbell
