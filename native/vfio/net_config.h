// What a virtio-net function says of itself in its device configuration (virtio 1.2 §5.1.4).
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "net/ethernet.h"
#include "vfio/common_config.h"

namespace doorbell {

// virtio 1.2 §5.1.3.
inline constexpr uint64_t kNetMac = uint64_t{1} << 5;
inline constexpr uint64_t kNetStatus = uint64_t{1} << 16;

class NetConfig {
 public:
  // The structure's registers, of which there are `length` bytes; `features` are those that the device offers.
  // `registers` outlives it.
  NetConfig(const CommonRegisters& registers, uint64_t length, uint64_t features)
      : registers_(registers), length_(length), features_(features) {}

  // Its own address; empty where it has none to tell.
  std::optional<MacNumber> Mac() const;
  // Empty where it does not tell.
  std::optional<bool> LinkUp() const;

 private:
  const CommonRegisters& registers_;
  const uint64_t length_;
  const uint64_t features_;
};

}  // namespace doorbell
