#include "net/uplink.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/data_path.h"
#include "testing/raw_vm.h"
#include "testing/test.h"

namespace doorbell::uplink_test {
namespace {

using testing::Broadcast;
using testing::Bytes;
using testing::EthernetFrame;
using testing::Mac;
using testing::operator+;
using testing::RawVm;

Bytes Plain(const Bytes& to, const Bytes& from) { return EthernetFrame(to, from, 0x1234, Bytes(46, 0x5a)); }

// A pair of datagram sockets is a cable whose far end is the test.
struct Cable {
  Cable() {
    std::array<int, 2> ends;
    REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
    tap = std::make_shared<Tap>(ScopedFd(ends[0]));
    far.Reset(ends[1]);
  }

  void Send(const Bytes& frame) {
    const Bytes bytes = Bytes(sizeof(Offload), 0) + frame;
    CHECK_EQ(write(far.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  // What came with its header; empty if nothing did.
  Bytes Receive() {
    Bytes bytes(2048);
    const ssize_t got = read(far.get(), bytes.data(), bytes.size());
    bytes.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return bytes;
  }

  std::shared_ptr<Tap> tap;
  ScopedFd far;
};

struct Lan {
  Cable cable;
  Switch network{cable.tap};
  Domain engine;
  Forwarder forwarder{network, engine};

  void Send(RawVm& vm, const Bytes& frame, const Offload& offload = {}) {
    vm.Send(frame, offload);
    CHECK(vm.ServeTx(forwarder) == Served::kAll);
  }
  void Bring(const Bytes& frame) {
    Delivery delivery(engine);
    network.ForwardFromUplink(network.Begin(), std::as_bytes(std::span(frame)), delivery);
  }
};

TEST("a broadcast of a VM leaves by the uplink, which takes the lab peer's place") {
  Lan lan;
  RawVm a(lan.network, lan.engine);
  RawVm b(lan.network, lan.engine);
  b.Post(1);
  const Bytes frame = Plain(Broadcast(), Mac(1));
  lan.Send(a, frame);
  CHECK(lan.cable.Receive() == Bytes(10, 0) + frame);
  CHECK_EQ(b.Receive().size(), 1u);
  CHECK_EQ(lan.network.peer_stats().frames, 0u);
}

TEST("a frame to an address behind the uplink leaves by it alone, its offload in front") {
  Lan lan;
  RawVm a(lan.network, lan.engine, kVersion1 | kCsum);
  RawVm b(lan.network, lan.engine);
  b.Post(2);
  lan.Bring(Plain(Broadcast(), Mac(9)));
  b.Receive();
  lan.Send(a, Plain(Mac(9), Mac(1)), Offload{.flags = 1, .checksum_start = 34, .checksum_offset = 16});
  CHECK(lan.cable.Receive() == (Bytes{1, 0, 0, 0, 0, 0, 34, 0, 16, 0} + Plain(Mac(9), Mac(1))));
  CHECK_EQ(b.Receive().size(), 0u);
}

TEST("a frame from the uplink reaches the VM of its address alone, and an unknown one all of them") {
  Lan lan;
  RawVm a(lan.network, lan.engine);
  RawVm b(lan.network, lan.engine);
  for (RawVm* vm : {&a, &b}) vm->Post(4);
  lan.Send(a, Plain(Mac(9), Mac(1)));
  b.Receive();
  lan.Bring(Plain(Mac(1), Mac(9)));
  CHECK_EQ(a.Receive().size(), 1u);
  CHECK_EQ(b.Receive().size(), 0u);
  lan.Bring(Plain(Mac(5), Mac(9)));
  CHECK_EQ(a.Receive().size(), 1u);
  CHECK_EQ(b.Receive().size(), 1u);
}

TEST("a frame between addresses behind the uplink stays there") {
  Lan lan;
  RawVm a(lan.network, lan.engine);
  a.Post(4);
  lan.Bring(Plain(Broadcast(), Mac(9)));
  a.Receive();
  lan.Bring(Plain(Mac(9), Mac(8)));
  CHECK_EQ(a.Receive().size(), 0u);
  CHECK(lan.cable.Receive().empty());
}

TEST("each flow from the uplink keeps to one queue pair, and flows are spread") {
  Lan lan;
  RawVm a0(lan.network, lan.engine);
  RawVm a1(lan.network, lan.engine, kVersion1, a0.port.get());
  lan.Send(a0, Plain(Mac(9), Mac(1)));
  size_t first = 0;
  size_t second = 0;
  for (RawVm* vm : {&a0, &a1}) vm->Post(2);
  for (uint8_t port = 0; port < 32; ++port) {
    const Bytes ip = Bytes{0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};
    const Bytes frame = EthernetFrame(Mac(1), Mac(9), 0x0800, ip + Bytes{1, port, 0, 7} + Bytes(22, 0));
    lan.Bring(frame);
    lan.Bring(frame);
    const size_t here = a0.Receive().size();
    CHECK_EQ(here + a1.Receive().size(), 2u);
    CHECK(here != 1);
    (here == 2 ? a0 : a1).Post(2);
    (here == 2 ? first : second) += 1;
  }
  CHECK(first > 4);
  CHECK(second > 4);
}

TEST("an uplink that takes nothing drops by count and delays nobody") {
  Lan lan;
  RawVm a(lan.network, lan.engine);
  RawVm b(lan.network, lan.engine);
  lan.cable.far.Reset();
  b.Post(1);
  lan.Send(a, Plain(Broadcast(), Mac(1)));
  CHECK_EQ(lan.network.drops(), 1u);
  CHECK_EQ(b.Receive().size(), 1u);
}

TEST("the uplink's thread brings frames into a guest's buffers and ends with the data path") {
  Cable cable;
  auto path = DataPath::Create(1, cable.tap);
  REQUIRE(path.ok());
  testing::RawRing ring(16, kVersion1);
  ring.OfferBuffer(0, 2048, testing::kWrite);
  const auto port = path.value()->AddPort(nullptr).value();
  const auto queue = path.value()->AddQueue(QueueRole::kRx, port);
  REQUIRE(queue->Start(ring.config(), ring.memory(), 0).ok());
  queue->SetEnabled(true);
  cable.Send(Plain(Broadcast(), Mac(9)));
  for (int i = 0; i < 5000 && ring.used_idx() == 0; ++i) poll(nullptr, 0, 1);
  CHECK_EQ(ring.used_idx(), 1);
  path.value()->Close();
}

TEST("a TAP device of an impossible name is refused") {
  CHECK_EQ(Tap::Open("").error().code, std::string("EINVAL"));
  CHECK_EQ(Tap::Open("a-name-too-long-for-it").error().code, std::string("EINVAL"));
}

}  // namespace
}  // namespace doorbell::uplink_test
