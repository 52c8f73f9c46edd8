// A PCI function opened through VFIO: its regions, its configuration space, its MSI-X vectors.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/scoped_fd.h"
#include "vfio/info_capability.h"

namespace doorbell {

struct VfioRegion {
  uint64_t size = 0;
  // In the device's file.
  uint64_t offset = 0;
  bool mappable = false;
  // Where the kernel tells of holes: what of it can be mapped.
  std::optional<std::vector<MappableArea>> areas;

  // Whether all of [first, first + length) can be mapped.
  bool CanMap(uint64_t first, uint64_t length) const;
};

class VfioPciDevice {
 public:
  static constexpr size_t kBars = 6;

  // Takes the file; reads what the kernel tells about it and turns memory and bus mastering on.
  static Result<VfioPciDevice> Open(ScopedFd device);

  VfioPciDevice(VfioPciDevice&&) = default;
  VfioPciDevice& operator=(VfioPciDevice&&) = default;

  // Borrowed.
  int fd() const { return fd_.get(); }
  const VfioRegion& bar(uint8_t number) const { return bars_[number]; }
  // The first 256 bytes.
  Bytes config() const { return config_; }

  // A register of a BAR, 1, 2 or 4 bytes: one access of that width.
  Result<uint32_t> Read(uint8_t bar, uint64_t offset, uint32_t width) const;
  Status Write(uint8_t bar, uint64_t offset, uint32_t width, uint32_t value) const;

  // Turns `count` MSI-X vectors on, none of them signalling anybody. Once: their number cannot change afterwards.
  Status EnableMsix(uint32_t count) const;
  // From now on the vector signals this eventfd, whose fd stays the caller's; ScopedFd::kInvalid: nobody.
  Status SetVector(uint32_t vector, int eventfd_or_none) const;
  // Signalled once when the device reports an error it cannot correct. EINVAL where it cannot report one.
  Status SetErrorSignal(int eventfd) const;

 private:
  VfioPciDevice(ScopedFd fd, VfioRegion config_region) : fd_(std::move(fd)), config_region_(std::move(config_region)) {}

  Status ReadConfig();
  Status EnableBusMaster() const;
  Status SetSignals(uint32_t index, uint32_t first, std::span<const int> fds) const;

  ScopedFd fd_;
  VfioRegion config_region_;
  std::array<VfioRegion, kBars> bars_;
  std::vector<std::byte> config_;
};

}  // namespace doorbell
