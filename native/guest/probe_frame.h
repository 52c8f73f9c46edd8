// The frames that the simulated guest sends to the lab peer and gets back: numbered, timed and checksummed.
//
//   0  destination   6   the lab peer; in an answer the pair's own address
//   6  source        6   the pair's own address; in an answer the lab peer's
//  12  EtherType     2   0x88B5 (IEEE 802 local experimental), big endian
//  14  magic         4   these and the following in native byte order: both ends are one machine
//  18  checksum      4   CRC-32 of everything from offset 22 to the end
//  22  pair          2
//  24  length        2   of the whole frame
//  26  sequence      8
//  34  sent          8   CLOCK_MONOTONIC nanoseconds
//  42  fill          …   byte i is the low byte of sequence + i
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace doorbell {

using MacAddress = std::array<uint8_t, 6>;

inline constexpr MacAddress kLabPeerAddress = {0x02, 0xdb, 0x00, 0x00, 0x00, 0x01};

// 02:db:01:GG:GG:QQ, locally administered: two bytes tell guests apart, one their pairs.
constexpr MacAddress PairAddress(uint16_t guest, uint8_t pair) {
  return {0x02, 0xdb, 0x01, static_cast<uint8_t>(guest >> 8), static_cast<uint8_t>(guest), pair};
}

struct Probe {
  uint16_t pair = 0;
  uint64_t sequence = 0;
  uint64_t sent_ns = 0;
};

// Ethernet's limits without the checksum that hardware adds.
inline constexpr size_t kMinProbeLength = 60;
inline constexpr size_t kMaxProbeLength = 1514;

// Mostly the shortest, with longer ones and the longest mixed in: a function of the sequence alone, so that a
// receiver knows what length a frame must have.
size_t ProbeLength(uint64_t sequence);

// Writes the frame of ProbeLength(probe.sequence) bytes; `out` holds at least kMaxProbeLength.
void WriteProbe(std::span<std::byte> out, const MacAddress& source, const Probe& probe);

enum class ProbeVerdict {
  kIntact,
  kForeign,    // Not for this address or not of this EtherType: other traffic of the network.
  kCorrupted,  // Ours, with a wrong length, magic or checksum.
};

struct ParsedProbe {
  ProbeVerdict verdict = ProbeVerdict::kForeign;
  // Valid when intact.
  Probe probe;
};

// `frame` is any bytes that came, and nobody else may write to it meanwhile.
ParsedProbe ParseProbe(std::span<const std::byte> frame, const MacAddress& destination);

}  // namespace doorbell
