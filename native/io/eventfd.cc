#include "io/eventfd.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>

#include "io/proc_link.h"

namespace doorbell {

Result<ScopedFd> CreateEventfd() {
  ScopedFd fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd) return ErrnoError(errno, "eventfd");
  return fd;
}

bool IsEventfd(int fd) { return FdLink(fd) == "anon_inode:[eventfd]"; }

Status PrepareEventfd(int fd) {
  const std::string link = FdLink(fd);
  const bool is_stream = link.starts_with("pipe:[") || link.starts_with("socket:[");
  if (!is_stream && !IsEventfd(fd)) return ErrnoError(EINVAL, "not an eventfd");
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) return ErrnoError(errno, "fcntl");
  return {};
}

Status SignalEventfd(int fd) {
  pollfd writable = {fd, POLLOUT, 0};
  if (poll(&writable, 1, 0) == 0) return {};
  // A pipe or socket that nobody reads any more: writing would raise SIGPIPE.
  if ((writable.revents & (POLLERR | POLLHUP)) != 0) return ErrnoError(EPIPE, "the reader left");
  const uint64_t one = 1;
  ssize_t written = -1;
  do {
    written = write(fd, &one, sizeof(one));
  } while (written < 0 && errno == EINTR);
  if (written < 0 && errno != EAGAIN) return ErrnoError(errno, "write to an eventfd");
  return {};
}

Result<uint64_t> TakeEventfd(int fd) {
  pollfd readable = {fd, POLLIN, 0};
  if (poll(&readable, 1, 0) == 0) return uint64_t{0};
  uint64_t count = 0;
  ssize_t got = -1;
  do {
    got = read(fd, &count, sizeof(count));
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno != EAGAIN) return ErrnoError(errno, "read of an eventfd");
  return got == sizeof(count) ? count : uint64_t{0};
}

}  // namespace doorbell
