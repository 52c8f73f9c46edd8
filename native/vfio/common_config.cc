#include "vfio/common_config.h"

#include <time.h>

#include <string>

#include "virtq/now.h"

namespace doorbell {

namespace {

enum Register : uint32_t {
  kDeviceFeatureSelect = 0,
  kDeviceFeature = 4,
  kDriverFeatureSelect = 8,
  kDriverFeature = 12,
  kConfigVector = 16,
  kNumQueues = 18,
  kDeviceStatus = 20,
  kQueueSelect = 22,
  kQueueSize = 24,
  kQueueVector = 26,
  kQueueEnable = 28,
  kQueueNotifyOff = 30,
  kQueueDesc = 32,
  kQueueDriver = 40,
  kQueueDevice = 48,
  kQueueReset = 58,
};

enum StatusBit : uint32_t { kAcknowledge = 1, kDriver = 2, kDriverOk = 4, kFeaturesOk = 8, kNeedsReset = 64 };

// A device that needs longer is broken; a working one needs microseconds.
constexpr uint64_t kPatienceNs = 200'000'000;

}  // namespace

Status CommonConfig::Await(uint32_t offset, uint32_t width, uint32_t value, const char* what) const {
  const uint64_t begin = NowNs();
  while (true) {
    const Result<uint32_t> now = registers_.Read(offset, width);
    if (!now.ok()) return now.error();
    if (now.value() == value) return {};
    if (NowNs() - begin > kPatienceNs) return Error{"ETIMEDOUT", std::string("the device does not end its ") + what};
    const timespec pause = {0, 20'000};
    nanosleep(&pause, nullptr);
  }
}

Status CommonConfig::Reset() const {
  if (Status written = registers_.Write(kDeviceStatus, 1, 0); !written.ok()) return written;
  // §4.1.4.3.2: the reset is over when the status reads 0.
  return Await(kDeviceStatus, 1, 0, "reset");
}

Result<uint64_t> CommonConfig::OfferedFeatures() const {
  uint64_t features = 0;
  for (uint32_t half = 0; half < 2; ++half) {
    if (Status selected = registers_.Write(kDeviceFeatureSelect, 4, half); !selected.ok()) return selected.error();
    const Result<uint32_t> bits = registers_.Read(kDeviceFeature, 4);
    if (!bits.ok()) return bits.error();
    features |= uint64_t{bits.value()} << (32 * half);
  }
  return features;
}

Result<uint16_t> CommonConfig::QueueCount() const {
  const Result<uint32_t> count = registers_.Read(kNumQueues, 2);
  if (!count.ok()) return count.error();
  return static_cast<uint16_t>(count.value());
}

Status CommonConfig::Select(uint16_t queue) const { return registers_.Write(kQueueSelect, 2, queue); }

Result<uint16_t> CommonConfig::NotifyOffset(uint16_t queue) const {
  if (Status selected = Select(queue); !selected.ok()) return selected.error();
  const Result<uint32_t> offset = registers_.Read(kQueueNotifyOff, 2);
  if (!offset.ok()) return offset.error();
  return static_cast<uint16_t>(offset.value());
}

Status CommonConfig::Negotiate(uint64_t features, uint16_t config_vector) const {
  const auto set_status = [&](uint32_t bits) { return registers_.Write(kDeviceStatus, 1, bits); };
  // In the order of §3.1.1.
  if (Status set = set_status(kAcknowledge | kDriver); !set.ok()) return set;
  for (uint32_t half = 0; half < 2; ++half) {
    const auto bits = static_cast<uint32_t>(features >> (32 * half));
    if (Status selected = registers_.Write(kDriverFeatureSelect, 4, half); !selected.ok()) return selected;
    if (Status written = registers_.Write(kDriverFeature, 4, bits); !written.ok()) return written;
  }
  if (Status set = set_status(kAcknowledge | kDriver | kFeaturesOk); !set.ok()) return set;
  const Result<uint32_t> status = registers_.Read(kDeviceStatus, 1);
  if (!status.ok()) return status.error();
  if ((status.value() & kFeaturesOk) == 0)
    return Error{"features-refused", "the device does not take these features together"};
  if (Status written = registers_.Write(kConfigVector, 2, config_vector); !written.ok()) return written;
  const Result<uint32_t> vector = registers_.Read(kConfigVector, 2);
  if (!vector.ok()) return vector.error();
  if (vector.value() != config_vector)
    return Error{"no-vector", "the device has no MSI-X vector for changes of its configuration"};
  return set_status(kAcknowledge | kDriver | kFeaturesOk | kDriverOk);
}

Status CommonConfig::WriteAddress(uint32_t offset, uint64_t address) const {
  // §4.1.3.1: 64-bit registers in two halves.
  if (Status low = registers_.Write(offset, 4, static_cast<uint32_t>(address)); !low.ok()) return low;
  return registers_.Write(offset + 4, 4, static_cast<uint32_t>(address >> 32));
}

Status CommonConfig::StartQueue(uint16_t queue, const DeviceRing& ring) const {
  if (Status selected = Select(queue); !selected.ok()) return selected;
  const Result<uint32_t> largest = registers_.Read(kQueueSize, 2);
  if (!largest.ok()) return largest.error();
  const Result<uint32_t> enabled = registers_.Read(kQueueEnable, 2);
  if (!enabled.ok()) return enabled.error();
  if (enabled.value() != 0) return Error{"queue-in-use", "the device serves this queue already"};
  if (ring.size > largest.value())
    return Error{"queue-too-large", "the ring has " + std::to_string(ring.size) + " entries, the device takes " +
                                        std::to_string(largest.value())};
  if (Status sized = registers_.Write(kQueueSize, 2, ring.size); !sized.ok()) return sized;
  if (Status written = registers_.Write(kQueueVector, 2, ring.vector); !written.ok()) return written;
  // §4.1.5.1.2: a device without resources for the vector says NO_VECTOR.
  const Result<uint32_t> vector = registers_.Read(kQueueVector, 2);
  if (!vector.ok()) return vector.error();
  if (vector.value() != ring.vector) return Error{"no-vector", "the device has no MSI-X vector for this queue"};
  if (Status written = WriteAddress(kQueueDesc, ring.desc); !written.ok()) return written;
  if (Status written = WriteAddress(kQueueDriver, ring.avail); !written.ok()) return written;
  if (Status written = WriteAddress(kQueueDevice, ring.used); !written.ok()) return written;
  return registers_.Write(kQueueEnable, 2, 1);
}

Status CommonConfig::StopQueue(uint16_t queue) const {
  if (Status selected = Select(queue); !selected.ok()) return selected;
  if (Status written = registers_.Write(kQueueReset, 2, 1); !written.ok()) return written;
  // §4.1.4.3.2: 1 while it goes on, 0 when it is over; then the queue is disabled.
  if (Status over = Await(kQueueReset, 2, 0, "queue's reset"); !over.ok()) return over;
  return Await(kQueueEnable, 2, 0, "queue");
}

Result<bool> CommonConfig::NeedsReset() const {
  const Result<uint32_t> status = registers_.Read(kDeviceStatus, 1);
  if (!status.ok()) return status.error();
  return (status.value() & kNeedsReset) != 0;
}

}  // namespace doorbell
