#include "net/offload.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "net/ethernet.h"
#include "net/internet_checksum.h"

namespace doorbell {

namespace {

using Bytes = std::vector<std::byte>;

constexpr uint16_t kTypeVlan = 0x8100;
constexpr uint16_t kTypeVlanService = 0x88a8;
constexpr uint8_t kProtocolTcp = 6;

// Below every TCP's default (RFC 9293 §3.7.1: 536): a guest cannot make one buffer stand for thousands of frames.
constexpr uint16_t kMinSegment = 128;

// struct tcphdr: 4 sequence number 4 · 12 data offset · 13 flags · 16 checksum 2
constexpr size_t kTcpHeader = 20;
constexpr size_t kTcpChecksum = 16;
constexpr std::byte kTcpFin{0x01};
constexpr std::byte kTcpPush{0x08};
constexpr std::byte kTcpCongestionReduced{0x80};

// Where the headers of a large TCP segment end.
struct Headers {
  size_t ip = 0;
  size_t tcp = 0;
  size_t data = 0;
  bool ipv6 = false;
};

std::optional<Headers> FindHeaders(std::span<const std::byte> frame, const Offload& offload) {
  Headers headers;
  size_t type_at = 2 * 6;
  uint16_t type = ReadBe16(&frame[type_at]);
  while ((type == kTypeVlan || type == kTypeVlanService) && type_at + 4 + 2 <= frame.size()) {
    type_at += 4;
    type = ReadBe16(&frame[type_at]);
  }
  headers.ip = type_at + 2;
  headers.tcp = offload.checksum_start;
  headers.ipv6 = offload.gso_type == Offload::kGsoTcp6;
  const bool fits = offload.checksum_offset == kTcpChecksum && headers.tcp + kTcpHeader <= frame.size();
  if (!fits || type != (headers.ipv6 ? kTypeIpv6 : kTypeIpv4)) return std::nullopt;

  const std::byte* ip = &frame[headers.ip];
  const auto first = static_cast<uint8_t>(ip[0]);
  if (headers.ipv6) {
    // Extension headers may lie between.
    if (headers.tcp < headers.ip + 40 || first >> 4 != 6) return std::nullopt;
  } else {
    if (headers.tcp < headers.ip + 20 || first >> 4 != 4) return std::nullopt;
    const bool sound = headers.ip + size_t{4} * (first & 0xf) == headers.tcp &&
                       static_cast<uint8_t>(ip[9]) == kProtocolTcp;
    if (!sound) return std::nullopt;
  }
  const size_t tcp_length = size_t{4} * (static_cast<uint8_t>(frame[headers.tcp + 12]) >> 4);
  headers.data = headers.tcp + tcp_length;
  if (tcp_length < kTcpHeader || headers.data > frame.size()) return std::nullopt;
  return headers;
}

void FinishChecksum(std::span<std::byte> frame, size_t start, size_t offset) {
  // The field holds the pseudo-header's sum, which belongs to it.
  const uint32_t sum = SumWords(frame.subspan(start));
  const auto checksum = static_cast<uint16_t>(~sum);
  // RFC 768: zero means "no checksum" for UDP; for TCP both say the same.
  WriteBe16(&frame[start + offset], checksum == 0 ? uint16_t{0xffff} : checksum);
}

// Makes lengths and checksums of one segment right, whose sequence number and flags are.
void FinishSegment(std::span<std::byte> frame, const Headers& headers, uint16_t index) {
  std::byte* ip = &frame[headers.ip];
  const auto tcp_length = static_cast<uint32_t>(frame.size() - headers.tcp);
  uint32_t sum = tcp_length + kProtocolTcp;
  if (headers.ipv6) {
    WriteBe16(ip + 4, static_cast<uint16_t>(frame.size() - headers.ip - 40));
    sum = SumWords(std::span(ip + 8, 32), sum);
  } else {
    WriteBe16(ip + 2, static_cast<uint16_t>(frame.size() - headers.ip));
    WriteBe16(ip + 4, static_cast<uint16_t>(ReadBe16(ip + 4) + index));
    WriteBe16(ip + 10, 0);
    WriteBe16(ip + 10, static_cast<uint16_t>(~SumWords(std::span(ip, headers.tcp - headers.ip))));
    sum = SumWords(std::span(ip + 12, 8), sum);
  }
  std::byte* checksum = &frame[headers.tcp + kTcpChecksum];
  WriteBe16(checksum, 0);
  WriteBe16(checksum, static_cast<uint16_t>(~SumWords(frame.subspan(headers.tcp), sum)));
}

// Stores nothing where that changes nothing: the header is copied as words right after, and a word that is read while
// a part of it is on its way to memory waits for all stores before it, misses included.
template <typename Field>
void Set(Field& field, Field value) {
  if (field != value) field = value;
}

std::vector<Bytes> Segment(std::span<const std::byte> frame, const Headers& headers, size_t size) {
  const std::span<const std::byte> head = frame.first(headers.data);
  std::span<const std::byte> data = frame.subspan(headers.data);
  const uint32_t sequence = ReadBe32(&frame[headers.tcp + 4]);
  std::vector<Bytes> segments;
  uint32_t sent = 0;
  do {
    const std::span<const std::byte> part = data.first(std::min(size, data.size()));
    data = data.subspan(part.size());
    Bytes& segment = segments.emplace_back(head.begin(), head.end());
    segment.insert(segment.end(), part.begin(), part.end());
    WriteBe32(&segment[headers.tcp + 4], sequence + sent);
    std::byte& flags = segment[headers.tcp + 13];
    // RFC 3168 §6.1.2: the reduction is told once. What ends the data belongs to its last segment.
    if (sent > 0) flags &= ~kTcpCongestionReduced;
    if (!data.empty()) flags &= ~(kTcpFin | kTcpPush);
    FinishSegment(segment, headers, static_cast<uint16_t>(segments.size() - 1));
    sent += static_cast<uint32_t>(part.size());
  } while (!data.empty());
  return segments;
}

}  // namespace

bool CheckOffload(Offload& offload, uint64_t features, size_t length) {
  if ((offload.flags & Offload::kNeedsChecksum) != 0) {
    const size_t field = size_t{offload.checksum_start} + offload.checksum_offset;
    if (offload.checksum_start < kEthernetHeader || field + 2 > length) return false;
    Set(offload.flags, Offload::kNeedsChecksum);
  } else {
    offload.flags = 0;
    offload.checksum_start = 0;
    offload.checksum_offset = 0;
  }
  if (offload.gso_type == Offload::kGsoNone) {
    Set(offload.gso_size, uint16_t{0});
    Set(offload.header_length, uint16_t{0});
    return true;
  }
  const bool negotiated = (offload.gso_type == Offload::kGsoTcp4 && (features & kHostTso4) != 0) ||
                          (offload.gso_type == Offload::kGsoTcp6 && (features & kHostTso6) != 0);
  // Virtio 1.2 §5.1.6.2.1: a large segment always needs its checksum.
  if (!negotiated || offload.gso_size == 0 || offload.flags == 0) return false;
  if (offload.header_length > length) offload.header_length = static_cast<uint16_t>(length);
  return true;
}

bool TakesUnfinished(const Offload& offload, uint64_t features) {
  const bool checksum = offload.flags == 0 || (features & kGuestCsum) != 0;
  switch (offload.gso_type) {
    case Offload::kGsoTcp4:
      return checksum && (features & kGuestTso4) != 0;
    case Offload::kGsoTcp6:
      return checksum && (features & kGuestTso6) != 0;
    default:
      return checksum;
  }
}

std::vector<Bytes> FinishInSoftware(const Frame& frame) {
  const Offload& offload = frame.offload;
  Bytes whole(frame.length);
  FrameReader(frame).Read(whole.data(), whole.size());
  if (offload.gso_type != Offload::kGsoNone) {
    const std::optional<Headers> headers = FindHeaders(whole, offload);
    if (!headers.has_value() || offload.gso_size < kMinSegment) return {};
    return Segment(whole, *headers, offload.gso_size);
  }
  if (offload.flags != 0) FinishChecksum(whole, offload.checksum_start, offload.checksum_offset);
  std::vector<Bytes> frames;
  frames.push_back(std::move(whole));
  return frames;
}

}  // namespace doorbell
