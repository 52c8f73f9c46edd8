// Unix stream sockets with fd passing, without a loop: every call is one non-blocking system call.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/scoped_fd.h"

namespace doorbell {

// vhost-user never passes more with one message (VHOST_MEMORY_BASELINE_NREGIONS).
inline constexpr size_t kMaxReceivedFds = 8;

struct ReceiveOutcome {
  enum class Kind { kData, kWouldBlock, kEnd, kError };

  Kind kind = Kind::kEnd;
  // kData: 1…max bytes.
  std::vector<std::byte> bytes;
  // Close-on-exec, the receiver's.
  std::vector<ScopedFd> fds;
  // More than kMaxReceivedFds came or the kernel cut them off: every one of them was closed.
  bool fds_truncated = false;
  // kError.
  Error error;
};

// One recvmsg of at most `max` (≥ 1) bytes. Fds arrive with the first byte that they were sent with, and
// bytes of a later message with fds of its own never come in the same answer.
ReceiveOutcome Receive(int socket, size_t max);

// Bytes taken by the kernel: may be short, 0 = would block. The fds go with the first byte and stay the
// caller's. `EINVAL` for fds without a byte to carry them.
Result<size_t> Send(int socket, std::span<const std::byte> bytes, std::span<const int> fds);

// Non-blocking. `ENAMETOOLONG` beyond sun_path, `EAGAIN` while the listener's backlog is full.
Result<ScopedFd> Connect(const std::string& path);

struct SocketPair {
  ScopedFd first;
  ScopedFd second;
};
Result<SocketPair> MakeSocketPair();

// Checks that `fd` is a unix stream socket (`ENOTSOCK` otherwise) and makes it non-blocking.
Status PrepareStream(int fd);

struct PeerCredentials {
  pid_t pid;
  uid_t uid;
  gid_t gid;
};
// SO_PEERCRED; empty where the kernel does not tell (pid 0: another pid namespace).
std::optional<PeerCredentials> Peer(int socket);

}  // namespace doorbell
