// One address space for DMA: /dev/vfio/vfio with the type 1 IOMMU.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/scoped_fd.h"
#include "vfio/info_capability.h"

namespace doorbell {

class VfioContainer {
 public:
  // An errno name, or `vfio-unsupported` where the kernel has another API or no TYPE1v2.
  static Result<VfioContainer> Open();

  VfioContainer(VfioContainer&&) = default;
  VfioContainer& operator=(VfioContainer&&) = default;

  // Borrowed.
  int fd() const { return fd_.get(); }
  // Once, after the first group joined; then DMA can be mapped.
  Status UseType1();
  // Empty where the kernel does not tell.
  std::span<const IovaRange> ranges() const { return ranges_; }

  // Pins [host, host + size) and lets the device reach it at `iova`. ENOMEM: the memlock limit; EEXIST: taken.
  Status Map(uint64_t iova, std::byte* host, uint64_t size) const;
  // As it was mapped.
  void Unmap(uint64_t iova, uint64_t size) const;

 private:
  explicit VfioContainer(ScopedFd fd) : fd_(std::move(fd)) {}

  ScopedFd fd_;
  std::vector<IovaRange> ranges_;
};

}  // namespace doorbell
