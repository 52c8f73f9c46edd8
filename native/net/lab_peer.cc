#include "net/lab_peer.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "net/internet_checksum.h"

namespace doorbell {

namespace {

constexpr size_t kEtherTypeOffset = 12;
constexpr uint16_t kTypeArp = 0x0806;
// IEEE 802 local experimental, both.
constexpr uint16_t kTypeLab = 0x88b5;
constexpr uint16_t kTypeSource = 0x88b6;

constexpr uint8_t kProtocolIcmp = 1;
constexpr uint8_t kProtocolUdp = 17;
constexpr uint8_t kProtocolIcmp6 = 58;
constexpr uint16_t kPortEcho = 7;
constexpr uint16_t kPortLoopback = 34997;

constexpr uint8_t kIcmpEcho = 8;
constexpr uint8_t kIcmpEchoReply = 0;
constexpr uint8_t kIcmp6Echo = 128;
constexpr uint8_t kIcmp6EchoReply = 129;
constexpr uint8_t kIcmp6Solicitation = 135;
constexpr uint8_t kIcmp6Advertisement = 136;

// 10.77.0.1: the peer's own address, for which it need not wait whether a VM answers.
constexpr uint32_t kPeerIpv4 = 0x0a4d0001;

constexpr size_t kIpv4Header = 20;
constexpr uint8_t kVersionWithoutOptions = 0x45;
constexpr size_t kUdpHeader = 8;
constexpr size_t kIpv6Header = 40;

uint8_t U8(const std::byte* at) { return static_cast<uint8_t>(*at); }

void Swap(std::byte* a, std::byte* b, size_t count) { std::swap_ranges(a, a + count, b); }

// The asker's address becomes the destination, ours the source.
void TurnAround(std::byte* frame) {
  std::memcpy(frame, frame + 6, 6);
  WriteMac(frame + 6, kPeerMac);
}

bool IsZero(const std::byte* at, size_t count) {
  return std::all_of(at, at + count, [](std::byte byte) { return byte == std::byte{0}; });
}

// FNV-1a, apart from IPv4's range.
AddressBook::Address Ipv6Key(const std::byte* address) {
  uint64_t hash = 0xcbf29ce484222325;
  for (size_t i = 0; i < 16; ++i) hash = (hash ^ static_cast<uint8_t>(address[i])) * 0x100000001b3;
  return hash | uint64_t{1} << 63;
}

// The ICMP or ICMPv6 type at `icmp` becomes `type`.
void ChangeIcmpType(std::byte* icmp, uint8_t type) {
  const uint16_t before = ReadBe16(icmp);
  icmp[0] = static_cast<std::byte>(type);
  WriteBe16(icmp + 2, UpdateChecksum(ReadBe16(icmp + 2), before, ReadBe16(icmp)));
}

}  // namespace

bool LabPeer::Swallows(const EthernetHead& head) {
  switch (head.type) {
    case kTypeLab:
    case kTypeSource:
    case kTypeIpv4:
      return head.destination != kPeerMac;
    case kTypeArp:
    case kTypeIpv6:
      return false;
    default:
      return true;
  }
}

void LabPeer::Receive(Port& from, const Frame& frame, bool alone, Delivery& delivery, uint64_t now_ns) {
  Head head;
  head.frame_length = frame.length;
  head.length = std::min(frame.length, kHeadRoom);
  CopyBeginning(frame, head.bytes.data(), head.length);
  head.offload = frame.offload;
  head.for_peer = ReadMac(head.bytes.data()) == kPeerMac;

  const uint16_t type = ReadBe16(head.bytes.data() + kEtherTypeOffset);
  if (type == kTypeIpv4 && GoesBack(head)) {
    delivery.inbox().NoteAnswered(1);
    delivery.To(from, frame);
    return;
  }
  if (type == kTypeSource && Supply(head, from, delivery)) return;
  const size_t length = Answer(head, from.group(), alone, now_ns);
  if (length == kNoAnswer) {
    delivery.inbox().Take(frame);
    return;
  }
  delivery.inbox().NoteAnswered(1);
  const size_t own = std::min(length, head.length);
  // `frame` has no head of its own here: it comes from a tx ring.
  delivery.To(from, Frame{.head = std::span(head.bytes).first(own),
                          .body = frame.body,
                          .body_offset = frame.body_offset + own,
                          .length = length,
                          .offload = head.offload});
}

// Numbers are little endian. Request: 14 count 2 · 16 length 2 · 18 first number 8. Frame: 14 number 8 · 22 the
// number's low byte, to the end.
bool LabPeer::Supply(const Head& request, Port& to, Delivery& delivery) {
  constexpr size_t kNumber = kEthernetHeader;
  constexpr size_t kFill = kNumber + sizeof(uint64_t);
  if (request.length < kEthernetHeader + 12) return false;
  const std::byte* asked = request.bytes.data() + kEthernetHeader;
  uint16_t count = 0;
  uint16_t length = 0;
  uint64_t number = 0;
  std::memcpy(&count, asked, sizeof count);
  std::memcpy(&length, asked + 2, sizeof length);
  std::memcpy(&number, asked + 4, sizeof number);
  if (count > kMaxSupplied || length < kMinSuppliedLength || length > kMaxSuppliedLength) return false;
  std::array<std::byte, kMaxSuppliedLength> frame;
  std::memcpy(frame.data(), request.bytes.data(), kEthernetHeader);
  TurnAround(frame.data());
  for (uint16_t i = 0; i < count; ++i, ++number) {
    std::memcpy(frame.data() + kNumber, &number, sizeof number);
    std::memset(frame.data() + kFill, static_cast<uint8_t>(number), length - kFill);
    delivery.To(to, Frame{.head = std::span(frame).first(length), .body = {}, .body_offset = 0, .length = length});
  }
  delivery.inbox().NoteAnswered(count);
  return true;
}

void LabPeer::Count(const PeerInbox::Counts& received) {
  if (received.answered > 0) answered_.fetch_add(received.answered, std::memory_order_relaxed);
  if (received.frames == 0) return;
  frames_.fetch_add(received.frames, std::memory_order_relaxed);
  bytes_.fetch_add(received.bytes, std::memory_order_relaxed);
}

size_t LabPeer::Answer(Head& head, uint32_t group, bool alone, uint64_t now_ns) {
  switch (ReadBe16(head.bytes.data() + kEtherTypeOffset)) {
    case kTypeLab:
      if (!head.for_peer) return kNoAnswer;
      TurnAround(head.bytes.data());
      return head.frame_length;
    case kTypeArp:
      return AnswerArp(head, group, alone, now_ns);
    case kTypeIpv4:
      return AnswerIpv4(head);
    case kTypeIpv6:
      return AnswerIpv6(head, group, alone, now_ns);
    default:
      return kNoAnswer;
  }
}

// RFC 826: 0 hardware 2 · 2 protocol 2 · 4 lengths 1+1 · 6 operation 2 · 8 sender MAC 6 · 14 sender IP 4 ·
// 18 target MAC 6 · 24 target IP 4
size_t LabPeer::AnswerArp(Head& head, uint32_t group, bool alone, uint64_t now_ns) {
  constexpr size_t kLength = kEthernetHeader + 28;
  if (head.length < kLength) return kNoAnswer;
  std::byte* arp = head.bytes.data() + kEthernetHeader;
  const bool ethernet_ipv4 =
      ReadBe16(arp) == 1 && ReadBe16(arp + 2) == kTypeIpv4 && U8(arp + 4) == 6 && U8(arp + 5) == 4;
  if (!ethernet_ipv4) return kNoAnswer;
  const uint32_t sender = ReadBe32(arp + 14);
  const uint32_t target = ReadBe32(arp + 24);
  // Sender 0 probes for a duplicate before it takes the address (RFC 5227).
  if (sender == 0) return kNoAnswer;
  addresses_.NoteOwner(sender, group);
  constexpr uint16_t kRequest = 1;
  constexpr uint16_t kReply = 2;
  if (ReadBe16(arp + 6) != kRequest || target == sender) return kNoAnswer;
  if (!addresses_.MayAnswer(target, alone || target == kPeerIpv4, now_ns)) return kNoAnswer;

  TurnAround(head.bytes.data());
  head.offload = {};
  WriteBe16(arp + 6, kReply);
  std::memcpy(arp + 18, arp + 8, 10);
  WriteMac(arp + 8, kPeerMac);
  WriteBe32(arp + 14, target);
  return kLength;
}

bool LabPeer::GoesBack(const Head& head) {
  if (!head.for_peer || head.length < kEthernetHeader + kIpv4Header + kUdpHeader) return false;
  const std::byte* ip = head.bytes.data() + kEthernetHeader;
  const std::byte* udp = ip + kIpv4Header;
  const size_t total = ReadBe16(ip + 2);
  return U8(ip) == kVersionWithoutOptions && (ReadBe16(ip + 6) & 0x3fff) == 0 && U8(ip + 9) == kProtocolUdp &&
         ReadBe16(udp + 2) == kPortLoopback && total >= kIpv4Header + kUdpHeader &&
         total <= head.frame_length - kEthernetHeader;
}

// RFC 791: 0 version, header words · 2 length 2 · 6 flags, fragment offset 2 · 9 protocol · 12 source 4 ·
// 16 destination 4
size_t LabPeer::AnswerIpv4(Head& head) const {
  if (!head.for_peer || head.length < kEthernetHeader + kIpv4Header) return kNoAnswer;
  std::byte* ip = head.bytes.data() + kEthernetHeader;
  const size_t header = size_t{4} * (U8(ip) & 0xf);
  const size_t total = ReadBe16(ip + 2);
  const bool sound = U8(ip) >> 4 == 4 && header >= kIpv4Header && total >= header &&
                     total <= head.frame_length - kEthernetHeader;
  if (!sound) return kNoAnswer;
  const uint16_t fragment = ReadBe16(ip + 6) & 0x1fff;
  const bool fragmented = (ReadBe16(ip + 6) & 0x3fff) != 0;
  std::byte* payload = ip + header;
  // ICMP's and UDP's headers are 8 bytes.
  const bool has_header =
      total >= header + 8 && head.length >= kEthernetHeader + header + 8;

  switch (U8(ip + 9)) {
    case kProtocolIcmp:
      // A long echo comes in fragments; the later ones are returned as they are.
      if (fragment != 0) break;
      if (!has_header || U8(payload) != kIcmpEcho) return kNoAnswer;
      ChangeIcmpType(payload, kIcmpEchoReply);
      break;
    case kProtocolUdp:
      if (fragmented || !has_header) return kNoAnswer;
      if (ReadBe16(payload + 2) != kPortEcho) return kNoAnswer;
      Swap(payload, payload + 2, 2);
      break;
    default:
      return kNoAnswer;
  }
  // Swapping words leaves both checksums as they are.
  Swap(ip + 12, ip + 16, 4);
  TurnAround(head.bytes.data());
  return head.frame_length;
}

// RFC 8200: 0 version · 4 payload length 2 · 6 next header · 7 hop limit · 8 source 16 · 24 destination 16
size_t LabPeer::AnswerIpv6(Head& head, uint32_t group, bool alone, uint64_t now_ns) {
  constexpr size_t kPayload = kEthernetHeader + kIpv6Header;
  if (head.length < kPayload + 8) return kNoAnswer;
  std::byte* ip = head.bytes.data() + kEthernetHeader;
  std::byte* payload = ip + kIpv6Header;
  const size_t length = ReadBe16(ip + 4);
  const bool sound = U8(ip) >> 4 == 6 && length >= 8 && length <= head.frame_length - kPayload;
  if (!sound) return kNoAnswer;

  if (U8(ip + 6) == kProtocolUdp && head.for_peer && ReadBe16(payload + 2) == kPortEcho) {
    Swap(payload, payload + 2, 2);
  } else if (U8(ip + 6) == kProtocolIcmp6 && head.for_peer && U8(payload) == kIcmp6Echo) {
    ChangeIcmpType(payload, kIcmp6EchoReply);
  } else if (U8(ip + 6) == kProtocolIcmp6 && U8(payload) == kIcmp6Solicitation) {
    return AnswerSolicitation(head, group, alone, now_ns);
  } else {
    return kNoAnswer;
  }
  Swap(ip + 8, ip + 24, 16);
  TurnAround(head.bytes.data());
  return head.frame_length;
}

// RFC 4861 §4.3, §4.4: 0 type · 1 code · 2 checksum 2 · 4 flags 4 · 8 target 16 · 24 options
size_t LabPeer::AnswerSolicitation(Head& head, uint32_t group, bool alone, uint64_t now_ns) {
  constexpr size_t kLength = 32;
  constexpr size_t kPayload = kEthernetHeader + kIpv6Header;
  std::byte* ip = head.bytes.data() + kEthernetHeader;
  std::byte* icmp = ip + kIpv6Header;
  std::byte* target = icmp + 8;
  // Hop limit 255: it was not routed (§7.1.1).
  if (head.length < kPayload + 24 || U8(ip + 7) != 255) return kNoAnswer;
  // The unspecified source probes for a duplicate of its own address.
  if (IsZero(ip + 8, 16)) return kNoAnswer;
  addresses_.NoteOwner(Ipv6Key(ip + 8), group);
  if (!addresses_.MayAnswer(Ipv6Key(target), alone, now_ns)) return kNoAnswer;

  std::memcpy(ip + 24, ip + 8, 16);
  std::memcpy(ip + 8, target, 16);
  WriteBe16(ip + 4, kLength);
  icmp[0] = static_cast<std::byte>(kIcmp6Advertisement);
  icmp[1] = std::byte{0};
  WriteBe16(icmp + 2, 0);
  // Solicited, override.
  WriteBe32(icmp + 4, 0x60000000);
  // Option 2: the target's link-layer address, one unit of 8 bytes.
  icmp[24] = std::byte{2};
  icmp[25] = std::byte{1};
  WriteMac(icmp + 26, kPeerMac);
  // RFC 8200 §8.1: over the addresses, the length, the protocol and the message.
  uint32_t sum = SumWords(std::span(ip + 8, 32), kLength + kProtocolIcmp6);
  sum = SumWords(std::span(icmp, kLength), sum);
  WriteBe16(icmp + 2, static_cast<uint16_t>(~sum));
  TurnAround(head.bytes.data());
  head.offload = {};
  // The answer is all ours, also where the question was shorter.
  head.length = kPayload + kLength;
  return head.length;
}

LabPeer::Stats LabPeer::stats() const {
  return Stats{frames_.load(std::memory_order_relaxed), bytes_.load(std::memory_order_relaxed),
               answered_.load(std::memory_order_relaxed)};
}

}  // namespace doorbell
