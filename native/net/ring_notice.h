#pragma once

#include <functional>
#include <mutex>
#include <utility>

namespace doorbell {

// Carries "a ring broke", or "waits at its first index", from any thread to a listener that may go away first.
class RingNotice {
 public:
  // Null: nobody listens. After it returns the former listener does not run any more.
  void SetListener(std::function<void()> listener) {
    const std::lock_guard lock(mutex_);
    listener_ = std::move(listener);
  }

  void Notify() {
    const std::lock_guard lock(mutex_);
    if (listener_) listener_();
  }

 private:
  std::mutex mutex_;
  std::function<void()> listener_;
};

}  // namespace doorbell
