// The `io` part of the addon's surface.
#include <sys/types.h>

#include <cerrno>
#include <limits>
#include <memory>
#include <utility>

#include "addon/addon.h"
#include "addon/answers.h"
#include "addon/arguments.h"
#include "addon/fd.h"
#include "addon/kvm_vfio.h"
#include "addon/listener.h"
#include "addon/memory.h"
#include "addon/pool_task.h"
#include "addon/stream.h"
#include "base/scoped_mmap.h"
#include "io/eventfd.h"
#include "io/memfd.h"
#include "io/process_maps.h"
#include "io/unix_listener.h"
#include "io/unix_socket.h"

namespace doorbell {

namespace {

constexpr uint32_t kPermissionBits = 0777;

pid_t ToPid(Napi::Value value) {
  const uint32_t pid = ToU32(value, "pid");
  if (pid == 0 || pid > static_cast<uint32_t>(std::numeric_limits<pid_t>::max()))
    throw Napi::RangeError::New(value.Env(), "pid must be a process id");
  return static_cast<pid_t>(pid);
}

Napi::Value Listen(Addon& addon, const Napi::CallbackInfo& info) {
  const std::string path = ToText(info[0], "path");
  const uint32_t mode = ToU32(info[1], "mode");
  if ((mode & ~kPermissionBits) != 0)
    throw Napi::RangeError::New(addon.env(), "mode must be permission bits");
  Result<UnixListener> listener = UnixListener::Listen(path, mode);
  if (!listener.ok()) return NativeErr(addon.env(), listener.error());
  return NativeOk(addon.env(), NewHandle<Listener>(addon, std::move(listener).value()));
}

Napi::Value ConnectTo(Addon& addon, const Napi::CallbackInfo& info) {
  Result<ScopedFd> socket = Connect(ToText(info[0], "path"));
  if (!socket.ok()) return NativeErr(addon.env(), socket.error());
  return NativeOk(addon.env(), NewStream(addon, std::move(socket).value()));
}

Napi::Value StreamPair(Addon& addon, const Napi::CallbackInfo&) {
  Result<SocketPair> pair = MakeSocketPair();
  if (!pair.ok()) return NativeErr(addon.env(), pair.error());
  SocketPair sockets = std::move(pair).value();
  Napi::Object both = Napi::Object::New(addon.env());
  both.Set("stream", NewStream(addon, std::move(sockets.first)));
  both.Set("fd", NewFd(addon, std::move(sockets.second)));
  return NativeOk(addon.env(), both);
}

Napi::Value StreamFromFd(Addon& addon, const Napi::CallbackInfo& info) {
  ScopedFd socket = Unwrap<Fd>(info[0], "fd").Take();
  const Status prepared = PrepareStream(socket.get());
  if (!prepared.ok()) return NativeErr(addon.env(), prepared.error());
  return NativeOk(addon.env(), NewStream(addon, std::move(socket)));
}

Napi::Value Eventfd(Addon& addon, const Napi::CallbackInfo&) {
  Result<ScopedFd> fd = CreateEventfd();
  if (!fd.ok()) return NativeErr(addon.env(), fd.error());
  return NativeOk(addon.env(), NewFd(addon, std::move(fd).value()));
}

Napi::Value Signal(Addon& addon, const Napi::CallbackInfo& info) {
  const int fd = UnwrapFd(info[0], "fd");
  if (!IsEventfd(fd)) return NativeErr(addon.env(), ErrnoError(EINVAL, "not an eventfd"));
  return NativeAnswer(addon.env(), SignalEventfd(fd));
}

Napi::Value TakeSignals(Addon& addon, const Napi::CallbackInfo& info) {
  const int fd = UnwrapFd(info[0], "fd");
  if (!IsEventfd(fd)) return NativeErr(addon.env(), ErrnoError(EINVAL, "not an eventfd"));
  Result<uint64_t> count = TakeEventfd(fd);
  if (!count.ok()) return NativeErr(addon.env(), count.error());
  return NativeOk(addon.env(), Napi::Number::New(addon.env(), static_cast<double>(count.value())));
}

Napi::Value Memfd(Addon& addon, const Napi::CallbackInfo& info) {
  Result<ScopedFd> fd = CreateMemfd(ToText(info[0], "name"), ToU64(info[1], "size"));
  if (!fd.ok()) return NativeErr(addon.env(), fd.error());
  return NativeOk(addon.env(), NewFd(addon, std::move(fd).value()));
}

Napi::Value SystemPageSize(Addon& addon, const Napi::CallbackInfo&) {
  return Napi::Number::New(addon.env(), static_cast<double>(PageSize()));
}

Napi::Value Leaked(Addon& addon, const Napi::CallbackInfo&) {
  return Napi::Number::New(addon.env(), addon.leaked());
}

Napi::Value NameOfProcess(Addon& addon, const Napi::CallbackInfo& info) {
  const std::optional<std::string> name = ProcessName(ToPid(info[0]));
  if (!name.has_value()) return addon.env().Null();
  return Napi::String::New(addon.env(), *name);
}

Napi::Value MapsObject(Napi::Env env, const MapsAnswer& maps) {
  Napi::Object object = Napi::Object::New(env);
  switch (maps.kind) {
    case MapsAnswer::Kind::kMapped:
      object.Set("kind", "mapped");
      object.Set("address", Napi::BigInt::New(env, maps.address));
      break;
    case MapsAnswer::Kind::kUnmapped:
      object.Set("kind", "unmapped");
      break;
    case MapsAnswer::Kind::kDenied:
      object.Set("kind", "denied");
      object.Set("reason", maps.reason);
      break;
  }
  return object;
}

Napi::Value MapsOf(Addon& addon, const Napi::CallbackInfo& info) {
  const pid_t pid = ToPid(info[0]);
  // Taken now: the fd may be closed while the pool works.
  const std::optional<MappedFile> file = MappedFileOf(UnwrapFd(info[1], "fd"));
  const uint64_t offset = ToU64(info[2], "offset");
  auto answer = std::make_shared<MapsAnswer>();
  return RunOnPool(
      addon,
      [=] {
        if (file.has_value())
          *answer = FindMapping(pid, *file, offset);
        else
          answer->reason = "mappings of an anonymous inode cannot be told apart";
      },
      [=](Napi::Env env) { return MapsObject(env, *answer); });
}

}  // namespace

void InitIo(Addon& addon, Napi::Object exports) {
  DefineFd(addon);
  DefineMemory(addon);
  DefineStream(addon);
  DefineListener(addon);
  DefineKvmVfio(addon);
  Napi::Object io = Napi::Object::New(addon.env());
  SetFunction(addon, io, "listen", Listen);
  SetFunction(addon, io, "connect", ConnectTo);
  SetFunction(addon, io, "streamPair", StreamPair);
  SetFunction(addon, io, "streamFromFd", StreamFromFd);
  SetFunction(addon, io, "eventfd", Eventfd);
  SetFunction(addon, io, "signal", Signal);
  SetFunction(addon, io, "takeSignals", TakeSignals);
  SetFunction(addon, io, "memfd", Memfd);
  SetFunction(addon, io, "pageSize", SystemPageSize);
  SetFunction(addon, io, "leaked", Leaked);
  SetFunction(addon, io, "processName", NameOfProcess);
  SetFunction(addon, io, "mapsOf", MapsOf);
  SetFunction(addon, io, "kvmVfio", OpenKvmVfio);
  exports.Set("io", io);
}

}  // namespace doorbell
