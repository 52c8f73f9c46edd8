#include "io/process_maps.h"

#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <fstream>

#include "base/result.h"
#include "base/scoped_fd.h"

namespace doorbell {

namespace {

// glibc before 2.36 has no wrapper.
ScopedFd OpenPidfd(pid_t pid) {
  return ScopedFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

// A pidfd becomes readable when its process ends.
bool StillAlive(const ScopedFd& pidfd) {
  pollfd ended = {pidfd.get(), POLLIN, 0};
  return poll(&ended, 1, 0) == 0;
}

std::string ProcPath(pid_t pid, const char* name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

MapsAnswer Denied(std::string reason) {
  MapsAnswer answer;
  answer.reason = std::move(reason);
  return answer;
}

}  // namespace

std::optional<MappedFile> MappedFileOf(int fd) {
  struct stat info = {};
  if (fstat(fd, &info) != 0 || (info.st_mode & S_IFMT) == 0) return std::nullopt;
  return MappedFile{info.st_dev, info.st_ino};
}

std::optional<uint64_t> AddressInMapsLine(const std::string& line, MappedFile file,
                                          uint64_t offset) {
  uint64_t first = 0;
  uint64_t end = 0;
  uint64_t file_offset = 0;
  unsigned int device_major = 0;
  unsigned int device_minor = 0;
  uint64_t inode = 0;
  const int fields =
      std::sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %*4s %" SCNx64 " %x:%x %" SCNu64, &first,
                  &end, &file_offset, &device_major, &device_minor, &inode);
  if (fields != 6 || inode != file.inode) return std::nullopt;
  if (device_major != major(file.device) || device_minor != minor(file.device)) return std::nullopt;
  if (offset < file_offset || offset - file_offset >= end - first) return std::nullopt;
  return first + (offset - file_offset);
}

MapsAnswer FindMapping(pid_t pid, MappedFile file, uint64_t offset) {
  const ScopedFd pidfd = OpenPidfd(pid);
  if (!pidfd) return Denied(ErrnoError(errno, "pidfd_open").message);
  const std::string path = ProcPath(pid, "maps");
  errno = 0;
  std::ifstream maps(path);
  if (!maps) return Denied(ErrnoError(errno, path).message);

  MapsAnswer answer;
  answer.kind = MapsAnswer::Kind::kUnmapped;
  bool any_line = false;
  for (std::string line; std::getline(maps, line);) {
    any_line = true;
    const std::optional<uint64_t> address = AddressInMapsLine(line, file, offset);
    if (!address.has_value()) continue;
    answer.kind = MapsAnswer::Kind::kMapped;
    answer.address = *address;
    break;
  }
  if (!StillAlive(pidfd)) return Denied("the process ended");
  // Opened, but reading was refused: a live process has at least one mapping.
  if (!any_line) return Denied(path + ": not readable");
  return answer;
}

std::optional<std::string> ProcessName(pid_t pid) {
  const ScopedFd pidfd = OpenPidfd(pid);
  if (!pidfd) return std::nullopt;
  std::ifstream comm(ProcPath(pid, "comm"));
  std::string name;
  if (!std::getline(comm, name) || !StillAlive(pidfd)) return std::nullopt;
  return name;
}

}  // namespace doorbell
