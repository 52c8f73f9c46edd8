// What a ring marks in the dirty log while it is served: the pages of the used area and of the data it wrote, and
// nothing that it only read.
#include <sys/mman.h>
#include <unistd.h>

#include <set>

#include "device/emulated_device.h"
#include "mem/dirty_log.h"
#include "net/data_path.h"
#include "testing/raw_vm.h"
#include "testing/test.h"

namespace doorbell::logged_ring_test {
namespace {

using testing::Bytes;
using testing::RawRing;
using testing::RawVm;

constexpr uint64_t kPage = DirtyLog::kPageSize;
// Of all guest memory that the raw rings have.
constexpr uint64_t kBytes = (RawRing::kGuestBase + RawRing::kSize) / kPage / 8;

class Log {
 public:
  Log() : fd_(memfd_create("log", MFD_CLOEXEC)) {
    REQUIRE(fd_.valid() && ftruncate(fd_.get(), static_cast<off_t>(kBytes)) == 0);
    auto log = DirtyLog::Map(fd_.get(), 0, kBytes);
    REQUIRE(log.ok());
    log_ = std::move(log).value();
  }
  const std::shared_ptr<DirtyLog>& get() const { return log_; }
  // Guest addresses of the pages that were marked since the last call.
  std::set<uint64_t> Take() {
    std::vector<uint8_t> bits(kBytes);
    REQUIRE(pread(fd_.get(), bits.data(), bits.size(), 0) == static_cast<ssize_t>(kBytes));
    std::set<uint64_t> pages;
    for (uint64_t page = 0; page < kBytes * 8; ++page)
      if ((bits[page / 8] >> (page % 8) & 1) != 0) pages.insert(page * kPage);
    bits.assign(kBytes, 0);
    REQUIRE(pwrite(fd_.get(), bits.data(), bits.size(), 0) == static_cast<ssize_t>(kBytes));
    return pages;
  }

 private:
  ScopedFd fd_;
  std::shared_ptr<DirtyLog> log_;
};

uint64_t PageOf(uint64_t address) { return address / kPage * kPage; }

void SendNumbered(const Domain& self, Port& port, size_t length) {
  const std::vector<std::byte> bytes(length, std::byte{7});
  Delivery delivery(self);
  delivery.To(port, Frame{.head = bytes, .body = {}, .body_offset = 0, .length = length});
  delivery.Flush();
}

TEST("a received frame marks the page of its buffer and the used area, and nothing while no log is set") {
  Switch network;
  const Domain engine;
  RawVm vm(network, engine);
  Log log;
  vm.Post(4);
  SendNumbered(engine, *vm.port, 60);
  CHECK(log.Take().empty());
  vm.rx_side->ring().SetLog(log.get(), RawRing::kUsed);
  CHECK(log.Take() == std::set<uint64_t>{PageOf(RawRing::kUsed)});
  SendNumbered(engine, *vm.port, 60);
  SendNumbered(engine, *vm.port, 60);
  // The second and third buffer: pages are of two buffers each.
  CHECK(log.Take() == (std::set<uint64_t>{PageOf(RawRing::kUsed), PageOf(RawRing::BufferAddress(1)),
                                         PageOf(RawRing::BufferAddress(2))}));
  vm.rx_side->ring().SetLog(nullptr, std::nullopt);
  SendNumbered(engine, *vm.port, 60);
  CHECK(log.Take().empty());
}

TEST("without VRING_F_LOG only data is marked") {
  Switch network;
  const Domain engine;
  RawVm vm(network, engine);
  Log log;
  vm.Post(4);
  vm.rx_side->ring().SetLog(log.get(), std::nullopt);
  SendNumbered(engine, *vm.port, 60);
  CHECK(log.Take() == std::set<uint64_t>{PageOf(RawRing::BufferAddress(0))});
}

TEST("a frame over several merged buffers marks the pages of all of them") {
  Switch network;
  const Domain engine;
  RawVm vm(network, engine, kVersion1 | kMrgRxbuf);
  Log log;
  vm.Post(8, 1024);
  vm.rx_side->ring().SetLog(log.get(), std::nullopt);
  SendNumbered(engine, *vm.port, 4500);
  CHECK(log.Take() == (std::set<uint64_t>{PageOf(RawRing::BufferAddress(0)), PageOf(RawRing::BufferAddress(2)),
                                         PageOf(RawRing::BufferAddress(4))}));
}

TEST("a sent frame marks the used area only: its buffer was read") {
  Switch network;
  const Domain engine;
  RawVm vm(network, engine);
  Forwarder forwarder(network, engine);
  Log log;
  vm.tx_side->ring().SetLog(log.get(), RawRing::kUsed);
  vm.Send(testing::EthernetFrame(testing::PeerMac(), testing::Mac(2), 0x1234, Bytes(60, 1)));
  vm.ServeTx(forwarder);
  CHECK(log.Take() == std::set<uint64_t>{PageOf(RawRing::kUsed)});
}

TEST("a ring that a device gives back is marked with all of its guest's memory") {
  auto path = DataPath::Create(1);
  REQUIRE(path.ok());
  auto port = path.value()->AddPort(nullptr);
  REQUIRE(port.ok());
  EmulatedDevice device(path.value()->network(), path.value()->ring_notice());
  auto device_queue = device.AddQueue();
  REQUIRE(device_queue.ok());
  RawRing raw(16);
  Log log;
  const auto queue = path.value()->AddQueue(QueueRole::kTx, port.value());
  REQUIRE(queue->Start(raw.config(), raw.memory(), 0).ok());
  REQUIRE(queue->HandOverTo(device_queue.value()).ok());
  queue->SetLog(log.get(), RawRing::kUsed);
  CHECK(log.Take().empty());
  REQUIRE(queue->HandOverBack().ok());
  CHECK_EQ(log.Take().size(), RawRing::kSize / kPage);
  queue->Close();
}

TEST("a ring whose log is truncated breaks: its marks would be lost") {
  Switch network;
  const Domain engine;
  RawVm vm(network, engine);
  const ScopedFd fd(memfd_create("log", MFD_CLOEXEC));
  REQUIRE(ftruncate(fd.get(), static_cast<off_t>(kBytes)) == 0);
  auto log = DirtyLog::Map(fd.get(), 0, kBytes);
  REQUIRE(log.ok());
  vm.Post(4);
  vm.rx_side->ring().SetLog(log.value(), RawRing::kUsed);
  REQUIRE(ftruncate(fd.get(), 0) == 0);
  SendNumbered(engine, *vm.port, 60);
  SendNumbered(engine, *vm.port, 60);
  CHECK_EQ(static_cast<int>(vm.rx_side->ring().broken()), static_cast<int>(BreakCode::kMemoryTruncated));
}

}  // namespace
}  // namespace doorbell::logged_ring_test
