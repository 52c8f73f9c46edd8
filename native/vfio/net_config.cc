#include "vfio/net_config.h"

namespace doorbell {

namespace {

// struct virtio_net_config: mac 6 · 6 status 2
constexpr uint32_t kMacBytes = 6;
constexpr uint32_t kStatus = 6;
constexpr uint32_t kStatusBytes = 2;
constexpr uint32_t kLinkUp = 1;

}  // namespace

std::optional<MacNumber> NetConfig::Mac() const {
  if ((features_ & kNetMac) == 0 || length_ < kMacBytes) return std::nullopt;
  MacNumber mac = 0;
  for (uint32_t i = 0; i < kMacBytes; ++i) {
    const Result<uint32_t> byte = registers_.Read(i, 1);
    if (!byte.ok()) return std::nullopt;
    mac = mac << 8 | byte.value();
  }
  return mac;
}

std::optional<bool> NetConfig::LinkUp() const {
  if ((features_ & kNetStatus) == 0 || length_ < kStatus + kStatusBytes) return std::nullopt;
  const Result<uint32_t> status = registers_.Read(kStatus, kStatusBytes);
  if (!status.ok()) return std::nullopt;
  return (status.value() & kLinkUp) != 0;
}

}  // namespace doorbell
