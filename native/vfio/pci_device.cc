#include "vfio/pci_device.h"

#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "vfio/virtio_pci.h"

namespace doorbell {

namespace {

Result<VfioRegion> ReadRegion(int device, uint32_t index) {
  vfio_region_info head = {};
  head.argsz = sizeof head;
  head.index = index;
  if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &head) != 0) return ErrnoError(errno, "VFIO_DEVICE_GET_REGION_INFO");
  std::vector<std::byte> info(std::max<size_t>(head.argsz, sizeof head));
  head.argsz = static_cast<uint32_t>(info.size());
  std::memcpy(info.data(), &head, sizeof head);
  if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, info.data()) != 0)
    return ErrnoError(errno, "VFIO_DEVICE_GET_REGION_INFO");
  std::memcpy(&head, info.data(), sizeof head);
  VfioRegion region{head.size, head.offset, (head.flags & VFIO_REGION_INFO_FLAG_MMAP) != 0, std::nullopt};
  if ((head.flags & VFIO_REGION_INFO_FLAG_CAPS) != 0) region.areas = ParseSparseAreas(info, head.cap_offset);
  return region;
}

Error Short(const char* what, ssize_t done) {
  return done < 0 ? ErrnoError(errno, what) : Error{"EIO", std::string(what) + ": cut short"};
}

}  // namespace

bool VfioRegion::CanMap(uint64_t first, uint64_t length) const {
  if (!mappable || length > size || first > size - length) return false;
  if (!areas.has_value()) return true;
  return std::any_of(areas->begin(), areas->end(), [&](const MappableArea& area) {
    return first >= area.offset && length <= area.size && first - area.offset <= area.size - length;
  });
}

Result<VfioPciDevice> VfioPciDevice::Open(ScopedFd fd) {
  vfio_device_info info = {};
  info.argsz = sizeof info;
  if (ioctl(fd.get(), VFIO_DEVICE_GET_INFO, &info) != 0) return ErrnoError(errno, "VFIO_DEVICE_GET_INFO");
  if ((info.flags & VFIO_DEVICE_FLAGS_PCI) == 0 || info.num_regions <= VFIO_PCI_CONFIG_REGION_INDEX)
    return Error{"vfio-unsupported", "it is no PCI function"};
  Result<VfioRegion> config = ReadRegion(fd.get(), VFIO_PCI_CONFIG_REGION_INDEX);
  if (!config.ok()) return config.error();
  VfioPciDevice device(std::move(fd), std::move(config).value());
  for (uint32_t bar = 0; bar < kBars; ++bar) {
    Result<VfioRegion> region = ReadRegion(device.fd(), VFIO_PCI_BAR0_REGION_INDEX + bar);
    if (!region.ok()) return region.error();
    device.bars_[bar] = std::move(region).value();
  }
  if (Status read = device.ReadConfig(); !read.ok()) return read.error();
  if (Status enabled = device.EnableBusMaster(); !enabled.ok()) return enabled.error();
  return device;
}

Status VfioPciDevice::ReadConfig() {
  config_.resize(kPciConfigSize);
  const ssize_t done = pread(fd_.get(), config_.data(), kPciConfigSize, static_cast<off_t>(config_region_.offset));
  if (done != static_cast<ssize_t>(kPciConfigSize)) return Short("read the configuration space", done);
  return {};
}

Status VfioPciDevice::EnableBusMaster() const {
  // VFIO opens a function with bus mastering off: it could not do DMA.
  const uint16_t command = LoadLittle<uint16_t>(config_, PCI_COMMAND) | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
  const ssize_t done =
      pwrite(fd_.get(), &command, sizeof command, static_cast<off_t>(config_region_.offset + PCI_COMMAND));
  if (done != static_cast<ssize_t>(sizeof command)) return Short("turn on bus mastering", done);
  return {};
}

Result<uint32_t> VfioPciDevice::Read(uint8_t bar, uint64_t offset, uint32_t width) const {
  uint32_t value = 0;
  const ssize_t done = pread(fd_.get(), &value, width, static_cast<off_t>(bars_[bar].offset + offset));
  if (done != static_cast<ssize_t>(width)) return Short("read a register", done);
  return value;
}

Status VfioPciDevice::Write(uint8_t bar, uint64_t offset, uint32_t width, uint32_t value) const {
  const ssize_t done = pwrite(fd_.get(), &value, width, static_cast<off_t>(bars_[bar].offset + offset));
  if (done != static_cast<ssize_t>(width)) return Short("write a register", done);
  return {};
}

Status VfioPciDevice::SetSignals(uint32_t index, uint32_t first, std::span<const int> fds) const {
  std::vector<std::byte> bytes(sizeof(vfio_irq_set) + fds.size_bytes());
  vfio_irq_set set = {};
  set.argsz = static_cast<uint32_t>(bytes.size());
  set.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
  set.index = index;
  set.start = first;
  set.count = static_cast<uint32_t>(fds.size());
  std::memcpy(bytes.data(), &set, sizeof set);
  std::memcpy(bytes.data() + sizeof set, fds.data(), fds.size_bytes());
  if (ioctl(fd_.get(), VFIO_DEVICE_SET_IRQS, bytes.data()) != 0) return ErrnoError(errno, "VFIO_DEVICE_SET_IRQS");
  return {};
}

Status VfioPciDevice::EnableMsix(uint32_t count) const {
  const std::vector<int> nobody(count, ScopedFd::kInvalid);
  return SetSignals(VFIO_PCI_MSIX_IRQ_INDEX, 0, nobody);
}

Status VfioPciDevice::SetVector(uint32_t vector, int eventfd_or_none) const {
  return SetSignals(VFIO_PCI_MSIX_IRQ_INDEX, vector, std::span(&eventfd_or_none, 1));
}

Status VfioPciDevice::SetErrorSignal(int eventfd) const {
  return SetSignals(VFIO_PCI_ERR_IRQ_INDEX, 0, std::span(&eventfd, 1));
}

}  // namespace doorbell
