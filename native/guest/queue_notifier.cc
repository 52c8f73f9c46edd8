#include "guest/queue_notifier.h"

#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <utility>

#include "io/eventfd.h"

namespace doorbell {

Result<QueueNotifier> QueueNotifier::Create() {
  Result<ScopedFd> kick = CreateEventfd();
  if (!kick) return kick.error();
  Result<ScopedFd> call = CreateEventfd();
  if (!call) return call.error();
  QueueNotifier notifier;
  notifier.kick_ = std::move(kick).value();
  notifier.call_ = std::move(call).value();
  return notifier;
}

Status QueueNotifier::Map(int fd, uint64_t offset, uint64_t size) {
  const uint64_t page = PageSize();
  if (size != page)
    return Error{"size", "Notify page of " + std::to_string(size) + " bytes; the page size is " +
                             std::to_string(page)};
  if (offset % page != 0) return Error{"offset", "Notify page at unaligned offset " + std::to_string(offset)};
  struct stat status = {};
  if (fstat(fd, &status) != 0) return ErrnoError(errno, "fstat of the notify page's file");
  // Only files have a size to compare with; a device node's mmap checks its own regions.
  if (S_ISREG(status.st_mode)) {
    const uint64_t file_size = static_cast<uint64_t>(status.st_size);
    if (file_size < page || offset > file_size - page)
      return Error{"beyond-file", "Notify page at offset " + std::to_string(offset) + " of a file of " +
                                      std::to_string(file_size) + " bytes"};
  }
  Result<ScopedMmap> mapping = ScopedMmap::MapShared(fd, offset, page);
  if (!mapping) return Error{"not-mappable", mapping.error().message};
  Unmap();
  page_ = std::move(mapping).value();
  guard_ = SigbusGuard(page_.data(), page_.size(), page);
  return {};
}

void QueueNotifier::Unmap() {
  guard_.Reset();
  page_.Reset();
}

QueueNotifier::Way QueueNotifier::Notify(uint16_t index, std::optional<uint16_t> next) {
  if (page_.valid()) {
    // Release: a device that sees this store sees the avail index that was published before.
    // SAFETY: a mapping begins at a page boundary, and virtio 1.2 §4.1.4.4 puts the queue index there.
    if (next.has_value())
      std::atomic_ref<uint32_t>(*reinterpret_cast<uint32_t*>(page_.data()))
          .store(index | uint32_t{*next} << 16, std::memory_order_release);
    else
      std::atomic_ref<uint16_t>(*reinterpret_cast<uint16_t*>(page_.data()))
          .store(index, std::memory_order_release);
    if (!guard_.truncated()) return Way::kDoorbell;
    // The back-end cut off the file under the page: the store reached nobody.
    Unmap();
  }
  // Our own eventfd: there is nothing to fail, and a full one has a kick pending.
  [[maybe_unused]] const Status signalled = SignalEventfd(kick_.get());
  return Way::kKick;
}

}  // namespace doorbell
