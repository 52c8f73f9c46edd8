#pragma once

#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/result.h"

namespace doorbell {

// `EINVAL` for an empty path or one with a zero byte, `ENAMETOOLONG` where sun_path cannot hold it.
inline Result<sockaddr_un> UnixAddress(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.find('\0') != std::string::npos)
    return ErrnoError(EINVAL, "socket path");
  if (path.size() >= sizeof(address.sun_path)) return ErrnoError(ENAMETOOLONG, path);
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

}  // namespace doorbell
