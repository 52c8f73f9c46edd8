#pragma once

#include <memory>

#include "base/result.h"
#include "base/scoped_fd.h"

namespace doorbell {

// A peer's eventfd that we signal: the call or err fd of a ring. Shared, because a command may put another in
// its place while a batch signals this one.
class EventTarget {
 public:
  // Keeps a duplicate of `fd`. EINVAL where it is no eventfd.
  static Result<std::shared_ptr<const EventTarget>> From(int fd);

  explicit EventTarget(ScopedFd fd) : fd_(std::move(fd)) {}

  // Adds 1 without blocking. A peer that lets its counter run full loses its own interrupts and nobody else's.
  void Signal() const;

  // Borrowed; for a device that signals it itself, which takes an eventfd only.
  int fd() const { return fd_.get(); }

 private:
  ScopedFd fd_;
};

}  // namespace doorbell
