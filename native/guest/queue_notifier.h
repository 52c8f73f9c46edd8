// One queue's ways between driver and device: the kick eventfd, the notify page that takes its place while
// one is mapped, and the call eventfd for the way back. Used under the guest's gate: one thread at a time.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "base/scoped_fd.h"
#include "base/scoped_mmap.h"
#include "mem/sigbus_guard.h"

namespace doorbell {

class QueueNotifier {
 public:
  enum class Way { kKick, kDoorbell };

  static Result<QueueNotifier> Create();

  // Maps exactly one page of `fd`, which stays the caller's, in place of what was mapped before. All three
  // values are the back-end's: `size` must be the system's page size (code `size`), `offset` a multiple of it
  // (`offset`), the range inside the file where the file has a size (`beyond-file`), and the file mappable
  // for reading and writing (`not-mappable`). A failure leaves the earlier page mapped.
  Status Map(int fd, uint64_t offset, uint64_t size);
  // Nothing stores to the page after it returns.
  void Unmap();

  // Tells the device to look at queue `index`: a store to the page if there is one, else a kick. With
  // NOTIFICATION_DATA the store is of 32 bits, with where the driver's next descriptor goes in the upper half.
  Way Notify(uint16_t index, std::optional<uint16_t> next = std::nullopt);

  // Borrowed.
  int kick_fd() const { return kick_.get(); }
  int call_fd() const { return call_.get(); }

 private:
  QueueNotifier() = default;

  ScopedFd kick_;
  ScopedFd call_;
  ScopedMmap page_;
  // After `page_`: it leaves the registry before the page is unmapped.
  SigbusGuard guard_;
};

}  // namespace doorbell
