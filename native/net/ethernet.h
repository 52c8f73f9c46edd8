// Ethernet, as far as a switch looks at it.
//
//   0 destination 6 · 6 source 6 · 12 EtherType 2 (big endian) · 14 payload
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace doorbell {

inline constexpr size_t kEthernetHeader = 14;
inline constexpr uint16_t kTypeIpv4 = 0x0800;
inline constexpr uint16_t kTypeIpv6 = 0x86dd;
// The largest IPv4 packet, which a large segment may be, behind two VLAN tags.
inline constexpr size_t kMaxFrame = kEthernetHeader + 2 * 4 + 65535;

// A MAC address as a number, first byte highest.
using MacNumber = uint64_t;

constexpr MacNumber kPeerMac = 0x02'db'00'00'00'01;

inline MacNumber ReadMac(const std::byte* at) {
  uint32_t high = 0;
  uint16_t low = 0;
  std::memcpy(&high, at, sizeof high);
  std::memcpy(&low, at + sizeof high, sizeof low);
  if constexpr (std::endian::native == std::endian::little) {
    high = __builtin_bswap32(high);
    low = __builtin_bswap16(low);
  }
  return MacNumber{high} << 16 | low;
}

inline void WriteMac(std::byte* at, MacNumber mac) {
  for (size_t i = 0; i < 6; ++i) at[i] = static_cast<std::byte>(mac >> (40 - 8 * i));
}

// Broadcast included.
constexpr bool IsMulticast(MacNumber mac) { return (mac >> 40 & 1) != 0; }

inline uint16_t ReadBe16(const std::byte* at) {
  return static_cast<uint16_t>(static_cast<unsigned>(at[0]) << 8 | static_cast<unsigned>(at[1]));
}

inline void WriteBe16(std::byte* at, uint16_t value) {
  at[0] = static_cast<std::byte>(value >> 8);
  at[1] = static_cast<std::byte>(value);
}

inline uint32_t ReadBe32(const std::byte* at) {
  return static_cast<uint32_t>(ReadBe16(at)) << 16 | ReadBe16(at + 2);
}

inline void WriteBe32(std::byte* at, uint32_t value) {
  WriteBe16(at, static_cast<uint16_t>(value >> 16));
  WriteBe16(at + 2, static_cast<uint16_t>(value));
}

}  // namespace doorbell
