#include "net/offload.h"

#include "net/internet_checksum.h"
#include "testing/raw_vm.h"
#include "testing/test.h"

namespace doorbell::offload_test {
namespace {

using testing::Broadcast;
using testing::Bytes;
using testing::EthernetFrame;
using testing::Mac;
using testing::operator+;
using testing::RawVm;

constexpr uint64_t kSender = kVersion1 | kCsum | kHostTso4 | kHostTso6;
constexpr uint64_t kReceiver = kVersion1 | kGuestCsum | kGuestTso4 | kGuestTso6;
constexpr size_t kIp = 14;
constexpr size_t kTcp4 = kIp + 20;
constexpr size_t kTcp6 = kIp + 40;
constexpr uint8_t kFinPushAck = 0x19;

std::span<const std::byte> AsBytes(const Bytes& bytes) { return std::as_bytes(std::span(bytes)); }

Bytes Numbered(size_t count) {
  Bytes bytes(count);
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<uint8_t>(i * 7);
  return bytes;
}

Bytes Be16(size_t value) { return {static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)}; }

// Sequence number 1000; the checksum field holds the pseudo-header's sum, as a driver leaves it.
Bytes TcpHeader(uint32_t pseudo) {
  return Bytes{0, 80, 1, 0, 0, 0, 3, 0xe8, 0, 0, 0, 0, 0x50, kFinPushAck, 0, 9} + Be16(pseudo) + Bytes{0, 0};
}

Bytes Ipv4Segment(const Bytes& data) {
  const Bytes addresses = {10, 0, 0, 1, 10, 0, 0, 2};
  const uint32_t pseudo = SumWords(AsBytes(addresses), static_cast<uint32_t>(20 + data.size()) + 6);
  const Bytes ip = Bytes{0x45, 0} + Be16(40 + data.size()) + Bytes{0, 5, 0x40, 0, 64, 6, 0, 0} + addresses;
  return EthernetFrame(Broadcast(), Mac(1), 0x0800, ip + TcpHeader(pseudo) + data);
}

Bytes Ipv6Segment(const Bytes& data) {
  Bytes addresses(32, 0x11);
  addresses[31] = 2;
  const uint32_t pseudo = SumWords(AsBytes(addresses), static_cast<uint32_t>(20 + data.size()) + 6);
  const Bytes ip = Bytes{0x60, 0, 0, 0} + Be16(20 + data.size()) + Bytes{6, 64} + addresses;
  return EthernetFrame(Broadcast(), Mac(1), 0x86dd, ip + TcpHeader(pseudo) + data);
}

Offload Large(uint8_t type, size_t tcp, uint16_t segment) {
  return Offload{.flags = Offload::kNeedsChecksum,
                 .gso_type = type,
                 .header_length = static_cast<uint16_t>(tcp + 20),
                 .gso_size = segment,
                 .checksum_start = static_cast<uint16_t>(tcp),
                 .checksum_offset = 16};
}

// The sum over pseudo-header and segment of a right one is all ones (RFC 1071).
uint32_t TcpSum(const Bytes& frame, size_t tcp, size_t addresses, size_t count) {
  const auto bytes = AsBytes(frame);
  const uint32_t pseudo =
      SumWords(bytes.subspan(addresses, count), static_cast<uint32_t>(frame.size() - tcp) + 6);
  return SumWords(bytes.subspan(tcp), pseudo);
}

struct Lan {
  Switch network;
  Domain engine;
  Forwarder forwarder{network, engine};

