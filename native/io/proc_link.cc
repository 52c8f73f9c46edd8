#include "io/proc_link.h"

#include <unistd.h>

#include <array>
#include <climits>

namespace doorbell {

std::string ReadLink(const std::string& path) {
  std::array<char, PATH_MAX> text;
  const ssize_t length = readlink(path.c_str(), text.data(), text.size());
  return length < 0 ? std::string() : std::string(text.data(), static_cast<size_t>(length));
}

std::string FdLink(int fd) { return ReadLink("/proc/self/fd/" + std::to_string(fd)); }

}  // namespace doorbell
