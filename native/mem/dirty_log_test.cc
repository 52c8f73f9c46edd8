#include "mem/dirty_log.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>

#include "base/scoped_fd.h"
#include "io/eventfd.h"
#include "mem/guest_memory.h"
#include "testing/test.h"

namespace doorbell::dirty_log_test {
namespace {

constexpr uint64_t kPage = DirtyLog::kPageSize;

// A bitmap as a front-end shares it, seen by its other side.
class SharedBits {
 public:
  explicit SharedBits(uint64_t bytes, uint64_t offset = 0) : offset_(offset) {
    fd_.Reset(memfd_create("log", MFD_CLOEXEC));
    REQUIRE(fd_.valid() && ftruncate(fd_.get(), static_cast<off_t>(offset + bytes)) == 0);
    Result<ScopedMmap> mapped = ScopedMmap::MapShared(fd_.get(), 0, offset + bytes);
    REQUIRE(mapped.ok());
    mapping_ = std::move(mapped).value();
    Result<std::shared_ptr<DirtyLog>> log = DirtyLog::Map(fd_.get(), offset, bytes);
    REQUIRE(log.ok());
    log_ = std::move(log).value();
  }
  int fd() const { return fd_.get(); }
  DirtyLog& log() { return *log_; }
  uint8_t* byte(uint64_t at) const { return reinterpret_cast<uint8_t*>(mapping_.data() + offset_ + at); }
  // Numbers of the dirty pages among the first `pages`, in order, each followed by a space.
  std::string Dirty(uint64_t pages) const {
    std::string text;
    for (uint64_t page = 0; page < pages; ++page)
      if ((__atomic_load_n(byte(page / 8), __ATOMIC_SEQ_CST) >> (page % 8) & 1) != 0)
        text += std::to_string(page) + " ";
    return text;
  }

 private:
  uint64_t offset_;
  ScopedFd fd_;
  ScopedMmap mapping_;
  std::shared_ptr<DirtyLog> log_;
};

std::string RefusalOf(int fd, uint64_t offset, uint64_t size) {
  const Result<std::shared_ptr<DirtyLog>> log = DirtyLog::Map(fd, offset, size);
  return log.ok() ? "accepted" : log.error().code;
}

TEST("a write marks every page that it touches, one bit each, and no other") {
  SharedBits bits(4096);
  bits.log().Mark(3 * kPage, 1);
  CHECK_EQ(bits.Dirty(64), "3 ");
  bits.log().Mark(10 * kPage - 1, 2);
  CHECK_EQ(bits.Dirty(64), "3 9 10 ");
  bits.log().Mark(20 * kPage, 2 * kPage);
  CHECK_EQ(bits.Dirty(64), "3 9 10 20 21 ");
  bits.log().Mark(40 * kPage, 0);
  CHECK_EQ(bits.Dirty(64), "3 9 10 20 21 ");
}

TEST("a bitmap at an offset of its file that is no page of the host is written there") {
  SharedBits bits(64, 4096 + 40);
  bits.log().Mark(9 * kPage, 1);
  CHECK_EQ(*bits.byte(1), 2);
  CHECK_EQ(bits.Dirty(64), "9 ");
}

TEST("what lies beyond the bitmap is left out, whatever the numbers") {
  SharedBits bits(2);
  bits.log().Mark(15 * kPage, 3 * kPage);
  bits.log().Mark(~uint64_t{0}, ~uint64_t{0});
  bits.log().Mark(14 * kPage, ~uint64_t{0});
  CHECK_EQ(bits.Dirty(16), "14 15 ");
}

TEST("all of a guest's memory is marked by its guest addresses") {
  SharedBits bits(64);
  const ScopedFd memory(memfd_create("guest", MFD_CLOEXEC));
  REQUIRE(ftruncate(memory.get(), 0x10000) == 0);
  const std::array specs = {RegionSpec{2 * kPage, 2 * kPage, 0x7f0000000000, 0, memory.get()},
                            RegionSpec{100 * kPage, kPage, 0x7f1000000000, 0x4000, memory.get()}};
  const auto guest = GuestMemory::Map(specs);
  REQUIRE(guest.ok());
  bits.log().MarkAll(*guest.value());
  CHECK_EQ(bits.Dirty(512), "2 3 100 ");
  CHECK_EQ(guest.value()->ToGuest(guest.value()->FromGuest(100 * kPage + 5, 1)), 100 * kPage + 5);
  CHECK_EQ(guest.value()->ToGuest(nullptr), ~uint64_t{0});
}

TEST("a log is refused when it is empty, overflows, ends beyond its file or is no file") {
  SharedBits bits(4096);
  CHECK_EQ(RefusalOf(bits.fd(), 0, 0), "log-empty");
  CHECK_EQ(RefusalOf(bits.fd(), ~uint64_t{0}, 4096), "log-overflow");
  CHECK_EQ(RefusalOf(bits.fd(), 4096, ~uint64_t{0}), "log-overflow");
  CHECK_EQ(RefusalOf(bits.fd(), 0, 4097), "log-beyond-file");
  CHECK_EQ(RefusalOf(bits.fd(), 4096, 1), "log-beyond-file");
  CHECK_EQ(RefusalOf(bits.fd(), 4000, 96), "accepted");
  const auto event = CreateEventfd();
  REQUIRE(event.ok());
  CHECK_EQ(RefusalOf(event.value().get(), 0, 8), "log-beyond-file");
}

TEST("a log whose file is truncated is known to be so, and writing to it ends nothing") {
  SharedBits bits(4096);
  CHECK(!bits.log().truncated());
  REQUIRE(ftruncate(bits.fd(), 0) == 0);
  bits.log().Mark(0, 1);
  CHECK(bits.log().truncated());
}

// Both sides at once: whoever takes a bit and then copies the page has what was written before the mark.
TEST("no write is missed while another takes the bits") {
  SharedBits bits(8);
  constexpr uint64_t kWrites = 50'000;
  std::atomic<uint64_t> page{0};
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (uint64_t value = 1; value <= kWrites; ++value) {
      page.store(value, std::memory_order_relaxed);
      bits.log().Mark(5 * kPage, 8);
    }
    done.store(true);
  });
  uint64_t copied = 0;
  for (bool last = false; !last;) {
    last = done.load();
    if ((__atomic_exchange_n(bits.byte(0), 0, __ATOMIC_SEQ_CST) & 1u << 5) != 0)
      copied = page.load(std::memory_order_relaxed);
  }
  writer.join();
  CHECK_EQ(copied, kWrites);
}

}  // namespace
}  // namespace doorbell::dirty_log_test
