#include "virtq/event_target.h"

#include <fcntl.h>

#include <cerrno>

#include "io/eventfd.h"

namespace doorbell {

Result<std::shared_ptr<const EventTarget>> EventTarget::From(int fd) {
  if (Status prepared = PrepareEventfd(fd); !prepared.ok()) return prepared.error();
  ScopedFd own(fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!own.valid()) return ErrnoError(errno, "duplicate an eventfd");
  return std::make_shared<const EventTarget>(std::move(own));
}

void EventTarget::Signal() const {
  // An error is the peer's loss.
  [[maybe_unused]] const Status signalled = SignalEventfd(fd_.get());
}

}  // namespace doorbell
