#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/scoped_fd.h"

namespace doorbell {

// Counter 0, non-blocking, close-on-exec.
Result<ScopedFd> CreateEventfd();

// Whether `fd` is an eventfd, as /proc names it.
bool IsEventfd(int fd);

// Checks that a peer's `fd` is an eventfd, pipe or socket (`EINVAL` otherwise) and makes it non-blocking:
// user-mode Linux takes its interrupts from a socket pair, eight bytes each. The flag belongs to the open file,
// which the peer shares, so writers must not rely on it alone: see SignalEventfd.
Status PrepareEventfd(int fd);

// Adds 1; `EPIPE` where the reader of a pipe or socket left. A full counter (its reader is already woken) is success. Does not block even where the peer made
// the file blocking again.
Status SignalEventfd(int fd);

// Takes the counter of an eventfd that is ours, 0 where nobody signalled since. Does not block even where the peer
// made the file blocking.
Result<uint64_t> TakeEventfd(int fd);

}  // namespace doorbell
