#include "net/announcement.h"

#include "testing/raw_vm.h"
#include "testing/test.h"

namespace doorbell::announcement_test {
namespace {

using testing::Broadcast;
using testing::Bytes;
using testing::EthernetFrame;
using testing::Mac;
using testing::operator+;
using testing::RawVm;

TEST("an announcement reaches the others as a reverse request, placed by who owns their rings, and is learned") {
  Switch network;
  const Domain engine;
  Forwarder forwarder(network, engine);
  RawVm a(network, engine);
  RawVm b(network, engine);
  RawVm c(network, engine);
  for (RawVm* vm : {&a, &b, &c}) vm->Post(4);
  Announce(network, *a.port, 0x02'00'00'00'00'07);
  CHECK_EQ(b.rx.used_idx(), 0);
  CHECK_EQ(b.rx_side->wakes, 1);
  b.ServeRx(forwarder);
  c.ServeRx(forwarder);
  const Bytes arp = Bytes{0, 1, 8, 0, 6, 4, 0, 3} + Mac(7) + Bytes(4, 0) + Mac(7) + Bytes(4 + 18, 0);
  const auto received = b.Receive();
  REQUIRE(received.size() == 1);
  CHECK(received[0] == EthernetFrame(Broadcast(), Mac(7), 0x8035, arp));
  CHECK_EQ(c.Receive().size(), 1u);
  CHECK_EQ(a.Receive().size(), 0u);

  b.Send(EthernetFrame(Mac(7), Mac(2), 0x1234, Bytes(46, 1)));
  CHECK(b.ServeTx(forwarder) == Served::kAll);
  CHECK_EQ(a.Receive().size(), 1u);
  CHECK_EQ(c.Receive().size(), 0u);
}

}  // namespace
}  // namespace doorbell::announcement_test
