#include "addon/poll.h"

#include <uv.h>

#include <utility>

#include "addon/addon.h"

namespace doorbell {

// Lives until the loop has let go of it, which is later than the Poll.
struct Poll::State {
  uv_poll_t poll;
  Addon& addon;
  std::function<void(Ready)> on_ready;
  int watched = 0;
  bool closing = false;

  void Start();
  static void OnPoll(uv_poll_t* poll, int status, int events);
};

void Poll::State::Start() {
  if (watched == 0)
    uv_poll_stop(&poll);
  else
    uv_poll_start(&poll, watched, OnPoll);
}

void Poll::State::OnPoll(uv_poll_t* poll, int status, int events) {
  State& state = *static_cast<State*>(poll->data);
  // An error condition of the socket stops the poll and tells no events: whoever watches finds out by trying.
  const int ready = status < 0 ? state.watched : events;
  state.addon.EnterJs([&](Napi::Env) {
    state.on_ready({(ready & UV_READABLE) != 0, (ready & UV_WRITABLE) != 0});
  });
  if (status < 0 && !state.closing) state.Start();
}

Result<std::unique_ptr<Poll>> Poll::New(Addon& addon, int fd, std::function<void(Ready)> on_ready) {
  auto state = std::unique_ptr<State>(new State{{}, addon, std::move(on_ready)});
  const int status = uv_poll_init(addon.loop(), &state->poll, fd);
  if (status != 0) return Error{uv_err_name(status), uv_strerror(status)};
  state->poll.data = state.get();
  addon.LoopHandleOpened();
  return std::unique_ptr<Poll>(new Poll(state.release()));
}

Poll::~Poll() {
  state_->closing = true;
  uv_close(reinterpret_cast<uv_handle_t*>(&state_->poll), [](uv_handle_t* handle) {
    const std::unique_ptr<State> state(static_cast<State*>(handle->data));
    state->addon.LoopHandleClosed();
  });
}

void Poll::Watch(bool readable, bool writable) {
  const int events = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
  if (events == state_->watched) return;
  state_->watched = events;
  state_->Start();
}

}  // namespace doorbell
