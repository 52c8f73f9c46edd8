#include "net/lab_peer.h"

#include "net/internet_checksum.h"
#include "testing/raw_vm.h"
#include "testing/test.h"

namespace doorbell::lab_peer_test {
namespace {

using testing::Broadcast;
using testing::Bytes;
using testing::EthernetFrame;
using testing::Mac;
using testing::PeerMac;
using testing::operator+;
using testing::RawVm;

constexpr uint16_t kArp = 0x0806;
constexpr uint16_t kIpv4 = 0x0800;
constexpr uint16_t kIpv6 = 0x86dd;
constexpr uint16_t kLab = 0x88b5;
constexpr uint16_t kSource = 0x88b6;

// One VM that asks; the answers are its frames.
struct Lab {
  Switch network;
  Domain engine;
  Forwarder forwarder{network, engine};
  RawVm vm{network, engine};

  Lab() { vm.Post(8); }
  std::vector<Bytes> Ask(const Bytes& frame) {
    vm.Send(frame);
    vm.ServeTx(forwarder);
    return vm.Receive();
  }
};

uint16_t Sum(const Bytes& bytes, size_t from, size_t count, uint32_t more = 0) {
  return static_cast<uint16_t>(SumWords(std::as_bytes(std::span(bytes)).subspan(from, count), more));
}

Bytes Arp(uint8_t operation, const Bytes& mac, const Bytes& sender, const Bytes& target) {
  return Bytes{0, 1, 8, 0, 6, 4, 0, operation} + mac + sender + Bytes(6, 0) + target;
}
Bytes ArpRequest(uint8_t last_mac, const Bytes& sender, const Bytes& target) {
  return EthernetFrame(Broadcast(), Mac(last_mac), kArp, Arp(1, Mac(last_mac), sender, target));
}

Bytes Ipv4(uint8_t protocol, const Bytes& payload, uint16_t fragment = 0) {
  const auto total = static_cast<uint16_t>(20 + payload.size());
  Bytes header = {0x45, 0, static_cast<uint8_t>(total >> 8), static_cast<uint8_t>(total),
                  0, 1, static_cast<uint8_t>(fragment >> 8), static_cast<uint8_t>(fragment),
                  64, protocol, 0, 0, 10, 77, 0, 2, 10, 77, 0, 1};
  const auto sum = static_cast<uint16_t>(~Sum(header, 0, 20));
  header[10] = static_cast<uint8_t>(sum >> 8);
  header[11] = static_cast<uint8_t>(sum);
  return header + payload;
}

Bytes Echo(uint8_t type, size_t length) {
  Bytes icmp = Bytes{type, 0, 0, 0, 0x12, 0x34, 0, 1} + Bytes(length, 0xa5);
  const auto sum = static_cast<uint16_t>(~Sum(icmp, 0, icmp.size()));
  icmp[2] = static_cast<uint8_t>(sum >> 8);
  icmp[3] = static_cast<uint8_t>(sum);
  return icmp;
}

const Bytes kGuestIp = {10, 77, 0, 2};
const Bytes kPeerIp = {10, 77, 0, 1};

TEST("the peer answers ARP for an address that no VM uses") {
  Lab lab;
  const auto answers = lab.Ask(ArpRequest(9, kGuestIp, {192, 168, 7, 7}));
  REQUIRE(answers.size() == 1);
  const Bytes expected = EthernetFrame(
      Mac(9), PeerMac(), kArp,
      Bytes{0, 1, 8, 0, 6, 4, 0, 2} + PeerMac() + Bytes{192, 168, 7, 7} + Mac(9) + kGuestIp);
  CHECK(answers[0] == expected);
}

TEST("the peer does not answer ARP for the asker's own address") {
  Lab lab;
  CHECK_EQ(lab.Ask(ArpRequest(9, kGuestIp, kGuestIp)).size(), 0u);
  CHECK_EQ(lab.Ask(ArpRequest(9, {0, 0, 0, 0}, kGuestIp)).size(), 0u);
}

TEST("the peer leaves an address to the VM that uses it") {
  Lab lab;
  RawVm other(lab.network, lab.engine);
  other.Post(8);
  other.Send(ArpRequest(8, {10, 77, 0, 8}, {10, 77, 0, 8}));
  other.ServeTx(lab.forwarder);
  lab.vm.Receive();
  CHECK_EQ(lab.Ask(ArpRequest(9, kGuestIp, {10, 77, 0, 8})).size(), 0u);
  CHECK_EQ(lab.Ask(ArpRequest(9, kGuestIp, {10, 77, 0, 8})).size(), 0u);
}

TEST("with another VM there the peer answers for an unknown address only when asked again") {
  Lab lab;
  RawVm other(lab.network, lab.engine);
  CHECK_EQ(lab.Ask(ArpRequest(9, kGuestIp, {10, 77, 0, 50})).size(), 0u);
  CHECK_EQ(lab.Ask(ArpRequest(9, kGuestIp, {10, 77, 0, 50})).size(), 1u);
  CHECK_EQ(lab.Ask(ArpRequest(9, kGuestIp, kPeerIp)).size(), 1u);
}

TEST("an ICMP echo comes back with its checksum right") {
  Lab lab;
  const auto answers = lab.Ask(EthernetFrame(PeerMac(), Mac(9), kIpv4, Ipv4(1, Echo(8, 56))));
  REQUIRE(answers.size() == 1);
  const Bytes& answer = answers[0];
  REQUIRE(answer.size() == 98);
  CHECK_EQ(int{answer[34]}, 0);
  CHECK_EQ(Sum(answer, 14, 20), 0xffff);
  CHECK_EQ(Sum(answer, 34, 64), 0xffff);
  CHECK_EQ(int{answer[29]}, 1);
  CHECK_EQ(int{answer[33]}, 2);
}

TEST("a long ICMP echo comes back with the bytes beyond the copied head untouched") {
  Lab lab;
  Bytes frame = EthernetFrame(PeerMac(), Mac(9), kIpv4, Ipv4(1, Echo(8, 1400)));
  const auto answers = lab.Ask(frame);
  REQUIRE(answers.size() == 1);
  REQUIRE(answers[0].size() == frame.size());
  CHECK_EQ(Sum(answers[0], 34, 1408), 0xffff);
}

TEST("a later fragment of an ICMP echo is returned as it is") {
  Lab lab;
  const auto answers = lab.Ask(EthernetFrame(PeerMac(), Mac(9), kIpv4, Ipv4(1, Bytes(40, 8), 185)));
  REQUIRE(answers.size() == 1);
  CHECK(Bytes(answers[0].begin() + 34, answers[0].end()) == Bytes(40, 8));
}

TEST("an echo reply is not answered") {
  Lab lab;
  CHECK_EQ(lab.Ask(EthernetFrame(PeerMac(), Mac(9), kIpv4, Ipv4(1, Echo(0, 56)))).size(), 0u);
  CHECK_EQ(lab.network.peer_stats().frames, 1u);
}

TEST("UDP to port 7 comes back with its ports swapped") {
  Lab lab;
  const Bytes udp = Bytes{0x30, 0x39, 0, 7, 0, 12, 0, 0} + Bytes{1, 2, 3, 4};
  const auto answers = lab.Ask(EthernetFrame(PeerMac(), Mac(9), kIpv4, Ipv4(17, udp)));
  REQUIRE(answers.size() == 1);
  CHECK(Bytes(answers[0].begin() + 34, answers[0].begin() + 38) == (Bytes{0, 7, 0x30, 0x39}));
}

TEST("UDP to another port is swallowed and counted") {
  Lab lab;
  const Bytes udp = {0x30, 0x39, 0, 9, 0, 8, 0, 0};
  CHECK_EQ(lab.Ask(EthernetFrame(PeerMac(), Mac(9), kIpv4, Ipv4(17, udp))).size(), 0u);
  CHECK_EQ(lab.network.peer_stats().frames, 1u);
  CHECK_EQ(lab.network.peer_stats().bytes, 42u);
}

TEST("an IPv4 header that is longer than its packet is swallowed") {
  Lab lab;
  Bytes packet = Ipv4(1, Echo(8, 8));
  packet[0] = 0x4f;
  CHECK_EQ(lab.Ask(EthernetFrame(PeerMac(), Mac(9), kIpv4, packet)).size(), 0u);
}

TEST("an IPv4 packet that claims more bytes than came is swallowed") {
  Lab lab;
  Bytes packet = Ipv4(1, Echo(8, 8));
  packet[2] = 5;
  CHECK_EQ(lab.Ask(EthernetFrame(PeerMac(), Mac(9), kIpv4, packet)).size(), 0u);
}

TEST("an IPv4 packet cut anywhere is swallowed or answered, never read beyond its end") {
  Lab lab;
  const Bytes whole = EthernetFrame(PeerMac(), Mac(9), kIpv4, Ipv4(1, Echo(8, 8)));
  for (size_t length = 14; length < whole.size(); ++length)
    CHECK_EQ(lab.Ask(Bytes(whole.begin(), whole.begin() + static_cast<long>(length))).size(), 0u);
}

TEST("a lab frame comes back as it was, addresses turned around") {
  Lab lab;
  const auto answers = lab.Ask(EthernetFrame(PeerMac(), Mac(9), kLab, Bytes(1400, 0x77)));
  REQUIRE(answers.size() == 1);
  CHECK(answers[0] == EthernetFrame(Mac(9), PeerMac(), kLab, Bytes(1400, 0x77)));
  CHECK_EQ(lab.network.peer_stats().answered, 1u);
}

TEST("UDP to the loopback port comes back without any change") {
  Lab lab;
  const Bytes udp = Bytes{0x88, 0xb5, 0x88, 0xb5, 0, 12, 0, 0} + Bytes{1, 2, 3, 4};
  const Bytes frame = EthernetFrame(PeerMac(), Mac(9), kIpv4, Ipv4(17, udp));
  const auto answers = lab.Ask(frame);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0] == frame);
}

