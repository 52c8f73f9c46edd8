#include "vfio/receive_filter.h"

#include <array>

#include "vfio/control_queue.h"

namespace doorbell {

namespace {

constexpr uint8_t kClassRx = 0;
constexpr uint8_t kRxPromiscuous = 0;
constexpr uint8_t kRxAllMulticast = 1;
constexpr uint8_t kClassMac = 1;
constexpr uint8_t kMacAddrSet = 1;

}  // namespace

Result<Receives> SetReceiveFilter(uint64_t features, std::optional<MacNumber> mac, const SendCommand& send) {
  // §5.1.6.5: without it commands of the other class are forbidden, too.
  if ((features & kNetCtrlRx) == 0) return Receives::kAsReset;
  const auto turn = [&](uint8_t mode, bool on) {
    const std::array value = {on ? std::byte{1} : std::byte{0}};
    return send(kClassRx, mode, value);
  };
  const auto tell = [&](MacNumber address) {
    std::array<std::byte, 6> bytes;
    WriteMac(bytes.data(), address);
    return send(kClassMac, kMacAddrSet, bytes);
  };
  if (mac.has_value() && (features & kNetCtrlMacAddr) != 0) {
    const Status told = tell(*mac);
    if (told.ok()) {
      // The guest's groups are not known here: its neighbours' discovery is among them.
      if (Status set = turn(kRxAllMulticast, true); !set.ok()) return set.error();
      if (Status set = turn(kRxPromiscuous, false); !set.ok()) return set.error();
      return Receives::kAddress;
    }
    if (told.error().code != kCommandRefused) return told.error();
  }
  // What may not have another address can only take everything.
  if (Status set = turn(kRxPromiscuous, true); !set.ok()) return set.error();
  return Receives::kEverything;
}

}  // namespace doorbell
