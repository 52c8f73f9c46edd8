// One thread of the software data path. It sleeps in epoll on kick eventfds and on a command eventfd; after work
// it polls that queue for a little while (see PollWindow) before it asks for kicks again. With nothing to do it does
// not wake.
//
// Commands take effect under the rings' own locks and never wait for a worker: all they do here is to make it
// look.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/scoped_fd.h"
#include "net/forwarder.h"
#include "net/poll_window.h"
#include "net/thread.h"

namespace doorbell {

// A queue as its worker sees it. Called on the worker's thread, without its locks.
class WorkerClient {
 public:
  virtual ~WorkerClient() = default;

  // Its kick fd was signalled; `counted`: it carried a count, so this was no leftover.
  virtual Served Kicked(Forwarder& forwarder, bool counted) = 0;
  // Look at the ring.
  virtual Served Look(Forwarder& forwarder) = 0;
  // Called every millisecond while guarded.
  virtual Served Guard(Forwarder& forwarder) = 0;
  // Polling ends: ask for kicks. True: something is there already.
  virtual bool Rest() = 0;
  // Makes its worker look at it. Any thread.
  virtual void Wake() = 0;

  PollWindow& poll_window() { return poll_window_; }

 private:
  PollWindow poll_window_;
};

// How a worker runs.
struct WorkerTuning {
  // The most that it polls a queue after its last work; 0: it sleeps at once.
  uint64_t poll_ns = 50'000;
  // The one CPU that it runs on.
  std::optional<uint32_t> cpu;
};

class Worker {
 public:
  // Starts its thread. EINVAL where it may not run on that CPU.
  static Result<std::shared_ptr<Worker>> Create(const std::string& name, std::shared_ptr<Switch> network,
                                                const Domain& domain, const WorkerTuning& tuning);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() { Stop(); }

  // Joins the thread and lets go of all clients. Idempotent.
  void Stop();

  // Serves `client` when `kick` is signalled, until Unwatch(key). Takes the fd. Looks once at first.
  Result<uint64_t> Watch(std::shared_ptr<WorkerClient> client, ScopedFd kick);
  // Gives the fd back; invalid where it was let go of before.
  ScopedFd Unwatch(uint64_t key);
  // `client` is another worker's from now on: it stops polling it and asks for kicks on its behalf.
  void Leave(std::shared_ptr<WorkerClient> client);
  // Adds or removes a client of the guard poll.
  void SetGuard(const std::shared_ptr<WorkerClient>& client, bool on);
  // Looks at `client` soon. Any thread; callers coalesce.
  void Poke(std::shared_ptr<WorkerClient> client);

  // Nanoseconds.
  uint64_t CpuNs() { return thread_.CpuNs(); }

 private:
  struct Watched {
    std::shared_ptr<WorkerClient> client;
    ScopedFd kick;
  };
  // A client that had work a moment ago.
  struct Hot {
    std::shared_ptr<WorkerClient> client;
    uint64_t until_ns;
  };

  Worker(std::shared_ptr<Switch> network, const Domain& domain, uint64_t poll_ns)
      : switch_(std::move(network)), poll_ns_(poll_ns), forwarder_(*switch_, domain) {}

  void Run();
  void Interrupt();
  // How long to sleep: 0 while polling or poked, -1 with nothing to come.
  int PrepareSleep();
  void TakeKick(uint64_t key);
  void TakePokes();
  void TakeLeaves();
  void PollGuards();
  void PollHot();
  void PollHotForAWhile();
  void Note(const std::shared_ptr<WorkerClient>& client, Served served);

  const std::shared_ptr<Switch> switch_;
  const uint64_t poll_ns_;
  Forwarder forwarder_;
  ScopedFd epoll_;
  ScopedFd command_;

  std::mutex mutex_;
  // Under mutex_.
  std::map<uint64_t, Watched> watched_;
  std::vector<std::shared_ptr<WorkerClient>> guarded_;
  std::vector<std::shared_ptr<WorkerClient>> poked_;
  std::vector<std::shared_ptr<WorkerClient>> leaving_;
  uint64_t next_key_ = 1;
  bool sleeping_ = false;
  // Something was queued for a worker that is awake. relaxed: a hint to look under mutex_.
  std::atomic<bool> news_{false};
  bool stopping_ = false;

  // The thread's own.
  std::vector<Hot> hot_;
  uint64_t next_guard_ns_ = 0;

  Thread thread_;
};

}  // namespace doorbell
