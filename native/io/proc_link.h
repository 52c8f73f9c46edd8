#pragma once

#include <string>

namespace doorbell {

// What a symbolic link says; empty where it cannot be read.
std::string ReadLink(const std::string& path);

// What /proc says that `fd` of this process is: "anon_inode:[eventfd]", "/memfd:name (deleted)", …
std::string FdLink(int fd);

}  // namespace doorbell
