// What of the frames on its network a virtio-net function takes (virtio 1.2 §5.1.6.5.1 and .2), as it is told through its
// control queue.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "base/result.h"
#include "net/ethernet.h"

namespace doorbell {

// virtio 1.2 §5.1.3.
inline constexpr uint64_t kNetCtrlVq = uint64_t{1} << 17;
inline constexpr uint64_t kNetCtrlRx = uint64_t{1} << 18;
inline constexpr uint64_t kNetCtrlMacAddr = uint64_t{1} << 23;

enum class Receives {
  // Nobody told it: what a reset leaves.
  kAsReset,
  // Frames for one address, broadcasts and all multicasts.
  kAddress,
  kEverything,
};

// As of ControlQueue::Send.
using SendCommand = std::function<Status(uint8_t command_class, uint8_t command, std::span<const std::byte> data)>;

// Frames for `mac` alone are wanted; empty: everything. → what the device takes now, given what of the features above
// was negotiated with it: everything as well where it cannot have that address. On failure nobody can say.
Result<Receives> SetReceiveFilter(uint64_t features, std::optional<MacNumber> mac, const SendCommand& send);

}  // namespace doorbell
