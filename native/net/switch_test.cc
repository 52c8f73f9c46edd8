#include "net/switch.h"

#include "testing/raw_vm.h"
#include "testing/test.h"

namespace doorbell::switch_test {
namespace {

using testing::Broadcast;
using testing::Bytes;
using testing::EthernetFrame;
using testing::Mac;
using testing::operator+;
using testing::RawVm;

constexpr uint16_t kType = 0x1234;

Bytes Plain(const Bytes& to, const Bytes& from) { return EthernetFrame(to, from, kType, Bytes(46, 0x5a)); }

struct Lan {
  Switch network;
  Domain engine;
  Forwarder forwarder{network, engine};

  void Send(RawVm& vm, const Bytes& frame) {
    vm.Send(frame);
    CHECK(vm.ServeTx(forwarder) == Served::kAll);
  }
};

TEST("a broadcast reaches every other VM and the peer, and not its sender") {
  Lan lan;
  RawVm a(lan.network, lan.engine);
  RawVm b(lan.network, lan.engine);
  RawVm c(lan.network, lan.engine);
  for (RawVm* vm : {&a, &b, &c}) vm->Post(4);
  lan.Send(a, Plain(Broadcast(), Mac(1)));
  CHECK_EQ(a.Receive().size(), 0u);
  CHECK_EQ(b.Receive().size(), 1u);
  CHECK_EQ(c.Receive().size(), 1u);
  CHECK_EQ(lan.network.peer_stats().frames, 1u);
}

TEST("a frame to a learned address reaches that VM alone, byte for byte") {
  Lan lan;
  RawVm a(lan.network, lan.engine);
  RawVm b(lan.network, lan.engine);
  RawVm c(lan.network, lan.engine);
  for (RawVm* vm : {&a, &b, &c}) vm->Post(4);
  lan.Send(b, Plain(Broadcast(), Mac(2)));
  a.Receive();
  c.Receive();
  const Bytes frame = Plain(Mac(2), Mac(1));
  lan.Send(a, frame);
  const auto received = b.Receive();
  REQUIRE(received.size() == 1);
  CHECK(received[0] == frame);
  CHECK_EQ(c.Receive().size(), 0u);
  CHECK_EQ(lan.network.peer_stats().frames, 1u);
}

TEST("an unknown address is flooded and still counted by the sink") {
  Lan lan;
  RawVm a(lan.network, lan.engine);
  RawVm b(lan.network, lan.engine);
  b.Post(4);
  lan.Send(a, Plain(Mac(99), Mac(1)));
  CHECK_EQ(b.Receive().size(), 1u);
  CHECK_EQ(lan.network.peer_stats().frames, 1u);
  CHECK_EQ(lan.network.peer_stats().bytes, 60u);
}

TEST("queue pairs of one session get a flooded frame once, and never their own") {
  Lan lan;
  RawVm a0(lan.network, lan.engine);
  RawVm a1(lan.network, lan.engine, kVersion1, a0.port.get());
  RawVm b0(lan.network, lan.engine);
  RawVm b1(lan.network, lan.engine, kVersion1, b0.port.get());
  for (RawVm* vm : {&a0, &a1, &b0, &b1}) vm->Post(4);
  lan.Send(a1, Plain(Broadcast(), Mac(1)));
  CHECK_EQ(a0.Receive().size() + a1.Receive().size(), 0u);
  CHECK_EQ(b0.Receive().size() + b1.Receive().size(), 1u);
}

TEST("the sender's pair chooses the receiver's, whichever pair the address was seen on") {
  Lan lan;
  RawVm a0(lan.network, lan.engine);
  RawVm a1(lan.network, lan.engine, kVersion1, a0.port.get());
  RawVm b0(lan.network, lan.engine);
  RawVm b1(lan.network, lan.engine, kVersion1, b0.port.get());
  for (RawVm* vm : {&a0, &a1, &b0, &b1}) vm->Post(4);
  lan.Send(b0, Plain(testing::PeerMac(), Mac(2)));
  lan.Send(a1, Plain(Mac(2), Mac(1)));
  CHECK_EQ(b1.Receive().size(), 1u);
  lan.Send(a0, Plain(Mac(2), Mac(1)));
  CHECK_EQ(b0.Receive().size(), 1u);
  lan.Send(b1, Plain(Mac(1), Mac(2)));
  CHECK_EQ(a1.Receive().size(), 1u);
}

TEST("pairs that the receiver does not have or has disabled are shared out among the others") {
  Lan lan;
  RawVm a0(lan.network, lan.engine);
  RawVm a1(lan.network, lan.engine, kVersion1, a0.port.get());
  RawVm a2(lan.network, lan.engine, kVersion1, a0.port.get());
  RawVm a3(lan.network, lan.engine, kVersion1, a0.port.get());
  RawVm b0(lan.network, lan.engine);
  RawVm b1(lan.network, lan.engine, kVersion1, b0.port.get());
  RawVm b2(lan.network, lan.engine, kVersion1, b0.port.get());
  for (RawVm* vm : {&b0, &b1, &b2}) vm->Post(4);
  lan.Send(b2, Plain(testing::PeerMac(), Mac(2)));
  b0.port->SetEnabled(false);
  for (RawVm* vm : {&a0, &a1, &a2, &a3}) lan.Send(*vm, Plain(Mac(2), Mac(1)));
  CHECK_EQ(b0.Receive().size(), 0u);
  CHECK_EQ(b1.Receive().size(), 2u);
  CHECK_EQ(b2.Receive().size(), 2u);
}

TEST("a VLAN tag passes as it is, and the address behind it is learned") {
  Lan lan;
  RawVm a(lan.network, lan.engine);
  RawVm b(lan.network, lan.engine);
  RawVm c(lan.network, lan.engine);
  for (RawVm* vm : {&a, &b, &c}) vm->Post(4);
  const Bytes tagged = EthernetFrame(Broadcast(), Mac(2), 0x8100, Bytes{0x20, 0x05, 0x12, 0x34} + Bytes(42, 9));
  lan.Send(b, tagged);
  const auto received = a.Receive();
  REQUIRE(received.size() == 1);
  CHECK(received[0] == tagged);
  c.Receive();
  lan.Send(a, Plain(Mac(2), Mac(1)));
  CHECK_EQ(b.Receive().size(), 1u);
  CHECK_EQ(c.Receive().size(), 0u);
}

TEST("a receiver that posts nothing fills its own backlog and delays nobody") {
  Lan lan;
  RawVm a(lan.network, lan.engine);
  RawVm full(lan.network, lan.engine);
  RawVm b(lan.network, lan.engine);
  for (size_t i = 0; i < Port::kMaxHeldFrames + 7; ++i) {
    b.Post(1);
    lan.Send(a, Plain(Broadcast(), Mac(1)));
    CHECK_EQ(b.Receive().size(), 1u);
  }
  CHECK_EQ(full.port->rx_drops().sum(), 7u);
  CHECK_EQ(b.port->rx_drops().sum(), 0u);
}

TEST("a frame to its sender's own session is dropped and counted at the sender") {
  Lan lan;
  RawVm a(lan.network, lan.engine);
  a.Post(4);
  lan.Send(a, Plain(Mac(1), Mac(1)));
  CHECK_EQ(a.Receive().size(), 0u);
  CHECK_EQ(a.port->tx_drops().sum(), 1u);
}

TEST("nobody can pose as the peer") {
  Lan lan;
  RawVm a(lan.network, lan.engine);
  RawVm b(lan.network, lan.engine);
  for (RawVm* vm : {&a, &b}) vm->Post(4);
  lan.Send(a, Plain(Broadcast(), testing::PeerMac()));
  b.Receive();
  lan.Send(b, Plain(testing::PeerMac(), Mac(2)));
  CHECK_EQ(a.Receive().size(), 0u);
  CHECK_EQ(lan.network.peer_stats().frames, 2u);
}

TEST("an address whose port is gone is unknown again") {
  Lan lan;
  RawVm a(lan.network, lan.engine);
  RawVm b(lan.network, lan.engine);
  RawVm c(lan.network, lan.engine);
  for (RawVm* vm : {&a, &b, &c}) vm->Post(4);
  lan.Send(b, Plain(Broadcast(), Mac(2)));
  c.Receive();
  lan.network.RemovePort(*b.port);
  lan.Send(a, Plain(Mac(2), Mac(1)));
  CHECK_EQ(c.Receive().size(), 1u);
  CHECK_EQ(b.Receive().size(), 0u);
}

TEST("frames of a port that was taken off the switch go nowhere and teach it nothing") {
  Lan lan;
  RawVm a(lan.network, lan.engine);
  lan.network.RemovePort(*a.port);
  RawVm b(lan.network, lan.engine);
  CHECK_EQ(b.port->slot(), a.port->slot());
  b.Post(4);
  lan.Send(a, Plain(Broadcast(), Mac(1)));
  CHECK_EQ(a.port->tx_drops().sum(), 1u);
  CHECK_EQ(b.Receive().size(), 0u);
  lan.Send(b, Plain(Mac(1), Mac(2)));
  CHECK_EQ(b.port->tx_drops().sum(), 0u);
}

TEST("a disabled tx queue completes its chains and forwards nothing") {
  Lan lan;
  RawVm a(lan.network, lan.engine);
  a.tx_context.enabled.store(false);
  lan.Send(a, Plain(Broadcast(), Mac(1)));
  CHECK_EQ(a.tx.used_idx(), 1);
  CHECK_EQ(a.port->tx_drops().sum(), 1u);
  CHECK_EQ(lan.network.peer_stats().frames, 0u);
}

TEST("a chain shorter than a header and an address is dropped and counted") {
  Lan lan;
  RawVm a(lan.network, lan.engine);
  lan.Send(a, Bytes(13, 1));
  CHECK_EQ(a.tx.used_idx(), 1);
  CHECK_EQ(a.port->tx_drops().sum(), 1u);
}

TEST("a frame in many small buffers arrives whole") {
  Lan lan;
  RawVm a(lan.network, lan.engine);
  RawVm b(lan.network, lan.engine);
  b.Post(2);
  const Bytes bytes = Bytes(12, 0) + Plain(Broadcast(), Mac(1));
  std::memcpy(a.tx.Buffer(0), bytes.data(), bytes.size());
  for (uint16_t i = 0; i < 12; ++i)
    a.tx.Describe(i, testing::RawRing::BufferAddress(0) + i * 6u, 6, i < 11 ? testing::kNext : 0,
                  static_cast<uint16_t>(i + 1));
  a.tx.Offer(0);
  a.ServeTx(lan.forwarder);
  const auto received = b.Receive();
  REQUIRE(received.size() == 1);
  CHECK(received[0] == Plain(Broadcast(), Mac(1)));
}

TEST("the address table forgets after the ageing time and follows a move") {
  MacTable table;
  table.Learn(0x020000000001, 3, 1000);
  CHECK(table.Find(0x020000000001, 1000 + MacTable::kAgeSeconds) == 3);
  CHECK(!table.Find(0x020000000001, 1001 + MacTable::kAgeSeconds).has_value());
  table.Learn(0x020000000001, 4, 1001);
  CHECK(table.Find(0x020000000001, 1001) == 4);
  table.Forget(4);
  CHECK(!table.Find(0x020000000001, 1001).has_value());
}

TEST("the addresses of a port are those that it sent from within the ageing time, and no more than asked for") {
  MacTable table;
  table.Learn(0x020000000001, 3, 1000);
  table.Learn(0x020000000002, 3, 1200);
  table.Learn(0x020000000003, 4, 1200);
  const std::vector<MacNumber> both = {0x020000000001, 0x020000000002};
  CHECK(std::ranges::is_permutation(table.AddressesOf(3, 1200, 9), both));
  CHECK_EQ(table.AddressesOf(3, 1200, 1).size(), 1u);
  CHECK(table.AddressesOf(3, 1001 + MacTable::kAgeSeconds, 9) == std::vector<MacNumber>{0x020000000002});
  CHECK(table.AddressesOf(5, 1200, 9).empty());
  // Learned by a thread whose clock was read a moment later.
  CHECK(table.AddressesOf(4, 1199, 9) == std::vector<MacNumber>{0x020000000003});
}

TEST("the addresses of a session are those that any of its pairs sent from") {
  Lan lan;
  RawVm a0(lan.network, lan.engine);
  RawVm a1(lan.network, lan.engine, kVersion1, a0.port.get());
  RawVm b(lan.network, lan.engine);
  CHECK(lan.network.AddressesOf(*a0.port, 2).empty());
  lan.Send(a1, Plain(Broadcast(), Mac(1)));
  lan.Send(b, Plain(Broadcast(), Mac(2)));
  for (const RawVm* pair : {&a0, &a1})
    CHECK(lan.network.AddressesOf(*pair->port, 2) == std::vector<MacNumber>{0x020000000001});
}

TEST("a flood of addresses costs the oldest entries and no memory") {
  MacTable table;
  for (MacNumber mac = 1; mac < 100'000; ++mac) table.Learn(mac << 1, 1, static_cast<uint32_t>(mac));
  CHECK(table.Find(99'999 << 1, 99'999) == 1);
}

}  // namespace
}  // namespace doorbell::switch_test
