#include "io/fd_identity.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <fstream>

#include "io/proc_link.h"

namespace doorbell {

namespace {

std::string DeviceAndInode(const char* kind, const struct stat& info) {
  return std::string(kind) + ":" + std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino);
}

std::string LastPart(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// Linux ≥ 5.2 numbers its eventfds in fdinfo.
std::optional<std::string> EventfdKey(int fd) {
  constexpr const char* kField = "eventfd-id:";
  std::ifstream info("/proc/self/fdinfo/" + std::to_string(fd));
  for (std::string line; std::getline(info, line);) {
    if (line.rfind(kField, 0) != 0) continue;
    const size_t digits = line.find_first_of("0123456789");
    if (digits == std::string::npos) break;
    return "eventfd:" + line.substr(digits);
  }
  return std::nullopt;
}

FdIdentity IdentifyRegular(int fd, const struct stat& info) {
  FdIdentity identity;
  // tmpfs files know seals too, so their presence does not tell; the name that the kernel gives does.
  const bool is_memfd = info.st_nlink == 0 && FdLink(fd).rfind("/memfd:", 0) == 0;
  identity.kind = is_memfd ? "memfd" : "file";
  identity.key = DeviceAndInode(identity.kind.c_str(), info);
  identity.size = static_cast<uint64_t>(info.st_size);
  const int seals = is_memfd ? fcntl(fd, F_GET_SEALS) : -1;
  if (seals >= 0) identity.seals = seals;
  return identity;
}

// A vfio group is what its character device says: the number is in sysfs, wherever the node lies in /dev.
FdIdentity IdentifyCharacterDevice(const struct stat& info) {
  const std::string number =
      std::to_string(major(info.st_rdev)) + ":" + std::to_string(minor(info.st_rdev));
  const std::string sysfs = "/sys/dev/char/" + number;
  const std::string subsystem = LastPart(ReadLink(sysfs + "/subsystem"));
  FdIdentity identity;
  identity.kind = subsystem == "vfio"       ? "vfio-group"
                  : subsystem == "vfio-dev" ? "vfio-device"
                                            : "char-device";
  const std::string name = identity.kind == "char-device" ? number : LastPart(ReadLink(sysfs));
  identity.key = identity.kind + ":" + name;
  return identity;
}

FdIdentity IdentifyAnonymous(int fd) {
  const std::string link = FdLink(fd);
  FdIdentity identity;
  identity.kind = "other";
  if (link == "anon_inode:[eventfd]") {
    identity.kind = "eventfd";
    identity.key = EventfdKey(fd);
  }
  if (link == "anon_inode:[vfio-device]") identity.kind = "vfio-device";
  return identity;
}

}  // namespace

FdIdentity IdentifyFd(int fd) {
  struct stat info = {};
  FdIdentity identity;
  identity.kind = "other";
  if (fstat(fd, &info) != 0) return identity;
  switch (info.st_mode & S_IFMT) {
    case S_IFREG:
      return IdentifyRegular(fd, info);
    case S_IFCHR:
      return IdentifyCharacterDevice(info);
    case S_IFSOCK:
      identity.kind = "socket";
      identity.key = DeviceAndInode("socket", info);
      return identity;
    case S_IFIFO:
      identity.kind = "pipe";
      identity.key = DeviceAndInode("pipe", info);
      return identity;
    case 0:
      return IdentifyAnonymous(fd);
    default:
      return identity;
  }
}

}  // namespace doorbell
