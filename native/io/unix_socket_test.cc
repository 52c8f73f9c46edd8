#include "io/unix_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "io/eventfd.h"
#include "io/fd_identity.h"
#include "io/memfd.h"
#include "testing/test.h"

namespace doorbell::unix_socket_test {
namespace {

constexpr std::string_view kText = "twelve bytes";

std::span<const std::byte> Bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

SocketPair Pair() {
  Result<SocketPair> pair = MakeSocketPair();
  REQUIRE(pair.ok());
  return std::move(pair).value();
}

size_t OpenFds() {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    ++count;
  return count;
}

std::vector<ScopedFd> Eventfds(size_t count) {
  std::vector<ScopedFd> fds;
  while (fds.size() < count) {
    Result<ScopedFd> fd = CreateEventfd();
    REQUIRE(fd.ok());
    fds.push_back(std::move(fd).value());
  }
  return fds;
}

std::vector<int> Numbers(const std::vector<ScopedFd>& fds) {
  std::vector<int> numbers;
  for (const ScopedFd& fd : fds) numbers.push_back(fd.get());
  return numbers;
}

TEST("receiving bytes with 8 fds gives the same open files, close-on-exec") {
  const SocketPair pair = Pair();
  const std::vector<ScopedFd> sent = Eventfds(8);
  REQUIRE(Send(pair.first.get(), Bytes(kText), Numbers(sent)).ok());
  const ReceiveOutcome outcome = Receive(pair.second.get(), 64);
  REQUIRE(outcome.kind == ReceiveOutcome::Kind::kData);
  CHECK_EQ(outcome.bytes.size(), kText.size());
  CHECK(!outcome.fds_truncated);
  REQUIRE(outcome.fds.size() == 8);
  for (size_t i = 0; i < sent.size(); ++i) {
    CHECK(IdentifyFd(sent[i].get()).key == IdentifyFd(outcome.fds[i].get()).key);
    CHECK((fcntl(outcome.fds[i].get(), F_GETFD) & FD_CLOEXEC) != 0);
  }
}

TEST("receiving 9 fds closes every one and says so") {
  const SocketPair pair = Pair();
  const std::vector<ScopedFd> sent = Eventfds(9);
  const size_t before = OpenFds();
  REQUIRE(Send(pair.first.get(), Bytes(kText), Numbers(sent)).ok());
  const ReceiveOutcome outcome = Receive(pair.second.get(), 64);
  REQUIRE(outcome.kind == ReceiveOutcome::Kind::kData);
  CHECK_EQ(outcome.bytes.size(), kText.size());
  CHECK(outcome.fds_truncated);
  CHECK(outcome.fds.empty());
  CHECK_EQ(OpenFds(), before);
}

TEST("receiving less than was sent gives the fds with the first byte and nothing with the rest") {
  const SocketPair pair = Pair();
  const std::vector<ScopedFd> sent = Eventfds(1);
  REQUIRE(Send(pair.first.get(), Bytes(kText), Numbers(sent)).ok());
  const ReceiveOutcome first = Receive(pair.second.get(), 5);
  CHECK_EQ(first.bytes.size(), 5u);
  CHECK_EQ(first.fds.size(), 1u);
  const ReceiveOutcome rest = Receive(pair.second.get(), 64);
  CHECK_EQ(rest.bytes.size(), kText.size() - 5);
  CHECK(rest.fds.empty());
}

TEST("fds that an outcome still holds are closed with it") {
  const SocketPair pair = Pair();
  const std::vector<ScopedFd> sent = Eventfds(3);
  const size_t before = OpenFds();
  REQUIRE(Send(pair.first.get(), Bytes(kText), Numbers(sent)).ok());
  { const ReceiveOutcome outcome = Receive(pair.second.get(), 64); }
  CHECK_EQ(OpenFds(), before);
}

TEST("receiving from an idle socket would block") {
  const SocketPair pair = Pair();
  CHECK(Receive(pair.second.get(), 64).kind == ReceiveOutcome::Kind::kWouldBlock);
}

TEST("receiving after the peer left is the end") {
  SocketPair pair = Pair();
  pair.first.Reset();
  CHECK(Receive(pair.second.get(), 64).kind == ReceiveOutcome::Kind::kEnd);
}

TEST("receiving from a peer that left our bytes unread is an error with a name") {
  SocketPair pair = Pair();
  REQUIRE(Send(pair.second.get(), Bytes(kText), {}).ok());
  pair.first.Reset();
  const ReceiveOutcome outcome = Receive(pair.second.get(), 64);
  CHECK(outcome.kind == ReceiveOutcome::Kind::kError);
  CHECK_EQ(outcome.error.code, "ECONNRESET");
}

TEST("sending to a peer that left is EPIPE and raises no signal") {
  SocketPair pair = Pair();
  pair.second.Reset();
  const Result<size_t> sent = Send(pair.first.get(), Bytes(kText), {});
  REQUIRE(!sent.ok());
  CHECK_EQ(sent.error().code, "EPIPE");
}

TEST("sending into a full socket takes fewer bytes, then none") {
  const SocketPair pair = Pair();
  const std::vector<std::byte> much(1 << 22);
  const Result<size_t> some = Send(pair.first.get(), much, {});
  REQUIRE(some.ok());
  CHECK(some.value() < much.size());
  Result<size_t> more = Send(pair.first.get(), much, {});
  while (more.ok() && more.value() > 0) more = Send(pair.first.get(), much, {});
  REQUIRE(more.ok());
  CHECK_EQ(more.value(), 0u);
}

TEST("sending fds without a byte to carry them is refused") {
  const SocketPair pair = Pair();
  const std::vector<ScopedFd> fds = Eventfds(1);
  const Result<size_t> sent = Send(pair.first.get(), {}, Numbers(fds));
  REQUIRE(!sent.ok());
  CHECK_EQ(sent.error().code, "EINVAL");
}

TEST("connecting to nothing, to an empty path or to a long one fails with a name") {
  CHECK_EQ(Connect("/nonexistent/socket").error().code, "ENOENT");
  CHECK_EQ(Connect("").error().code, "EINVAL");
  CHECK_EQ(Connect(std::string(200, 'x')).error().code, "ENAMETOOLONG");
}

TEST("preparing a stream takes unix stream sockets only") {
  const SocketPair pair = Pair();
  CHECK(PrepareStream(pair.first.get()).ok());
  const ScopedFd datagram(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  CHECK_EQ(PrepareStream(datagram.get()).error().code, "ENOTSOCK");
  const std::vector<ScopedFd> eventfds = Eventfds(1);
  CHECK_EQ(PrepareStream(eventfds[0].get()).error().code, "ENOTSOCK");
}

TEST("the peer of a socket pair is this process") {
  const SocketPair pair = Pair();
  const std::optional<PeerCredentials> peer = Peer(pair.first.get());
  REQUIRE(peer.has_value());
  CHECK_EQ(peer->pid, getpid());
}

TEST("signalling a full eventfd succeeds without blocking, even where the peer made it blocking") {
  const std::vector<ScopedFd> fds = Eventfds(1);
  const uint64_t full = ~uint64_t{0} - 1;
  REQUIRE(write(fds[0].get(), &full, sizeof(full)) == sizeof(full));
  REQUIRE(fcntl(fds[0].get(), F_SETFL, 0) == 0);
  CHECK(SignalEventfd(fds[0].get()).ok());
}

TEST("an eventfd, or a socket as user-mode Linux sends, is prepared to be signalled, a file is not") {
  const std::vector<ScopedFd> fds = Eventfds(1);
  CHECK(PrepareEventfd(fds[0].get()).ok());
  const SocketPair pair = Pair();
  CHECK(PrepareEventfd(pair.first.get()).ok());
  const Result<ScopedFd> file = CreateMemfd("no eventfd", 1);
  CHECK_EQ(PrepareEventfd(file.value().get()).error().code, "EINVAL");
}

TEST("signalling a socket sends 8 bytes, and is EPIPE without a signal when its reader left") {
  SocketPair pair = Pair();
  CHECK(SignalEventfd(pair.first.get()).ok());
  CHECK_EQ(Receive(pair.second.get(), 64).bytes.size(), 8u);
  pair.second.Reset();
  const Status signalled = SignalEventfd(pair.first.get());
  REQUIRE(!signalled.ok());
  CHECK_EQ(signalled.error().code, "EPIPE");
}

}  // namespace
}  // namespace doorbell::unix_socket_test
