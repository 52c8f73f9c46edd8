#include "addon/listener.h"

#include "addon/addon.h"
#include "addon/arguments.h"
#include "addon/stream.h"

namespace doorbell {

Napi::Value Listener::OnConnection(const Napi::CallbackInfo& info) {
  on_connection_ = Napi::Persistent(ToFunction(info[0], "listener"));
  if (poll_ == nullptr) {
    Result<std::unique_ptr<Poll>> poll =
        Poll::New(addon(), listener_->fd(), [this](Poll::Ready) { OnReady(); });
    if (!poll.ok()) throw Napi::Error::New(env(), poll.error().message);
    poll_ = std::move(poll).value();
  }
  poll_->Watch(true, false);
  KeepAlive(true);
  return env().Undefined();
}

void Listener::OnReady() {
  // One per turn: the poll is level-triggered, and other sockets get their turn in between. An error has
  // refused the connection or passes by itself; the endpoint goes on listening either way.
  Result<ScopedFd> connection = listener_->Accept();
  if (!connection.ok() || !connection.value()) return;
  const Napi::Value self = object();
  on_connection_.Value().Call(self, {NewStream(addon(), std::move(connection).value())});
}

void Listener::OnClose() {
  poll_.reset();
  listener_.reset();
  on_connection_.Reset();
}

void DefineListener(Addon& addon) {
  DefineHandle<Listener>(addon, {Method<&Listener::OnConnection>("onConnection")});
}

}  // namespace doorbell