Bytes FrameRequest(uint8_t count, uint16_t length, uint8_t first) {
  return EthernetFrame(PeerMac(), Mac(9), kSource,
                       Bytes{count, 0, static_cast<uint8_t>(length), static_cast<uint8_t>(length >> 8), first} +
                           Bytes(7, 0));
}

TEST("a request for frames is answered with as many of that length, numbered from the first") {
  Lab lab;
  const auto frames = lab.Ask(FrameRequest(3, 1514, 254));
  REQUIRE(frames.size() == 3);
  CHECK(frames[0] == EthernetFrame(Mac(9), PeerMac(), kSource, Bytes{254} + Bytes(7, 0) + Bytes(1492, 254)));
  CHECK(frames[2] == EthernetFrame(Mac(9), PeerMac(), kSource, Bytes{0, 1} + Bytes(6, 0) + Bytes(1492, 0)));
  CHECK_EQ(lab.network.peer_stats().answered, 3u);
}

TEST("a request for too many frames, or for too short or long ones, is swallowed") {
  Lab lab;
  CHECK_EQ(lab.Ask(FrameRequest(65, 60, 0)).size(), 0u);
  CHECK_EQ(lab.Ask(FrameRequest(1, 59, 0)).size(), 0u);
  CHECK_EQ(lab.Ask(FrameRequest(1, 1515, 0)).size(), 0u);
  CHECK_EQ(lab.network.peer_stats().frames, 3u);
}

