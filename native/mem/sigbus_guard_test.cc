#include "mem/sigbus_guard.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "base/scoped_fd.h"
#include "base/scoped_mmap.h"
#include "mem/guest_memory.h"
#include "testing/test.h"

namespace doorbell::sigbus_guard_test {
namespace {

constexpr uint64_t kGuest = 0x1000;

// Unsealed, as UML's and DPDK's memory is.
ScopedFd TruncatableMemfd(size_t pages) {
  ScopedFd fd(memfd_create("truncatable", MFD_CLOEXEC));
  REQUIRE(ftruncate(fd.get(), static_cast<off_t>(pages * PageSize())) == 0);
  return fd;
}

std::shared_ptr<GuestMemory> MapWhole(int fd, size_t pages) {
  const RegionSpec spec = {kGuest, pages * PageSize(), 0x7f0000000000, 0, fd};
  Result<std::shared_ptr<GuestMemory>> memory = GuestMemory::Map({&spec, 1});
  REQUIRE(memory.ok());
  return std::move(memory).value();
}

volatile unsigned char& At(GuestMemory& memory, uint64_t offset) {
  return *reinterpret_cast<volatile unsigned char*>(memory.FromGuest(kGuest + offset, 1));
}

TEST("reading beyond a truncated file gives zeros and marks the memory") {
  const ScopedFd fd = TruncatableMemfd(3);
  const auto memory = MapWhole(fd.get(), 3);
  At(*memory, PageSize()) = 42;
  CHECK(!memory->truncated());
  REQUIRE(ftruncate(fd.get(), static_cast<off_t>(PageSize())) == 0);
  CHECK_EQ(static_cast<int>(At(*memory, PageSize())), 0);
  CHECK(memory->truncated());
}

TEST("writing beyond a truncated file goes nowhere and the rest of the memory stays the file's") {
  const ScopedFd fd = TruncatableMemfd(3);
  const auto memory = MapWhole(fd.get(), 3);
  REQUIRE(ftruncate(fd.get(), static_cast<off_t>(PageSize())) == 0);
  At(*memory, 2 * PageSize() + 5) = 9;
  At(*memory, 5) = 7;
  unsigned char read = 0;
  REQUIRE(pread(fd.get(), &read, 1, 5) == 1);
  CHECK_EQ(static_cast<int>(read), 7);
  CHECK(memory->truncated());
}

TEST("a fault in one memory leaves another unmarked") {
  const ScopedFd short_fd = TruncatableMemfd(1);
  const ScopedFd whole_fd = TruncatableMemfd(1);
  const auto cut = MapWhole(short_fd.get(), 1);
  const auto whole = MapWhole(whole_fd.get(), 1);
  REQUIRE(ftruncate(short_fd.get(), 0) == 0);
  CHECK_EQ(static_cast<int>(At(*cut, 0)), 0);
  CHECK(cut->truncated());
  CHECK(!whole->truncated());
}

TEST("a registry entry that is used again begins unmarked") {
  const ScopedFd fd = TruncatableMemfd(1);
  auto memory = MapWhole(fd.get(), 1);
  REQUIRE(ftruncate(fd.get(), 0) == 0);
  CHECK_EQ(static_cast<int>(At(*memory, 0)), 0);
  memory.reset();
  REQUIRE(ftruncate(fd.get(), static_cast<off_t>(PageSize())) == 0);
  memory = MapWhole(fd.get(), 1);
  CHECK(!memory->truncated());
}

TEST("threads that fault while others map and unmap all survive") {
  constexpr int kRounds = 200;
  std::atomic<bool> done = false;
  std::thread churn([&] {
    const ScopedFd fd = TruncatableMemfd(1);
    while (!done) {
      const auto memory = MapWhole(fd.get(), 1);
      At(*memory, 0) = 1;
    }
  });
  std::vector<std::thread> faulters;
  std::atomic<int> zeros = 0;
  for (int i = 0; i < 3; ++i)
    faulters.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        const ScopedFd fd = TruncatableMemfd(1);
        const auto memory = MapWhole(fd.get(), 1);
        if (ftruncate(fd.get(), 0) == 0 && At(*memory, 0) == 0 && memory->truncated()) ++zeros;
      }
    });
  for (std::thread& thread : faulters) thread.join();
  done = true;
  churn.join();
  CHECK_EQ(zeros.load(), 3 * kRounds);
}

TEST("more ranges than one chunk of the registry holds are all guarded") {
  const ScopedFd fd = TruncatableMemfd(1);
  std::vector<std::shared_ptr<GuestMemory>> memories;
  for (int i = 0; i < 600; ++i) memories.push_back(MapWhole(fd.get(), 1));
  REQUIRE(ftruncate(fd.get(), 0) == 0);
  int marked = 0;
  for (const auto& memory : memories)
    if (At(*memory, 0) == 0 && memory->truncated()) ++marked;
  CHECK_EQ(marked, 600);
}

// What the child does after the guard was installed; its wait status.
int StatusOfChild(void (*body)()) {
  const pid_t child = fork();
  if (child == 0) {
    body();
    _exit(0);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status;
}

void FaultOutsideEveryRange() {
  // The guard passes it on to what it found: the default action, or the sanitizer's report, which nobody needs.
  close(STDERR_FILENO);
  const ScopedFd fd = TruncatableMemfd(1);
  const auto memory = MapWhole(fd.get(), 1);
  void* foreign = mmap(nullptr, PageSize(), PROT_READ, MAP_SHARED, fd.get(), 0);
  if (ftruncate(fd.get(), 0) == 0) static_cast<void>(*static_cast<volatile char*>(foreign));
}

TEST("a fault outside every range ends the process as before") {
  const int status = StatusOfChild(FaultOutsideEveryRange);
  CHECK(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
}

}  // namespace
}  // namespace doorbell::sigbus_guard_test
