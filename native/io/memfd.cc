#include "io/memfd.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <limits>

namespace doorbell {

Result<ScopedFd> CreateMemfd(const std::string& name, uint64_t size) {
  if (size > static_cast<uint64_t>(std::numeric_limits<off_t>::max()))
    return ErrnoError(EFBIG, "memfd " + name);
  ScopedFd fd(memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return ErrnoError(errno, "memfd_create");
  if (ftruncate(fd.get(), static_cast<off_t>(size)) != 0) return ErrnoError(errno, "ftruncate");
  if (fcntl(fd.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
    return ErrnoError(errno, "F_ADD_SEALS");
  return fd;
}

}  // namespace doorbell
