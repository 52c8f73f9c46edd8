// A mutex for work in batches that a command must be able to interrupt. A serving thread locks again right
// after it unlocked, so a waiter that sleeps in an ordinary mutex may starve for milliseconds; here a waiting
// command makes the serving threads step aside until it had its turn.
#pragma once

#include <sched.h>

#include <atomic>
#include <mutex>

namespace doorbell {

class BatchMutex {
 public:
  // For a batch: gives way to waiting commands first.
  void lock() {
    while (commands_waiting_.load(std::memory_order_relaxed) > 0) sched_yield();
    mutex_.lock();
  }
  void unlock() { mutex_.unlock(); }

  void LockForCommand() {
    // relaxed: a hint only; the mutex orders the data.
    commands_waiting_.fetch_add(1, std::memory_order_relaxed);
    mutex_.lock();
    commands_waiting_.fetch_sub(1, std::memory_order_relaxed);
  }

 private:
  std::mutex mutex_;
  std::atomic<int> commands_waiting_{0};
};

using BatchLock = std::lock_guard<BatchMutex>;

class CommandLock {
 public:
  explicit CommandLock(BatchMutex& mutex) : mutex_(mutex) { mutex_.LockForCommand(); }
  ~CommandLock() { mutex_.unlock(); }
  CommandLock(const CommandLock&) = delete;
  CommandLock& operator=(const CommandLock&) = delete;

 private:
  BatchMutex& mutex_;
};

}  // namespace doorbell
