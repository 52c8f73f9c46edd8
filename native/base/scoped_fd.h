#pragma once

#include <utility>

namespace doorbell {

// Owns one file descriptor; closes it exactly once. Move-only.
class ScopedFd {
 public:
  static constexpr int kInvalid = -1;

  ScopedFd() = default;
  // Takes ownership of `fd`.
  explicit ScopedFd(int fd) : fd_(fd) {}
  ScopedFd(ScopedFd&& other) noexcept : fd_(other.Release()) {}
  ScopedFd& operator=(ScopedFd&& other) noexcept {
    if (this != &other) Reset(other.Release());
    return *this;
  }
  ScopedFd(const ScopedFd&) = delete;
  ScopedFd& operator=(const ScopedFd&) = delete;
  ~ScopedFd() { Reset(); }

  bool valid() const { return fd_ >= 0; }
  explicit operator bool() const { return valid(); }
  // Borrowed: stays owned here.
  int get() const { return fd_; }
  // The caller owns it from now on.
  [[nodiscard]] int Release() { return std::exchange(fd_, kInvalid); }
  // Closes what is held and takes `fd`.
  void Reset(int fd = kInvalid);
  // A close-on-exec descriptor of the same open file; invalid with errno set when the system has none left.
  ScopedFd Duplicate() const;

 private:
  int fd_ = kInvalid;
};

}  // namespace doorbell
