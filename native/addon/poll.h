#pragma once

#include <functional>
#include <memory>

#include "base/result.h"

namespace doorbell {

class Addon;

// Level-triggered readiness of one fd on the loop of this environment. Destroy it before the fd is closed.
class Poll {
 public:
  struct Ready {
    bool readable;
    bool writable;
  };

  // `on_ready` runs inside Addon::EnterJs and may destroy this Poll. `fd` is borrowed.
  static Result<std::unique_ptr<Poll>> New(Addon& addon, int fd,
                                           std::function<void(Ready)> on_ready);
  Poll(const Poll&) = delete;
  Poll& operator=(const Poll&) = delete;
  ~Poll();

  // Neither stops it; while anything is watched the process is kept alive.
  void Watch(bool readable, bool writable);

 private:
  struct State;
  explicit Poll(State* state) : state_(state) {}

  State* state_;
};

}  // namespace doorbell
