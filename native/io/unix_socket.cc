#include "io/unix_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

#include "io/unix_address.h"

namespace doorbell {

namespace {

// Takes ownership of every fd that the kernel installed, whatever else the message turns out to be.
std::vector<ScopedFd> AdoptFds(msghdr& message) {
  std::vector<ScopedFd> fds;
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr;
       control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(control) + i * sizeof(int), sizeof(fd));
      fds.emplace_back(fd);
    }
  }
  return fds;
}

Result<ScopedFd> NewSocket() {
  ScopedFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return ErrnoError(errno, "socket");
  return fd;
}

}  // namespace

ReceiveOutcome Receive(int socket, size_t max) {
  ReceiveOutcome outcome;
  outcome.bytes.resize(max);
  iovec part = {outcome.bytes.data(), outcome.bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(kMaxReceivedFds * sizeof(int))];
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);

  ssize_t count = -1;
  do {
    count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    const bool would_block = errno == EAGAIN || errno == EWOULDBLOCK;
    outcome.kind =
        would_block ? ReceiveOutcome::Kind::kWouldBlock : ReceiveOutcome::Kind::kError;
    outcome.error = ErrnoError(errno, "recvmsg");
    outcome.bytes.clear();
    return outcome;
  }

  outcome.fds = AdoptFds(message);
  outcome.fds_truncated = (message.msg_flags & MSG_CTRUNC) != 0;
  if (outcome.fds_truncated) outcome.fds.clear();
  outcome.bytes.resize(static_cast<size_t>(count));
  outcome.kind = count == 0 ? ReceiveOutcome::Kind::kEnd : ReceiveOutcome::Kind::kData;
  return outcome;
}

Result<size_t> Send(int socket, std::span<const std::byte> bytes, std::span<const int> fds) {
  if (bytes.empty() && !fds.empty()) return ErrnoError(EINVAL, "fds need a byte to travel with");
  if (bytes.empty()) return size_t{0};
  // sendmsg does not write through the pointer.
  iovec part = {const_cast<std::byte*>(bytes.data()), bytes.size()};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  // Of cmsghdr, for its alignment.
  std::vector<cmsghdr> control;
  if (!fds.empty()) {
    const size_t space = CMSG_SPACE(fds.size_bytes());
    control.resize((space + sizeof(cmsghdr) - 1) / sizeof(cmsghdr));
    message.msg_control = control.data();
    message.msg_controllen = space;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
  }

  ssize_t count = -1;
  do {
    count = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  if (count >= 0) return static_cast<size_t>(count);
  if (errno == EAGAIN || errno == EWOULDBLOCK) return size_t{0};
  return ErrnoError(errno, "sendmsg");
}

Result<ScopedFd> Connect(const std::string& path) {
  const Result<sockaddr_un> address = UnixAddress(path);
  if (!address.ok()) return address.error();
  Result<ScopedFd> fd = NewSocket();
  if (!fd.ok()) return fd;
  const auto* generic = reinterpret_cast<const sockaddr*>(&address.value());
  if (connect(fd.value().get(), generic, sizeof(sockaddr_un)) != 0)
    return ErrnoError(errno, "connect to " + path);
  return fd;
}

Result<SocketPair> MakeSocketPair() {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0)
    return ErrnoError(errno, "socketpair");
  return SocketPair{ScopedFd(fds[0]), ScopedFd(fds[1])};
}

Status PrepareStream(int fd) {
  int domain = 0;
  int type = 0;
  socklen_t length = sizeof(int);
  if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) != 0)
    return ErrnoError(errno, "not a socket");
  length = sizeof(int);
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0 || domain != AF_UNIX ||
      type != SOCK_STREAM)
    return ErrnoError(ENOTSOCK, "not a unix stream socket");
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) return ErrnoError(errno, "fcntl");
  return {};
}

std::optional<PeerCredentials> Peer(int socket) {
  ucred credentials = {};
  socklen_t length = sizeof(credentials);
  const bool known = getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0;
  if (!known || credentials.pid <= 0) return std::nullopt;
  return PeerCredentials{credentials.pid, credentials.uid, credentials.gid};
}

}  // namespace doorbell