Bytes Ipv6(uint8_t hop_limit, const Bytes& source, const Bytes& destination, Bytes icmp) {
  const auto length = static_cast<uint8_t>(icmp.size());
  const Bytes addresses = source + destination;
  const auto sum =
      static_cast<uint16_t>(~Sum(icmp, 0, icmp.size(), Sum(addresses, 0, 32, uint32_t{length} + 58)));
  icmp[2] = static_cast<uint8_t>(sum >> 8);
  icmp[3] = static_cast<uint8_t>(sum);
  return Bytes{0x60, 0, 0, 0, 0, length, 58, hop_limit} + addresses + icmp;
}
const Bytes kGuestIp6 = Bytes{0xfe, 0x80} + Bytes(13, 0) + Bytes{2};
const Bytes kPeerIp6 = Bytes{0xfe, 0x80} + Bytes(13, 0) + Bytes{1};

uint16_t SumOfAnswer(const Bytes& answer) {
  const size_t length = answer.size() - 54;
  return Sum(answer, 54, length, Sum(answer, 22, 32, static_cast<uint32_t>(length) + 58));
}

TEST("a neighbour solicitation is answered with a sound advertisement") {
  Lab lab;
  const Bytes group = Bytes{0xff, 2} + Bytes(9, 0) + Bytes{1, 0xff, 0, 0, 1};
  const Bytes ask = Bytes{135, 0, 0, 0, 0, 0, 0, 0} + kPeerIp6 + Bytes{1, 1} + Mac(9);
  const auto answers =
      lab.Ask(EthernetFrame({0x33, 0x33, 0xff, 0, 0, 1}, Mac(9), kIpv6, Ipv6(255, kGuestIp6, group, ask)));
  REQUIRE(answers.size() == 1);
  const Bytes& answer = answers[0];
  REQUIRE(answer.size() == 86);
  CHECK_EQ(int{answer[54]}, 136);
  CHECK(Bytes(answer.begin() + 62, answer.begin() + 78) == kPeerIp6);
  CHECK(Bytes(answer.begin() + 80, answer.end()) == PeerMac());
  CHECK_EQ(SumOfAnswer(answer), 0xffff);
}

TEST("a solicitation that was routed is swallowed") {
  Lab lab;
  const Bytes ask = Bytes{135, 0, 0, 0, 0, 0, 0, 0} + kPeerIp6;
  CHECK_EQ(lab.Ask(EthernetFrame(PeerMac(), Mac(9), kIpv6, Ipv6(64, kGuestIp6, kPeerIp6, ask))).size(), 0u);
}

TEST("a probe for a duplicate of the asker's own IPv6 address is not answered") {
  Lab lab;
  const Bytes ask = Bytes{135, 0, 0, 0, 0, 0, 0, 0} + kGuestIp6;
  const Bytes frame = EthernetFrame({0x33, 0x33, 0xff, 0, 0, 2}, Mac(9), kIpv6,
                                    Ipv6(255, Bytes(16, 0), kGuestIp6, ask));
  CHECK_EQ(lab.Ask(frame).size(), 0u);
}

TEST("an ICMPv6 echo comes back with its checksum right") {
  Lab lab;
  const Bytes echo = Bytes{128, 0, 0, 0, 0x12, 0x34, 0, 1} + Bytes(56, 0x5a);
  const auto answers =
      lab.Ask(EthernetFrame(PeerMac(), Mac(9), kIpv6, Ipv6(64, kGuestIp6, kPeerIp6, echo)));
  REQUIRE(answers.size() == 1);
  CHECK_EQ(int{answers[0][54]}, 129);
  CHECK_EQ(SumOfAnswer(answers[0]), 0xffff);
}

}  // namespace
}  // namespace doorbell::lab_peer_test
