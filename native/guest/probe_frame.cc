#include "guest/probe_frame.h"

#include <algorithm>
#include <cstring>

namespace doorbell {
namespace {

constexpr size_t kTypeOffset = 12;
constexpr size_t kMagicOffset = 14;
constexpr size_t kChecksumOffset = 18;
constexpr size_t kPairOffset = 22;
constexpr size_t kLengthOffset = 24;
constexpr size_t kSequenceOffset = 26;
constexpr size_t kSentOffset = 34;
constexpr size_t kFillOffset = 42;

constexpr std::array<uint8_t, 2> kEtherType = {0x88, 0xb5};
constexpr uint32_t kMagic = 0x4c424f44;  // "DOBL" in memory on a little-endian machine.

// CRC-32 as Ethernet uses it (reflected 0x04C11DB7).
constexpr std::array<uint32_t, 256> kCrcTable = [] {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < table.size(); ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? (value >> 1) ^ 0xedb88320u : value >> 1;
    table[i] = value;
  }
  return table;
}();

uint32_t Crc32(std::span<const std::byte> bytes) {
  uint32_t crc = ~0u;
  for (const std::byte byte : bytes) crc = (crc >> 8) ^ kCrcTable[(crc ^ static_cast<uint8_t>(byte)) & 0xff];
  return ~crc;
}

template <typename T>
void Put(std::span<std::byte> out, size_t offset, T value) {
  std::memcpy(out.data() + offset, &value, sizeof value);
}

template <typename T>
T Get(std::span<const std::byte> in, size_t offset) {
  T value;
  std::memcpy(&value, in.data() + offset, sizeof value);
  return value;
}

}  // namespace

size_t ProbeLength(uint64_t sequence) {
  if (sequence % 16 == 15) return kMaxProbeLength;
  // 37 is coprime to the span, so in time every length comes.
  if (sequence % 16 == 7)
    return kMinProbeLength + static_cast<size_t>(sequence * 37 % (kMaxProbeLength - kMinProbeLength));
  return kMinProbeLength;
}

void WriteProbe(std::span<std::byte> out, const MacAddress& source, const Probe& probe) {
  const size_t length = ProbeLength(probe.sequence);
  const std::span<std::byte> frame = out.first(length);
  Put(frame, 0, kLabPeerAddress);
  Put(frame, source.size(), source);
  Put(frame, kTypeOffset, kEtherType);
  Put(frame, kMagicOffset, kMagic);
  Put(frame, kPairOffset, probe.pair);
  Put(frame, kLengthOffset, static_cast<uint16_t>(length));
  Put(frame, kSequenceOffset, probe.sequence);
  Put(frame, kSentOffset, probe.sent_ns);
  for (size_t i = kFillOffset; i < length; ++i) frame[i] = static_cast<std::byte>(probe.sequence + i);
  Put(frame, kChecksumOffset, Crc32(frame.subspan(kPairOffset)));
}

ParsedProbe ParseProbe(std::span<const std::byte> frame, const MacAddress& destination) {
  if (frame.size() < kMagicOffset || Get<MacAddress>(frame, 0) != destination ||
      Get<std::array<uint8_t, 2>>(frame, kTypeOffset) != kEtherType)
    return {};
  if (frame.size() < kMinProbeLength || frame.size() > kMaxProbeLength ||
      Get<uint32_t>(frame, kMagicOffset) != kMagic || Get<uint16_t>(frame, kLengthOffset) != frame.size() ||
      Get<uint32_t>(frame, kChecksumOffset) != Crc32(frame.subspan(kPairOffset)))
    return {ProbeVerdict::kCorrupted, {}};
  return {ProbeVerdict::kIntact,
          {Get<uint16_t>(frame, kPairOffset), Get<uint64_t>(frame, kSequenceOffset),
           Get<uint64_t>(frame, kSentOffset)}};
}

}  // namespace doorbell
