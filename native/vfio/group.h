// A VFIO group: the unit that the IOMMU can isolate. It joins a container for as long as it is open.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/scoped_fd.h"
#include "vfio/container.h"

namespace doorbell {

class VfioGroup {
 public:
  // An errno name (EBUSY: open elsewhere), or `group-not-viable`.
  static Result<VfioGroup> Open(uint32_t number);

  VfioGroup(VfioGroup&&) = default;
  VfioGroup& operator=(VfioGroup&&) = default;

  // Borrowed.
  int fd() const { return fd_.get(); }
  Status Join(const VfioContainer& container) const;
  // The function at `address`, like 0000:00:10.0; the group has joined a container with an IOMMU. The kernel resets it.
  Result<ScopedFd> OpenDevice(const std::string& address) const;

 private:
  explicit VfioGroup(ScopedFd fd) : fd_(std::move(fd)) {}

  ScopedFd fd_;
};

}  // namespace doorbell
