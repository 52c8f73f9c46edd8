#include "vfio/virtio_pci.h"

#include <linux/pci_regs.h>

#include <string>

namespace doorbell {

namespace {

constexpr size_t kFirstCapability = 0x40;
// As many as fit without overlapping: a longer walk has met one twice.
constexpr int kMaxCapabilities = (kPciConfigSize - kFirstCapability) / 4;

// struct virtio_pci_cap and virtio_pci_notify_cap (virtio 1.2 §4.1.4).
constexpr uint8_t kVendorCapability = 9;
constexpr size_t kLength = 2;
constexpr size_t kType = 3;
constexpr size_t kBar = 4;
constexpr size_t kOffset = 8;
constexpr size_t kRangeLength = 12;
constexpr size_t kCapabilitySize = 16;
constexpr size_t kMultiplier = 16;
constexpr size_t kNotifyCapabilitySize = 20;
enum Type : uint8_t { kCommonType = 1, kNotifyType = 2, kIsrType = 3, kDeviceType = 4 };

// Up to queue_device, the last register that every modern device has.
constexpr uint64_t kCommonSize = 56;
constexpr uint8_t kLastBar = 5;
constexpr size_t kMsixCapabilitySize = 12;
constexpr uint64_t kMsixEntrySize = 16;

Error Invalid(size_t at, const char* what) {
  return Error{"virtio-capability-invalid", "virtio capability at " + std::to_string(at) + ": " + what};
}

struct Found {
  std::optional<BarRange> common;
  std::optional<BarRange> notify;
  uint32_t multiplier = 0;
  std::optional<BarRange> isr;
  std::optional<BarRange> device;
  std::optional<MsixTable> msix;
};

Status ReadVirtio(Bytes config, size_t at, Found& found) {
  const auto length = LoadLittle<uint8_t>(config, at + kLength);
  const auto type = LoadLittle<uint8_t>(config, at + kType);
  if (type < kCommonType || type > kDeviceType) return {};
  const size_t needed = type == kNotifyType ? kNotifyCapabilitySize : kCapabilitySize;
  if (length < needed || at + needed > config.size()) return Invalid(at, "too short");
  const BarRange range{LoadLittle<uint8_t>(config, at + kBar), LoadLittle<uint32_t>(config, at + kOffset),
                       LoadLittle<uint32_t>(config, at + kRangeLength)};
  // §4.1.4: values beyond the BARs are reserved; such a capability is to be ignored.
  if (range.bar > kLastBar) return {};
  if (range.length == 0) return Invalid(at, "it describes no bytes");
  if (type == kCommonType && range.length < kCommonSize) return Invalid(at, "the common structure is cut off");
  std::optional<BarRange>& place = type == kCommonType   ? found.common
                                   : type == kNotifyType ? found.notify
                                   : type == kIsrType    ? found.isr
                                                         : found.device;
  // §4.1.4: the device prefers the first of several.
  if (place.has_value()) return {};
  place = range;
  if (type == kNotifyType) found.multiplier = LoadLittle<uint32_t>(config, at + kMultiplier);
  return {};
}

Result<MsixTable> ReadMsix(Bytes config, size_t at) {
  if (at + kMsixCapabilitySize > config.size()) return Error{"pci-capabilities-invalid", "MSI-X is cut off"};
  const auto flags = LoadLittle<uint16_t>(config, at + PCI_MSIX_FLAGS);
  const auto table = LoadLittle<uint32_t>(config, at + PCI_MSIX_TABLE);
  const auto pending = LoadLittle<uint32_t>(config, at + PCI_MSIX_PBA);
  const auto vectors = static_cast<uint16_t>((flags & PCI_MSIX_FLAGS_QSIZE) + 1);
  const auto range = [](uint32_t word, uint64_t length) {
    return BarRange{static_cast<uint8_t>(word & PCI_MSIX_TABLE_BIR), word & PCI_MSIX_TABLE_OFFSET, length};
  };
  return MsixTable{vectors, range(table, vectors * kMsixEntrySize), range(pending, (vectors + 63u) / 64u * 8u)};
}

}  // namespace

Result<VirtioPciLayout> ParseVirtioPci(Bytes config) {
  if (config.size() < kPciConfigSize) return Error{"pci-config-short", "fewer than 256 bytes of configuration space"};
  config = config.first(kPciConfigSize);
  if ((LoadLittle<uint16_t>(config, PCI_STATUS) & PCI_STATUS_CAP_LIST) == 0)
    return Error{"virtio-capability-missing", "the function has no capabilities: it is no modern virtio function"};

  Found found;
  size_t at = LoadLittle<uint8_t>(config, PCI_CAPABILITY_LIST) & ~size_t{3};
  for (int seen = 0; at != 0; ++seen) {
    if (at < kFirstCapability || seen == kMaxCapabilities)
      return Error{"pci-capabilities-invalid", "the list of capabilities is broken"};
    const auto id = LoadLittle<uint8_t>(config, at);
    if (id == kVendorCapability) {
      if (Status read = ReadVirtio(config, at, found); !read.ok()) return read.error();
    } else if (id == PCI_CAP_ID_MSIX && !found.msix.has_value()) {
      Result<MsixTable> msix = ReadMsix(config, at);
      if (!msix.ok()) return msix.error();
      found.msix = msix.value();
    }
    at = LoadLittle<uint8_t>(config, at + 1) & ~size_t{3};
  }

  const auto missing = [](const char* which) {
    return Error{"virtio-capability-missing", std::string("no ") + which + " structure: it is no modern virtio function"};
  };
  if (!found.common.has_value()) return missing("common configuration");
  if (!found.notify.has_value()) return missing("notification");
  if (!found.isr.has_value()) return missing("interrupt status");
  // §4.1.4.4: an even power of two or 0.
  if ((found.multiplier & (found.multiplier - 1)) != 0 || found.multiplier == 1)
    return Error{"virtio-capability-invalid",
                 "notify_off_multiplier is " + std::to_string(found.multiplier) + ", no even power of two"};
  return VirtioPciLayout{*found.common, *found.notify, found.multiplier, *found.isr, found.device, found.msix};
}

}  // namespace doorbell
