#include "io/process_maps.h"

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/scoped_fd.h"
#include "base/scoped_mmap.h"
#include "io/memfd.h"
#include "testing/test.h"

namespace doorbell::process_maps_test {
namespace {

const MappedFile kFile = {makedev(0, 1), 4711};
constexpr const char* kLine =
    "7f0000000000-7f0000003000 rw-s 00001000 00:01 4711                       /memfd:x (deleted)";

TEST("a maps line maps the offsets that it covers and no others") {
  CHECK(AddressInMapsLine(kLine, kFile, 0x1000) == 0x7f0000000000u);
  CHECK(AddressInMapsLine(kLine, kFile, 0x3fff) == 0x7f0000002fffu);
  CHECK(!AddressInMapsLine(kLine, kFile, 0xfff).has_value());
  CHECK(!AddressInMapsLine(kLine, kFile, 0x4000).has_value());
}

TEST("a maps line of another inode or device does not match") {
  CHECK(!AddressInMapsLine(kLine, {makedev(0, 1), 4712}, 0x1000).has_value());
  CHECK(!AddressInMapsLine(kLine, {makedev(0, 2), 4711}, 0x1000).has_value());
}

TEST("lines that are no maps lines are passed over") {
  CHECK(!AddressInMapsLine("", kFile, 0).has_value());
  CHECK(!AddressInMapsLine("7f00-", kFile, 0).has_value());
  CHECK(!AddressInMapsLine("nonsense all along", kFile, 0).has_value());
}

TEST("our own mapping of a memfd is found where it is, and gone after unmapping") {
  const Result<ScopedFd> fd = CreateMemfd("maps", 3 * PageSize());
  REQUIRE(fd.ok());
  const std::optional<MappedFile> file = MappedFileOf(fd.value().get());
  REQUIRE(file.has_value());
  Result<ScopedMmap> mapping = ScopedMmap::MapShared(fd.value().get(), PageSize(), PageSize());
  REQUIRE(mapping.ok());

  const MapsAnswer found = FindMapping(getpid(), *file, PageSize());
  CHECK(found.kind == MapsAnswer::Kind::kMapped);
  CHECK_EQ(found.address, reinterpret_cast<uint64_t>(mapping.value().data()));
  CHECK(FindMapping(getpid(), *file, 0).kind == MapsAnswer::Kind::kUnmapped);
  mapping.value().Reset();
  CHECK(FindMapping(getpid(), *file, PageSize()).kind == MapsAnswer::Kind::kUnmapped);
}

TEST("a process that ended cannot be read") {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  REQUIRE(child > 0);
  REQUIRE(waitpid(child, nullptr, 0) == child);
  const MapsAnswer answer = FindMapping(child, kFile, 0);
  CHECK(answer.kind == MapsAnswer::Kind::kDenied);
  CHECK(!answer.reason.empty());
  CHECK(!ProcessName(child).has_value());
}

TEST("a process that ended but was not waited for is not taken as having unmapped") {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  REQUIRE(child > 0);
  siginfo_t info = {};
  REQUIRE(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) == 0);
  CHECK(FindMapping(child, kFile, 0).kind == MapsAnswer::Kind::kDenied);
  REQUIRE(waitpid(child, nullptr, 0) == child);
}

TEST("anonymous inodes cannot be looked for") {
  const ScopedFd epoll(epoll_create1(EPOLL_CLOEXEC));
  CHECK(!MappedFileOf(epoll.get()).has_value());
}

TEST("this process has a name") { CHECK(ProcessName(getpid()).has_value()); }

}  // namespace
}  // namespace doorbell::process_maps_test
