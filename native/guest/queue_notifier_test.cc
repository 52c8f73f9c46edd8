#include "guest/queue_notifier.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <utility>

#include "io/eventfd.h"
#include "io/memfd.h"
#include "testing/test.h"

namespace doorbell::queue_notifier_test {
namespace {

QueueNotifier Notifier() {
  auto notifier = QueueNotifier::Create();
  REQUIRE(notifier.ok());
  return std::move(notifier).value();
}

ScopedFd Pages(uint64_t count) {
  auto fd = CreateMemfd("pages", count * PageSize());
  REQUIRE(fd.ok());
  return std::move(fd).value();
}

uint16_t StoredAt(const ScopedFd& file, uint64_t offset) {
  uint16_t value = 0;
  CHECK_EQ(pread(file.get(), &value, sizeof value, static_cast<off_t>(offset)), 2);
  return value;
}

std::string CodeOf(const Status& status) { return status ? "" : status.error().code; }

TEST("without a page a notification is a kick") {
  QueueNotifier notifier = Notifier();
  CHECK(notifier.Notify(3) == QueueNotifier::Way::kKick);
  uint64_t count = 0;
  CHECK_EQ(read(notifier.kick_fd(), &count, sizeof count), 8);
  CHECK_EQ(count, 1u);
}

TEST("with a page a notification is a store of the queue index and no kick") {
  QueueNotifier notifier = Notifier();
  const ScopedFd pages = Pages(2);
  REQUIRE(notifier.Map(pages.get(), PageSize(), PageSize()).ok());
  CHECK(notifier.Notify(3) == QueueNotifier::Way::kDoorbell);
  CHECK_EQ(StoredAt(pages, PageSize()), 3);
  CHECK_EQ(StoredAt(pages, 0), 0);
  uint64_t count = 0;
  CHECK_EQ(read(notifier.kick_fd(), &count, sizeof count), -1);
}

TEST("after unmapping notifications are kicks again") {
  QueueNotifier notifier = Notifier();
  const ScopedFd pages = Pages(1);
  REQUIRE(notifier.Map(pages.get(), 0, PageSize()).ok());
  notifier.Unmap();
  CHECK(notifier.Notify(3) == QueueNotifier::Way::kKick);
  CHECK_EQ(StoredAt(pages, 0), 0);
}

TEST("a notify area of another size than one page is refused as `size`") {
  QueueNotifier notifier = Notifier();
  const ScopedFd pages = Pages(4);
  CHECK_EQ(CodeOf(notifier.Map(pages.get(), 0, 0)), "size");
  CHECK_EQ(CodeOf(notifier.Map(pages.get(), 0, 2)), "size");
  CHECK_EQ(CodeOf(notifier.Map(pages.get(), 0, 2 * PageSize())), "size");
  CHECK_EQ(CodeOf(notifier.Map(pages.get(), 0, UINT64_MAX)), "size");
}

TEST("a notify area at an unaligned offset is refused as `offset`") {
  QueueNotifier notifier = Notifier();
  const ScopedFd pages = Pages(4);
  CHECK_EQ(CodeOf(notifier.Map(pages.get(), 2, PageSize())), "offset");
}

TEST("a notify area beyond its file is refused as `beyond-file`, also where the sum would overflow") {
  QueueNotifier notifier = Notifier();
  const ScopedFd pages = Pages(4);
  CHECK_EQ(CodeOf(notifier.Map(pages.get(), 4 * PageSize(), PageSize())), "beyond-file");
  CHECK_EQ(CodeOf(notifier.Map(pages.get(), ~uint64_t{0} - PageSize() + 1, PageSize())), "beyond-file");
  const ScopedFd empty = Pages(0);
  CHECK_EQ(CodeOf(notifier.Map(empty.get(), 0, PageSize())), "beyond-file");
}

TEST("an fd that cannot be mapped for writing is refused as `not-mappable`") {
  QueueNotifier notifier = Notifier();
  auto eventfd = CreateEventfd();
  REQUIRE(eventfd.ok());
  CHECK_EQ(CodeOf(notifier.Map(eventfd.value().get(), 0, PageSize())), "not-mappable");
  const ScopedFd pages = Pages(1);
  const ScopedFd read_only(
      open(("/proc/self/fd/" + std::to_string(pages.get())).c_str(), O_RDONLY | O_CLOEXEC));
  CHECK_EQ(CodeOf(notifier.Map(read_only.get(), 0, PageSize())), "not-mappable");
}

TEST("a refused page leaves the earlier one mapped") {
  QueueNotifier notifier = Notifier();
  const ScopedFd pages = Pages(1);
  REQUIRE(notifier.Map(pages.get(), 0, PageSize()).ok());
  CHECK(!notifier.Map(pages.get(), 1, PageSize()).ok());
  CHECK(notifier.Notify(9) == QueueNotifier::Way::kDoorbell);
  CHECK_EQ(StoredAt(pages, 0), 9);
}

TEST("a page whose file was truncated after mapping turns notifications into kicks") {
  QueueNotifier notifier = Notifier();
  const ScopedFd file(memfd_create("unsealed", MFD_CLOEXEC));
  REQUIRE(ftruncate(file.get(), static_cast<off_t>(PageSize())) == 0);
  REQUIRE(notifier.Map(file.get(), 0, PageSize()).ok());
  REQUIRE(ftruncate(file.get(), 0) == 0);
  CHECK(notifier.Notify(1) == QueueNotifier::Way::kKick);
  CHECK(notifier.Notify(1) == QueueNotifier::Way::kKick);
}

}  // namespace
}  // namespace doorbell::queue_notifier_test
