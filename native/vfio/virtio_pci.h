// Where a virtio PCI function keeps its structures (virtio 1.2 §4.1.4), read from its configuration space. Pure:
// bytes in, structure out. The bytes are the device's and may be anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/result.h"
#include "vfio/little_endian.h"

namespace doorbell {

// Of a conventional function; PCI Express adds more behind it.
inline constexpr size_t kPciConfigSize = 256;

// Part of a BAR, in bytes.
struct BarRange {
  uint8_t bar = 0;
  uint64_t offset = 0;
  uint64_t length = 0;

  uint64_t end() const { return offset + length; }
  bool Overlaps(uint8_t other_bar, uint64_t first, uint64_t size) const {
    return length != 0 && bar == other_bar && offset < first + size && first < end();
  }
};

struct MsixTable {
  uint16_t vectors = 0;
  BarRange table;
  BarRange pending;
};

struct VirtioPciLayout {
  BarRange common;
  BarRange notify;
  // Bytes from one queue_notify_off to the next; 0: all queues share one doorbell.
  uint32_t notify_multiplier = 0;
  BarRange isr;
  std::optional<BarRange> device;
  // Empty where the function has no MSI-X.
  std::optional<MsixTable> msix;
};

// The first 256 bytes of configuration space. Codes: `pci-config-short`, `pci-capabilities-invalid`,
// `virtio-capability-invalid`, `virtio-capability-missing`.
Result<VirtioPciLayout> ParseVirtioPci(Bytes config);

}  // namespace doorbell
