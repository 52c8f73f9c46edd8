#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"
#include "base/scoped_fd.h"

namespace doorbell {

// A listening unix stream socket and the file that leads to it. Move-only.
class UnixListener {
 public:
  // Binds and listens, non-blocking. The file never has more permissions than `mode` and has exactly these
  // when this returns. An existing socket file is replaced only if nobody listens on it; anything else at
  // `path` is `EADDRINUSE`.
  static Result<UnixListener> Listen(const std::string& path, mode_t mode);

  UnixListener(UnixListener&&) = default;
  UnixListener& operator=(UnixListener&&) = delete;
  // Unlinks the file if it is still the one that was bound here.
  ~UnixListener();

  int fd() const { return socket_.get(); }

  // The next connection (non-blocking, close-on-exec); invalid where none waits. When no descriptor is left
  // the connection is accepted and closed at once (`EMFILE`): it would keep the socket readable for ever.
  Result<ScopedFd> Accept();

 private:
  UnixListener(std::string path, ScopedFd socket, ScopedFd file, ScopedFd reserve)
      : path_(std::move(path)),
        socket_(std::move(socket)),
        file_(std::move(file)),
        reserve_(std::move(reserve)) {}

  std::string path_;
  ScopedFd socket_;
  // O_PATH on the socket's file: while it is open the inode number cannot be used again, so comparing it
  // tells for certain whether the path still leads to us.
  ScopedFd file_;
  // Given up for a moment when descriptors run out.
  ScopedFd reserve_;
};

}  // namespace doorbell
