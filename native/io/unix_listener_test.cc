#include "io/unix_listener.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>
#include <vector>

#include "io/unix_address.h"
#include "io/unix_socket.h"
#include "testing/scratch_folder.h"
#include "testing/test.h"

namespace doorbell::unix_listener_test {
namespace {

using testing::ScratchFolder;

mode_t ModeOf(const std::string& path) {
  struct stat info = {};
  return lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

// What a killed process leaves: a bound socket file without a socket.
void LeaveStaleSocket(const std::string& path) {
  const ScopedFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Result<sockaddr_un> address = UnixAddress(path);
  REQUIRE(bind(socket.get(), reinterpret_cast<const sockaddr*>(&address.value()),
               sizeof(sockaddr_un)) == 0);
}

TEST("a listener accepts what connects and nothing else") {
  const ScratchFolder folder;
  Result<UnixListener> listener = UnixListener::Listen(folder / "s", 0600);
  REQUIRE(listener.ok());
  CHECK(!listener.value().Accept().value().valid());
  const Result<ScopedFd> client = Connect(folder / "s");
  REQUIRE(client.ok());
  CHECK(listener.value().Accept().value().valid());
}

TEST("the socket file has exactly the mode asked for, whatever the umask") {
  const ScratchFolder folder;
  const mode_t old = umask(0);
  const Result<UnixListener> narrow = UnixListener::Listen(folder / "narrow", 0600);
  umask(0077);
  const Result<UnixListener> wide = UnixListener::Listen(folder / "wide", 0660);
  umask(old);
  REQUIRE(narrow.ok() && wide.ok());
  CHECK_EQ(ModeOf(folder / "narrow"), mode_t{0600});
  CHECK_EQ(ModeOf(folder / "wide"), mode_t{0660});
}

TEST("a socket file is never more open than asked for, seen from the moment it exists") {
  const ScratchFolder folder;
  const std::string path = folder / "s";
  const mode_t old = umask(0);
  std::atomic<bool> done = false;
  std::atomic<int> too_open = 0;
  std::thread watcher([&] {
    while (!done)
      if ((ModeOf(path) & 0177) != 0) ++too_open;
  });
  for (int i = 0; i < 300; ++i) {
    const Result<UnixListener> listener = UnixListener::Listen(path, 0600);
    REQUIRE(listener.ok());
  }
  done = true;
  watcher.join();
  umask(old);
  CHECK_EQ(too_open.load(), 0);
}

TEST("a stale socket file is replaced") {
  const ScratchFolder folder;
  LeaveStaleSocket(folder / "s");
  const Result<UnixListener> listener = UnixListener::Listen(folder / "s", 0600);
  REQUIRE(listener.ok());
  CHECK(Connect(folder / "s").ok());
}

TEST("a socket on which somebody listens is not replaced") {
  const ScratchFolder folder;
  const Result<UnixListener> first = UnixListener::Listen(folder / "s", 0600);
  REQUIRE(first.ok());
  const Result<UnixListener> second = UnixListener::Listen(folder / "s", 0600);
  REQUIRE(!second.ok());
  CHECK_EQ(second.error().code, "EADDRINUSE");
  CHECK(Connect(folder / "s").ok());
}

TEST("a plain file at the path is not deleted") {
  const ScratchFolder folder;
  std::ofstream(folder / "s") << "precious";
  const Result<UnixListener> listener = UnixListener::Listen(folder / "s", 0600);
  REQUIRE(!listener.ok());
  CHECK_EQ(listener.error().code, "EADDRINUSE");
  CHECK(std::filesystem::exists(folder / "s"));
}

TEST("closing a listener removes its file") {
  const ScratchFolder folder;
  { const Result<UnixListener> listener = UnixListener::Listen(folder / "s", 0600); }
  CHECK(!std::filesystem::exists(folder / "s"));
}

TEST("closing a listener leaves a file that another has put in its place") {
  const ScratchFolder folder;
  std::optional<Result<UnixListener>> first(UnixListener::Listen(folder / "s", 0600));
  REQUIRE(first->ok());
  std::filesystem::remove(folder / "s");
  const Result<UnixListener> second = UnixListener::Listen(folder / "s", 0600);
  REQUIRE(second.ok());
  first.reset();
  CHECK(Connect(folder / "s").ok());
}

TEST("of many that replace one stale file at once exactly one listens") {
  const ScratchFolder folder;
  LeaveStaleSocket(folder / "s");
  std::atomic<int> listening = 0;
  std::atomic<int> refused = 0;
  std::atomic<int> done = 0;
  constexpr int kThreads = 8;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&] {
      const Result<UnixListener> listener = UnixListener::Listen(folder / "s", 0600);
      if (listener.ok()) ++listening;
      if (!listener.ok() && listener.error().code == "EADDRINUSE") ++refused;
      ++done;
      while (done < kThreads) std::this_thread::yield();
    });
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(listening.load(), 1);
  CHECK_EQ(refused.load(), kThreads - 1);
}

TEST("a connection that comes when descriptors ran out is refused at once") {
  const ScratchFolder folder;
  Result<UnixListener> listener = UnixListener::Listen(folder / "s", 0600);
  REQUIRE(listener.ok());
  const Result<ScopedFd> client = Connect(folder / "s");
  REQUIRE(client.ok());
  rlimit limit = {};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const rlimit none = {3, limit.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  const Result<ScopedFd> connection = listener.value().Accept();
  REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  REQUIRE(!connection.ok());
  CHECK_EQ(connection.error().code, "EMFILE");
}

}  // namespace
}  // namespace doorbell::unix_listener_test
