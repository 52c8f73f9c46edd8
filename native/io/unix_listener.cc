#include "io/unix_listener.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "io/unix_address.h"
#include "io/unix_socket.h"

namespace doorbell {

namespace {

ScopedFd OpenReserve() { return ScopedFd(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Between bind and listen a socket refuses connections and looks stale, so processes that listen in the same
// directory take turns. The lock is on the directory itself: nothing is left behind. A directory that
// cannot be opened has no lock.
Result<ScopedFd> LockDirectory(const std::string& path) {
  ScopedFd directory(open(DirectoryOf(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return directory;
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i) {
    if (flock(directory.get(), LOCK_EX | LOCK_NB) == 0) return directory;
    if (errno != EWOULDBLOCK && errno != EINTR) return ScopedFd();
    const timespec pause = {0, 1'000'000};
    nanosleep(&pause, nullptr);
  }
  return ErrnoError(EBUSY, "the directory of " + path + " is locked");
}

// A socket file that refuses connections. A plain file refuses them as well, but it is not ours to delete.
bool IsStale(const std::string& path) {
  struct stat info = {};
  if (lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return false;
  const Result<ScopedFd> probe = Connect(path);
  return !probe.ok() && probe.error().code == "ECONNREFUSED";
}

Status BindReplacingStale(int socket, const sockaddr_un& address, const std::string& path) {
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (bind(socket, generic, sizeof(address)) == 0) return {};
  if (errno != EADDRINUSE || !IsStale(path)) return ErrnoError(errno, "bind " + path);
  if (unlink(path.c_str()) != 0) return ErrnoError(errno, "replace " + path);
  if (bind(socket, generic, sizeof(address)) != 0) return ErrnoError(errno, "bind " + path);
  return {};
}

bool IsSameFile(int file, const std::string& path) {
  struct stat ours = {};
  struct stat there = {};
  return fstat(file, &ours) == 0 && lstat(path.c_str(), &there) == 0 &&
         ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

}  // namespace

Result<UnixListener> UnixListener::Listen(const std::string& path, mode_t mode) {
  const Result<sockaddr_un> address = UnixAddress(path);
  if (!address.ok()) return address.error();
  ScopedFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return ErrnoError(errno, "socket");
  // bind() makes the file with the socket's own mode, less the umask: at no moment is it too open.
  if (fchmod(socket.get(), mode) != 0) return ErrnoError(errno, "fchmod");

  const Result<ScopedFd> lock = LockDirectory(path);
  if (!lock.ok()) return lock.error();
  const Status bound = BindReplacingStale(socket.get(), address.value(), path);
  if (!bound.ok()) return bound.error();

  ScopedFd file(open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!file) return ErrnoError(errno, "open " + path);
  UnixListener listener(path, std::move(socket), std::move(file), OpenReserve());
  // Gives back what the umask took; through the open file, so that a changed path is not followed.
  const std::string through = "/proc/self/fd/" + std::to_string(listener.file_.get());
  if (chmod(through.c_str(), mode) != 0) return ErrnoError(errno, "chmod " + path);
  if (listen(listener.fd(), SOMAXCONN) != 0) return ErrnoError(errno, "listen on " + path);
  return listener;
}

UnixListener::~UnixListener() {
  // A moved-from listener owns no file.
  if (file_ && IsSameFile(file_.get(), path_)) unlink(path_.c_str());
}

Result<ScopedFd> UnixListener::Accept() {
  for (;;) {
    ScopedFd connection(accept4(fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection) return connection;
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return ScopedFd();
    const int reason = errno;
    if ((reason == EMFILE || reason == ENFILE) && reserve_) {
      reserve_.Reset();
      ScopedFd refused(accept4(fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      refused.Reset();
      reserve_ = OpenReserve();
    }
    return ErrnoError(reason, "accept");
  }
}

}  // namespace doorbell
