#pragma once

#include <napi.h>

#include <functional>

namespace doorbell {

class Addon;

// Wakes the JS thread from any thread; signals coalesce. Does not keep the process alive.
class LoopSignal {
 public:
  // `on_signal` runs on the JS thread inside Addon::EnterJs.
  LoopSignal(Addon& addon, std::function<void(Napi::Env)> on_signal);
  LoopSignal(const LoopSignal&) = delete;
  LoopSignal& operator=(const LoopSignal&) = delete;
  // JS thread, after every thread that signals was joined. `on_signal` does not run any more.
  ~LoopSignal();

  // Any thread.
  void Signal();

 private:
  struct State;
  State* state_;
};

}  // namespace doorbell
