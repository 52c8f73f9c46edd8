#include "base/scoped_fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace doorbell {

void ScopedFd::Reset(int fd) {
  const int old = std::exchange(fd_, fd);
  if (old < 0) return;
  // Linux releases the number even when close() reports EINTR, so it is never repeated. Callers read errno
  // of the operation that failed, not of the clean-up after it.
  const int saved = errno;
  close(old);
  errno = saved;
}

ScopedFd ScopedFd::Duplicate() const { return ScopedFd(fcntl(fd_, F_DUPFD_CLOEXEC, 0)); }

}  // namespace doorbell
