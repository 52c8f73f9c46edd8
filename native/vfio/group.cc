#include "vfio/group.h"

#include <fcntl.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>

#include <cerrno>

namespace doorbell {

Result<VfioGroup> VfioGroup::Open(uint32_t number) {
  const std::string path = "/dev/vfio/" + std::to_string(number);
  ScopedFd fd(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd) return ErrnoError(errno, "open " + path);
  vfio_group_status status = {};
  status.argsz = sizeof status;
  if (ioctl(fd.get(), VFIO_GROUP_GET_STATUS, &status) != 0) return ErrnoError(errno, "VFIO_GROUP_GET_STATUS");
  if ((status.flags & VFIO_GROUP_FLAGS_VIABLE) == 0)
    return Error{"group-not-viable", "a device of group " + std::to_string(number) + " is bound to another driver"};
  return VfioGroup(std::move(fd));
}

Status VfioGroup::Join(const VfioContainer& container) const {
  int fd = container.fd();
  if (ioctl(fd_.get(), VFIO_GROUP_SET_CONTAINER, &fd) != 0) return ErrnoError(errno, "VFIO_GROUP_SET_CONTAINER");
  return {};
}

Result<ScopedFd> VfioGroup::OpenDevice(const std::string& address) const {
  ScopedFd device(ioctl(fd_.get(), VFIO_GROUP_GET_DEVICE_FD, address.c_str()));
  if (!device) return ErrnoError(errno, "VFIO_GROUP_GET_DEVICE_FD of " + address);
  return device;
}

}  // namespace doorbell
