#include "addon/loop_signal.h"

#include <uv.h>

#include <utility>

#include "addon/addon.h"

namespace doorbell {

// Lives until the loop has let go of it, which is later than the signal.
struct LoopSignal::State {
  uv_async_t async;
  Addon& addon;
  std::function<void(Napi::Env)> on_signal;
};

LoopSignal::LoopSignal(Addon& addon, std::function<void(Napi::Env)> on_signal)
    : state_(new State{{}, addon, std::move(on_signal)}) {
  state_->async.data = state_;
  const int status = uv_async_init(addon.loop(), &state_->async, [](uv_async_t* async) {
    State& state = *static_cast<State*>(async->data);
    state.addon.EnterJs(state.on_signal);
  });
  if (status != 0) {
    delete state_;
    throw Napi::Error::New(addon.env(), uv_strerror(status));
  }
  uv_unref(reinterpret_cast<uv_handle_t*>(&state_->async));
  addon.LoopHandleOpened();
}

LoopSignal::~LoopSignal() {
  uv_close(reinterpret_cast<uv_handle_t*>(&state_->async), [](uv_handle_t* handle) {
    const std::unique_ptr<State> state(static_cast<State*>(handle->data));
    state->addon.LoopHandleClosed();
  });
}

void LoopSignal::Signal() { uv_async_send(&state_->async); }

}  // namespace doorbell
