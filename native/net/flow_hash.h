// Spreads the flows of a cable that has no queues over the queue pairs of a receiver, each flow on one of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/ethernet.h"

namespace doorbell {

// Of the addresses of an IPv4 or IPv6 packet and the ports of its TCP or UDP, as far as `frame` holds them; of both
// MAC addresses for anything else. `frame` holds an Ethernet header at least.
inline uint16_t FlowHash(std::span<const std::byte> frame) {
  constexpr uint8_t kTcp = 6;
  constexpr uint8_t kUdp = 17;
  uint32_t hash = 0x811c9dc5;
  const auto mix = [&hash, frame](size_t at, size_t count) {
    // FNV-1a.
    for (const std::byte byte : frame.subspan(at, count)) hash = (hash ^ static_cast<uint8_t>(byte)) * 0x01000193;
  };
  const auto u8 = [frame](size_t at) { return static_cast<uint8_t>(frame[at]); };
  const uint16_t type = ReadBe16(&frame[12]);
  constexpr size_t kIp = kEthernetHeader;
  if (type == 0x0800 && frame.size() >= kIp + 20) {
    mix(kIp + 12, 8);
    const size_t ports = kIp + size_t{4} * (u8(kIp) & 0xf);
    const bool fragment = (ReadBe16(&frame[kIp + 6]) & 0x3fff) != 0;
    const bool has_ports = u8(kIp + 9) == kTcp || u8(kIp + 9) == kUdp;
    // All fragments of a packet go the same way; only the first has ports.
    if (!fragment && has_ports && frame.size() >= ports + 4) mix(ports, 4);
  } else if (type == 0x86dd && frame.size() >= kIp + 40) {
    mix(kIp + 8, 32);
    if ((u8(kIp + 6) == kTcp || u8(kIp + 6) == kUdp) && frame.size() >= kIp + 44) mix(kIp + 40, 4);
  } else {
    mix(0, 12);
  }
  return static_cast<uint16_t>(hash ^ hash >> 16);
}

}  // namespace doorbell
