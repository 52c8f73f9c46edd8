#include "io/kvm_vfio.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstdint>

namespace doorbell {

Result<KvmVfio> KvmVfio::Open(const char* path) {
  const ScopedFd kvm(open(path, O_RDWR | O_CLOEXEC));
  if (!kvm) return ErrnoError(errno, path);
  ScopedFd machine(ioctl(kvm.get(), KVM_CREATE_VM, 0UL));
  if (!machine) return ErrnoError(errno, "KVM_CREATE_VM");
  kvm_create_device request = {};
  request.type = KVM_DEV_TYPE_VFIO;
  if (ioctl(machine.get(), KVM_CREATE_DEVICE, &request) != 0)
    return ErrnoError(errno, "KVM_CREATE_DEVICE");
  return KvmVfio(std::move(machine), ScopedFd(static_cast<int>(request.fd)));
}

Status KvmVfio::Add(int group) { return Change(KVM_DEV_VFIO_GROUP_ADD, group, "KVM_DEV_VFIO_GROUP_ADD"); }

Status KvmVfio::Remove(int group) {
  return Change(KVM_DEV_VFIO_GROUP_DEL, group, "KVM_DEV_VFIO_GROUP_DEL");
}

Status KvmVfio::Change(unsigned long attribute, int group, const char* step) {
  int32_t fd = group;
  kvm_device_attr change = {};
  change.group = KVM_DEV_VFIO_GROUP;
  change.attr = attribute;
  // SAFETY: the kernel reads one int32_t through it within the call.
  change.addr = reinterpret_cast<uint64_t>(&fd);
  if (ioctl(device_.get(), KVM_SET_DEVICE_ATTR, &change) != 0) return ErrnoError(errno, step);
  return {};
}

}  // namespace doorbell
