#include "vfio/receive_filter.h"

#include <array>

namespace doorbell {

namespace {

constexpr uint8_t kClassRx = 0;
constexpr uint8_t kRxPromiscuous = 0;
constexpr uint8_t kRxAllMulticast = 1;
constexpr uint8_t kClassMac = 1;
constexpr uint8_t kMacAddrSet = 1;

}  // namespace

Result<Receives> SetReceiveFilter(uint64_t features, std::optional<MacNumber> mac, const SendCommand& send) {
  const bool filters = (features & kNetCtrlRx) != 0;
  const auto turn = [&](uint8_t mode, bool on) {
    const std::array value = {on ? std::byte{1} : std::byte{0}};
    return send(kClassRx, mode, value);
  };
  // An address that cannot be told cannot be filtered for.
  if (mac.has_value() && (features & kNetCtrlMacAddr) != 0) {
    std::array<std::byte, 6> address;
    WriteMac(address.data(), *mac);
    if (Status set = send(kClassMac, kMacAddrSet, address); !set.ok()) return set.error();
    if (!filters) return Receives::kAddress;
    // The guest's groups are not known here: its neighbours' discovery is among them.
    if (Status set = turn(kRxAllMulticast, true); !set.ok()) return set.error();
    if (Status set = turn(kRxPromiscuous, false); !set.ok()) return set.error();
    return Receives::kAddress;
  }
  if (!filters) return Receives::kAsReset;
  if (Status set = turn(kRxPromiscuous, true); !set.ok()) return set.error();
  return Receives::kEverything;
}

}  // namespace doorbell
