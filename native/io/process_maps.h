// What /proc tells about a peer's process. A pid is only a number that may be used again, so every answer is
// taken between opening a pidfd and finding its process still alive.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace doorbell {

// The file behind a mapping as /proc/PID/maps names it.
struct MappedFile {
  dev_t device = 0;
  ino_t inode = 0;
};

// Empty where mappings of `fd` cannot be told apart: anonymous inodes all share one inode number.
std::optional<MappedFile> MappedFileOf(int fd);

struct MapsAnswer {
  enum class Kind { kMapped, kUnmapped, kDenied };

  Kind kind = Kind::kDenied;
  // kMapped: where the byte at `offset` is in that process.
  uint64_t address = 0;
  // kDenied.
  std::string reason;
};

// Whether `pid` maps the byte at `offset` of `file`. Reads the whole of /proc/PID/maps and may wait for that
// process's memory lock: not for the JS thread.
MapsAnswer FindMapping(pid_t pid, MappedFile file, uint64_t offset);

// One line of /proc/PID/maps: the address of `offset` of `file`, if that line maps it.
std::optional<uint64_t> AddressInMapsLine(const std::string& line, MappedFile file, uint64_t offset);

// The process's name (/proc/PID/comm).
std::optional<std::string> ProcessName(pid_t pid);

}  // namespace doorbell
