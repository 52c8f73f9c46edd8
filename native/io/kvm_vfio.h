// KVM's VFIO device (Documentation/virt/kvm/devices/vfio.rst): a VMM tells it of each VFIO group, so that KVM knows
// whose DMA is coherent and may let interrupts of the group's devices reach the guest without the VMM.
#pragma once

#include <utility>

#include "base/result.h"
#include "base/scoped_fd.h"

namespace doorbell {

class KvmVfio {
 public:
  // Opens the KVM device file, and makes a virtual machine with a VFIO device in it. The
  // errno of the first step that the system refused; its message names the step.
  static Result<KvmVfio> Open(const char* path);

  KvmVfio(KvmVfio&&) = default;
  KvmVfio& operator=(KvmVfio&&) = default;

  // `group` stays the caller's and open until Remove.
  Status Add(int group);
  Status Remove(int group);

 private:
  KvmVfio(ScopedFd machine, ScopedFd device)
      : machine_(std::move(machine)), device_(std::move(device)) {}
  Status Change(unsigned long attribute, int group, const char* step);

  ScopedFd machine_;
  ScopedFd device_;
};

}  // namespace doorbell
