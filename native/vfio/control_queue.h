// The engine's own control queue of a virtio-net function (virtio 1.2 §5.1.6.5): one command at a time, its answer
// waited for. The guest's control queue is the front-end's; this one tells the device what the engine wants of it.
//
//   desc · avail · used · command · answer · data
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "base/result.h"
#include "vfio/common_config.h"

namespace doorbell {

// The code of a command that the device refuses.
inline constexpr const char* kCommandRefused = "command-refused";

class ControlQueue {
 public:
  // §5.1.2: behind the first pair, as no more of them are negotiated.
  static constexpr uint16_t kIndex = 2;
  // Of a command.
  static constexpr size_t kMaxData = 64;
  static constexpr size_t kMemoryBytes = 512;

  // `memory` has kMemoryBytes, aligned to 16 like `iova`, where the device sees it. It outlives this.
  ControlQueue(std::byte* memory, uint64_t iova) : memory_(memory), iova_(iova) {}

  // An empty ring, as the device is told of it; it has no vector.
  DeviceRing Fresh();
  // Returns when the device has answered, which takes it microseconds; it is rung by `ring_doorbell`. `data` is 1 to
  // kMaxData bytes. `command-refused`: it says no. ETIMEDOUT, EPROTO: what it does leaves no way on, and every further
  // command fails so until Fresh().
  Status Send(uint8_t command_class, uint8_t command, std::span<const std::byte> data,
              const std::function<void()>& ring_doorbell);

  bool lost() const { return !lost_.ok(); }

 private:
  Status Await() const;

  std::byte* const memory_;
  const uint64_t iova_;
  // Commands since Fresh(), the ring's index.
  uint16_t sent_ = 0;
  Status lost_;
};

}  // namespace doorbell
