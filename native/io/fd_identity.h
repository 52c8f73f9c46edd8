#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace doorbell {

// What an fd is, as the kernel tells it.
struct FdIdentity {
  // Spelled as FdIdentity.kind in main/addon/surface.ts.
  std::string kind;
  // Equal for two fds of the same object, as long as one of them is open. Anonymous inodes all share one inode
  // number, so only those that name themselves elsewhere (eventfd-id in fdinfo) have a key.
  std::optional<std::string> key;
  // File size in bytes, where the file has one.
  std::optional<uint64_t> size;
  // F_SEAL_* of a memfd.
  std::optional<int> seals;
};

FdIdentity IdentifyFd(int fd);

}  // namespace doorbell
