#include "addon/stream.h"

#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "addon/addon.h"
#include "addon/answers.h"
#include "addon/arguments.h"
#include "addon/fd.h"
#include "io/unix_socket.h"

namespace doorbell {

namespace {

// Beyond any message; keeps a wrong argument from becoming an allocation of gigabytes.
constexpr uint32_t kMaxReceive = 1 << 20;

Napi::Object Tagged(Napi::Env env, const char* kind) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("kind", Napi::String::New(env, kind));
  return object;
}

Napi::Object ReceivedObject(Addon& addon, ReceiveOutcome& outcome) {
  const Napi::Env env = addon.env();
  Napi::Uint8Array bytes = Napi::Uint8Array::New(env, outcome.bytes.size());
  std::memcpy(bytes.Data(), outcome.bytes.data(), outcome.bytes.size());
  Napi::Array fds = Napi::Array::New(env, outcome.fds.size());
  for (uint32_t i = 0; i < outcome.fds.size(); ++i)
    fds.Set(i, NewFd(addon, std::move(outcome.fds[i])));
  Napi::Object data = Napi::Object::New(env);
  data.Set("bytes", bytes);
  data.Set("fds", fds);
  data.Set("fdsTruncated", Napi::Boolean::New(env, outcome.fds_truncated));
  return data;
}

}  // namespace

Napi::Value Stream::Receive(const Napi::CallbackInfo& info) {
  const uint32_t max = ToU32(info[0], "max");
  if (max == 0 || max > kMaxReceive) throw Napi::RangeError::New(env(), "max must be 1…1048576");
  ReceiveOutcome outcome = doorbell::Receive(socket_.get(), max);
  switch (outcome.kind) {
    case ReceiveOutcome::Kind::kWouldBlock:
      return Tagged(env(), "would-block");
    case ReceiveOutcome::Kind::kEnd:
      return Tagged(env(), "end");
    case ReceiveOutcome::Kind::kError: {
      Napi::Object answer = Tagged(env(), "error");
      answer.Set("error", ErrorObject(env(), outcome.error));
      return answer;
    }
    case ReceiveOutcome::Kind::kData:
      break;
  }
  Napi::Object answer = Tagged(env(), "data");
  answer.Set("data", ReceivedObject(addon(), outcome));
  return answer;
}

Napi::Value Stream::Send(const Napi::CallbackInfo& info) {
  const bool is_bytes =
      info[0].IsTypedArray() && info[0].As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
  if (!is_bytes) throw Napi::TypeError::New(env(), "bytes must be a Uint8Array");
  const Napi::Uint8Array bytes = info[0].As<Napi::Uint8Array>();
  const Napi::Array handles = ToArray(info[1], "fds");
  std::vector<int> fds;
  for (uint32_t i = 0; i < handles.Length(); ++i) fds.push_back(UnwrapFd(handles.Get(i), "fds"));
  const std::span<const std::byte> view =
      std::as_bytes(std::span<const uint8_t>(bytes.Data(), bytes.ElementLength()));
  const Result<size_t> sent = doorbell::Send(socket_.get(), view, fds);
  if (!sent.ok()) return NativeErr(env(), sent.error());
  return NativeOk(env(), Napi::Number::New(env(), static_cast<double>(sent.value())));
}

Napi::Value Stream::OnReadable(const Napi::CallbackInfo& info) {
  Listen(on_readable_, info[0]);
  return env().Undefined();
}

Napi::Value Stream::OnWritable(const Napi::CallbackInfo& info) {
  Listen(on_writable_, info[0]);
  return env().Undefined();
}

Napi::Value Stream::Peer(const Napi::CallbackInfo&) {
  const std::optional<PeerCredentials> peer = doorbell::Peer(socket_.get());
  if (!peer.has_value()) return env().Null();
  Napi::Object object = Napi::Object::New(env());
  object.Set("pid", Napi::Number::New(env(), peer->pid));
  object.Set("uid", Napi::Number::New(env(), peer->uid));
  object.Set("gid", Napi::Number::New(env(), peer->gid));
  return object;
}

void Stream::Listen(Napi::FunctionReference& slot, Napi::Value listener) {
  const std::optional<Napi::Function> function = ToFunctionOrNull(listener, "listener");
  if (function.has_value())
    slot = Napi::Persistent(*function);
  else
    slot.Reset();

  const bool readable = !on_readable_.IsEmpty();
  const bool writable = !on_writable_.IsEmpty();
  if (poll_ == nullptr && (readable || writable)) {
    Result<std::unique_ptr<Poll>> poll =
        Poll::New(addon(), socket_.get(), [this](Poll::Ready ready) { OnReady(ready); });
    // A connected socket can always be polled, unless the loop itself is out of memory.
    if (!poll.ok()) throw Napi::Error::New(env(), poll.error().message);
    poll_ = std::move(poll).value();
  }
  if (poll_ != nullptr) poll_->Watch(readable, writable);
  KeepAlive(readable || writable);
}

void Stream::OnReady(Poll::Ready ready) {
  // The listeners may close this stream or change each other.
  const Napi::Value self = object();
  if (ready.readable && !on_readable_.IsEmpty()) on_readable_.Value().Call(self, {});
  if (ready.writable && !closed() && !on_writable_.IsEmpty()) on_writable_.Value().Call(self, {});
}

void Stream::OnClose() {
  poll_.reset();
  socket_.Reset();
  on_readable_.Reset();
  on_writable_.Reset();
}

void DefineStream(Addon& addon) {
  DefineHandle<Stream>(
      addon, {Method<&Stream::Receive>("receive"), Method<&Stream::Send>("send"),
              Method<&Stream::OnReadable>("onReadable"), Method<&Stream::OnWritable>("onWritable"),
              Method<&Stream::Peer>("peer")});
}

Napi::Object NewStream(Addon& addon, ScopedFd socket) {
  return NewHandle<Stream>(addon, std::move(socket));
}

}  // namespace doorbell