  void Send(RawVm& vm, const Bytes& frame, const Offload& offload) {
    vm.Send(frame, offload);
    CHECK(vm.ServeTx(forwarder) == Served::kAll);
  }
};

TEST("a large segment reaches a receiver that takes it in one piece, as it was sent") {
  Lan lan;
  RawVm a(lan.network, lan.engine, kSender);
  RawVm b(lan.network, lan.engine, kReceiver);
  b.Post(1);
  const Bytes frame = Ipv4Segment(Numbered(1500));
  lan.Send(a, frame, Large(Offload::kGsoTcp4, kTcp4, 500));
  const auto received = b.Receive();
  REQUIRE(received.size() == 1);
  CHECK(received[0] == frame);
  CHECK(b.last_header == (Bytes{1, 1, 54, 0, 0xf4, 1, 34, 0, 16, 0, 1, 0}));
}

TEST("a large segment is spread over mergeable buffers") {
  Lan lan;
  RawVm a(lan.network, lan.engine, kSender);
  RawVm b(lan.network, lan.engine, kReceiver | kMrgRxbuf);
  b.Post(RawVm::kRingSize, 128);
  lan.Send(a, Ipv4Segment(Numbered(1500)), Large(Offload::kGsoTcp4, kTcp4, 500));
  CHECK_EQ(b.rx.used_idx(), 13);
  CHECK_EQ(static_cast<int>(b.rx.Buffer(0)[10]), 13);
}

TEST("a receiver without TSO gets IPv4 segments: numbered on, closed by the last, with right checksums") {
  Lan lan;
  RawVm a(lan.network, lan.engine, kSender);
  RawVm b(lan.network, lan.engine);
  b.Post(4);
  const Bytes data = Numbered(1100);
  lan.Send(a, Ipv4Segment(data), Large(Offload::kGsoTcp4, kTcp4, 500));
  const auto received = b.Receive();
  REQUIRE(received.size() == 3);
  Bytes joined;
  for (size_t i = 0; i < 3; ++i) {
    const Bytes& frame = received[i];
    const auto bytes = AsBytes(frame);
    CHECK_EQ(ReadBe16(&bytes[kIp + 2]), frame.size() - kIp);
    CHECK_EQ(ReadBe16(&bytes[kIp + 4]), 5 + i);
    CHECK_EQ(SumWords(bytes.subspan(kIp, 20)), 0xffffu);
    CHECK_EQ(ReadBe32(&bytes[kTcp4 + 4]), 1000 + 500 * i);
    CHECK_EQ(static_cast<int>(frame[kTcp4 + 13]), i == 2 ? kFinPushAck : 0x10);
    CHECK_EQ(TcpSum(frame, kTcp4, kIp + 12, 8), 0xffffu);
    joined.insert(joined.end(), frame.begin() + kTcp4 + 20, frame.end());
  }
  CHECK(joined == data);
  CHECK(b.last_header == (Bytes{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0}));
}

TEST("a receiver without TSO gets IPv6 segments with right lengths and checksums") {
  Lan lan;
  RawVm a(lan.network, lan.engine, kSender);
  RawVm b(lan.network, lan.engine, kVersion1 | kGuestCsum | kGuestTso4);
  b.Post(4);
  lan.Send(a, Ipv6Segment(Numbered(900)), Large(Offload::kGsoTcp6, kTcp6, 600));
  const auto received = b.Receive();
  REQUIRE(received.size() == 2);
  for (const Bytes& frame : received) {
    CHECK_EQ(ReadBe16(&AsBytes(frame)[kIp + 4]), frame.size() - kTcp6);
    CHECK_EQ(TcpSum(frame, kTcp6, kIp + 8, 32), 0xffffu);
  }
}

TEST("segments keep the VLAN tags in front of them") {
  Lan lan;
  RawVm a(lan.network, lan.engine, kSender);
  RawVm b(lan.network, lan.engine);
  b.Post(4);
  Bytes frame = Ipv4Segment(Numbered(900));
  const Bytes tag = {0x81, 0, 0, 7};
  frame.insert(frame.begin() + 12, tag.begin(), tag.end());
  lan.Send(a, frame, Large(Offload::kGsoTcp4, kTcp4 + 4, 600));
  const auto received = b.Receive();
  REQUIRE(received.size() == 2);
  CHECK(Bytes(received[1].begin() + 12, received[1].begin() + 16) == tag);
  CHECK_EQ(TcpSum(received[1], kTcp4 + 4, kIp + 4 + 12, 8), 0xffffu);
}

TEST("a checksum left undone is passed on to who takes it and finished for who does not") {
  Lan lan;
  RawVm a(lan.network, lan.engine, kSender);
  RawVm takes(lan.network, lan.engine, kVersion1 | kGuestCsum);
  RawVm plain(lan.network, lan.engine);
  takes.Post(1);
  plain.Post(1);
  const Bytes frame = Ipv4Segment(Numbered(101));
  lan.Send(a, frame, Offload{.flags = 1, .checksum_start = kTcp4, .checksum_offset = 16});
  const auto unfinished = takes.Receive();
  REQUIRE(unfinished.size() == 1);
  CHECK(unfinished[0] == frame);
  CHECK_EQ(static_cast<int>(takes.last_header[0]), 1);
  const auto finished = plain.Receive();
  REQUIRE(finished.size() == 1);
  CHECK_EQ(TcpSum(finished[0], kTcp4, kIp + 12, 8), 0xffffu);
  CHECK_EQ(static_cast<int>(plain.last_header[0]), 0);
}

TEST("what is left undone stays with a frame that is held") {
  Lan lan;
  const Domain device{.watches_rx_buffers = true};
  RawVm a(lan.network, lan.engine, kSender);
  RawVm b(lan.network, device, kReceiver);
  b.Post(1);
  lan.Send(a, Ipv4Segment(Numbered(900)), Large(Offload::kGsoTcp4, kTcp4, 500));
  CHECK_EQ(b.Receive().size(), 0u);
  Delivery settling(device);
  settling.Settle(*b.port);
  REQUIRE(b.Receive().size() == 1);
  CHECK_EQ(static_cast<int>(b.last_header[1]), 1);
}

TEST("a sender that did not negotiate CSUM has its header ignored") {
  Lan lan;
  RawVm a(lan.network, lan.engine);
  RawVm b(lan.network, lan.engine, kReceiver);
  b.Post(1);
  lan.Send(a, Ipv4Segment(Numbered(900)), Large(Offload::kGsoTcp4, kTcp4, 500));
  REQUIRE(b.Receive().size() == 1);
  CHECK_EQ(static_cast<int>(b.last_header[0]), 0);
  CHECK_EQ(static_cast<int>(b.last_header[1]), 0);
}

TEST("a header keeps what its sender may ask for, and nothing else of it is passed on") {
  Offload checksum_only{.flags = 0xff, .header_length = 54, .gso_size = 500, .checksum_start = 34, .checksum_offset = 16};
  REQUIRE(CheckOffload(checksum_only, kSender, 100));
  CHECK_EQ(static_cast<int>(checksum_only.flags), 1);
  CHECK_EQ(checksum_only.header_length, 0);
  CHECK_EQ(checksum_only.gso_size, 0);
  CHECK_EQ(checksum_only.checksum_start, 34);
  CHECK_EQ(checksum_only.checksum_offset, 16);
  Offload nothing{.flags = 0xfe, .header_length = 54, .gso_size = 500, .checksum_start = 34, .checksum_offset = 16};
  REQUIRE(CheckOffload(nothing, kSender, 100));
  CHECK(nothing.plain());
  CHECK_EQ(nothing.checksum_start, 0);
  Offload long_header = Large(Offload::kGsoTcp4, kTcp4, 500);
  long_header.header_length = 0xffff;
  REQUIRE(CheckOffload(long_header, kSender, 1000));
  CHECK_EQ(long_header.header_length, 1000);
}

TEST("a header that points outside its frame, or asks for what was not negotiated, is refused") {
  const auto passes = [](Offload offload, uint64_t features, size_t length) {
    return CheckOffload(offload, features, length);
  };
  const Offload outside{.flags = 1, .checksum_start = 60, .checksum_offset = 16};
  CHECK(!passes(outside, kSender, 77));
  CHECK(passes(outside, kSender, 78));
  CHECK(!passes({.flags = 1, .checksum_start = 13, .checksum_offset = 16}, kSender, 100));
  CHECK(!passes(Large(Offload::kGsoTcp4, kTcp4, 500), kVersion1 | kCsum, 1000));
  CHECK(!passes(Large(Offload::kGsoTcp4, kTcp4, 0), kSender, 1000));
  CHECK(!passes(Large(3, kTcp4, 500), kSender, 1000));
  CHECK(!passes({.gso_type = 1, .gso_size = 500}, kSender, 1000));
}

TEST("a large segment that is no TCP, or whose segments are tiny, is dropped at a receiver without TSO") {
  Lan lan;
  RawVm a(lan.network, lan.engine, kSender);
  RawVm b(lan.network, lan.engine);
  b.Post(4);
  lan.Send(a, Ipv4Segment(Numbered(900)), Large(Offload::kGsoTcp4, kTcp4, 8));
  lan.Send(a, Ipv4Segment(Numbered(900)), Large(Offload::kGsoTcp6, kTcp4, 500));
  Bytes udp = Ipv4Segment(Numbered(900));
  udp[kIp + 9] = 17;
  lan.Send(a, udp, Large(Offload::kGsoTcp4, kTcp4, 500));
  Bytes long_header = Ipv4Segment(Numbered(10));
  long_header[kTcp4 + 12] = 0xf0;
  lan.Send(a, long_header, Large(Offload::kGsoTcp4, kTcp4, 500));
  CHECK_EQ(b.Receive().size(), 0u);
  CHECK_EQ(b.port->rx_drops().sum(), 4u);
}

}  // namespace
}  // namespace doorbell::offload_test
