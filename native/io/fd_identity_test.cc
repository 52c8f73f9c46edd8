#include "io/fd_identity.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/scoped_fd.h"
#include "io/eventfd.h"
#include "io/memfd.h"
#include "io/unix_socket.h"
#include "testing/scratch_folder.h"
#include "testing/test.h"

namespace doorbell::fd_identity_test {
namespace {

ScopedFd NewMemfd(uint64_t size) {
  Result<ScopedFd> fd = CreateMemfd("identity", size);
  REQUIRE(fd.ok());
  return std::move(fd).value();
}

TEST("a memfd has its size, its seals and a key that its duplicate shares") {
  const ScopedFd fd = NewMemfd(8192);
  const FdIdentity identity = IdentifyFd(fd.get());
  CHECK_EQ(identity.kind, "memfd");
  CHECK(identity.size == 8192u);
  CHECK(identity.seals == (F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL));
  REQUIRE(identity.key.has_value());
  CHECK(identity.key == IdentifyFd(fd.Duplicate().get()).key);
}

TEST("two memfds have two keys") {
  const ScopedFd one = NewMemfd(1);
  const ScopedFd other = NewMemfd(1);
  CHECK(IdentifyFd(one.get()).key != IdentifyFd(other.get()).key);
}

TEST("two eventfds have two keys, a duplicate has the same") {
  const Result<ScopedFd> one = CreateEventfd();
  const Result<ScopedFd> other = CreateEventfd();
  const FdIdentity identity = IdentifyFd(one.value().get());
  CHECK_EQ(identity.kind, "eventfd");
  REQUIRE(identity.key.has_value());
  CHECK(identity.key == IdentifyFd(one.value().Duplicate().get()).key);
  CHECK(identity.key != IdentifyFd(other.value().get()).key);
  CHECK(!identity.size.has_value());
}

TEST("a file without a name is still a file, not a memfd") {
  const testing::ScratchFolder folder;
  const std::string path = folder / "file";
  const ScopedFd fd(open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  REQUIRE(unlink(path.c_str()) == 0);
  CHECK_EQ(IdentifyFd(fd.get()).kind, "file");
  CHECK(!IdentifyFd(fd.get()).seals.has_value());
}

TEST("sockets, pipes and devices are what they are") {
  const Result<SocketPair> pair = MakeSocketPair();
  CHECK_EQ(IdentifyFd(pair.value().first.get()).kind, "socket");
  CHECK(IdentifyFd(pair.value().first.get()).key != IdentifyFd(pair.value().second.get()).key);
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  const ScopedFd reader(ends[0]);
  const ScopedFd writer(ends[1]);
  CHECK_EQ(IdentifyFd(reader.get()).kind, "pipe");
  const ScopedFd null_device(open("/dev/null", O_RDWR | O_CLOEXEC));
  CHECK_EQ(IdentifyFd(null_device.get()).kind, "char-device");
  CHECK(IdentifyFd(null_device.get()).key == "char-device:1:3");
}

TEST("anonymous inodes that do not name themselves have no key") {
  const ScopedFd epoll(epoll_create1(EPOLL_CLOEXEC));
  const FdIdentity identity = IdentifyFd(epoll.get());
  CHECK_EQ(identity.kind, "other");
  CHECK(!identity.key.has_value());
}

TEST("a descriptor that is not open is unknown") {
  CHECK_EQ(IdentifyFd(-1).kind, "other");
  CHECK(!IdentifyFd(-1).key.has_value());
}

}  // namespace
}  // namespace doorbell::fd_identity_test
