// The common configuration structure of a virtio PCI function (virtio 1.2 §4.1.4.3): status, features, queues. It
// knows the registers and their order, not where they are.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace doorbell {

// virtio 1.2 §6.
inline constexpr uint64_t kRingReset = uint64_t{1} << 40;

// Registers by their offset in the structure; the file of the device, or a test's.
class CommonRegisters {
 public:
  virtual ~CommonRegisters() = default;
  virtual Result<uint32_t> Read(uint32_t offset, uint32_t width) const = 0;
  virtual Status Write(uint32_t offset, uint32_t width, uint32_t value) const = 0;
};

// One queue as the device is told of it; addresses are the guest's.
struct DeviceRing {
  uint16_t size = 0;
  uint64_t desc = 0;
  uint64_t avail = 0;
  uint64_t used = 0;
  uint16_t vector = 0;
};

class CommonConfig {
 public:
  // `registers` outlives it.
  explicit CommonConfig(const CommonRegisters& registers) : registers_(registers) {}

  // Ends all that the device does: returns when it says so. ETIMEDOUT where it does not.
  Status Reset() const;
  Result<uint64_t> OfferedFeatures() const;
  Result<uint16_t> QueueCount() const;
  // Offset of a queue's doorbell in units of the multiplier.
  Result<uint16_t> NotifyOffset(uint16_t queue) const;
  // After a reset, up to DRIVER_OK with no queue enabled; changes of the configuration signal `config_vector` from then
  // on. `features-refused`: the device does not take them; `no-vector`.
  Status Negotiate(uint64_t features, uint16_t config_vector) const;
  // The device begins at index 0. `queue-too-large`, `queue-in-use`, `no-vector`.
  Status StartQueue(uint16_t queue, const DeviceRing& ring) const;
  // One queue alone, with RING_RESET: when it returns, the device touches the ring no more. ETIMEDOUT.
  Status StopQueue(uint16_t queue) const;
  // DEVICE_NEEDS_RESET.
  Result<bool> NeedsReset() const;

 private:
  Status Select(uint16_t queue) const;
  Status WriteAddress(uint32_t offset, uint64_t address) const;
  // Reads until the register has this value.
  Status Await(uint32_t offset, uint32_t width, uint32_t value, const char* what) const;

  const CommonRegisters& registers_;
};

}  // namespace doorbell
