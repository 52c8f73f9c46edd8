#include "net/tap.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace doorbell {

namespace {

constexpr const char* kDevice = "/dev/net/tun";
// The kernel's own limit is 1024 (UIO_MAXIOV); a net driver needs MAX_SKB_FRAGS + 2.
constexpr size_t kMaxParts = 64;

Error OpenError(int error, const std::string& name) {
  switch (error) {
    case EPERM:
      return Error{"EPERM", name + ": creating a TAP device, or using another user's, needs CAP_NET_ADMIN. Run as root, or make one "
                               "for this user: ip tuntap add dev " + name + " mode tap user USER"};
    case EBUSY:
      return Error{"EBUSY", name + ": another process uses this TAP device"};
    case EINVAL:
      return Error{"EINVAL", name + " is no TAP device"};
    default:
      return ErrnoError(error, name);
  }
}

}  // namespace

Result<std::shared_ptr<Tap>> Tap::Open(const std::string& name) {
  ifreq request = {};
  if (name.empty() || name.size() >= sizeof request.ifr_name)
    return Error{"EINVAL", "\"" + name + "\" is no name of an interface: 1 to 15 characters"};
  ScopedFd fd(open(kDevice, O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid() && errno == ENOENT)
    return Error{"ENOENT", std::string(kDevice) + " is missing: load the kernel's driver with modprobe tun"};
  if (!fd.valid()) return ErrnoError(errno, kDevice);
  std::copy(name.begin(), name.end(), request.ifr_name);
  request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
  if (ioctl(fd.get(), TUNSETIFF, &request) != 0) return OpenError(errno, name);
  return std::make_shared<Tap>(std::move(fd));
}

void Tap::Send(const Frame& frame) {
  Offload offload = frame.offload;
  std::array<iovec, kMaxParts> parts;
  size_t count = 0;
  parts[count++] = {&offload, sizeof offload};
  FrameReader reader(frame);
  for (size_t left = frame.length; left > 0 && count < parts.size();) {
    const std::span<const std::byte> part = reader.Next(left);
    // SAFETY: writev only reads.
    parts[count++] = {const_cast<std::byte*>(part.data()), part.size()};
    left -= part.size();
    if (left > 0 && count == parts.size()) {
      drops_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
  }
  // Of guest memory that was truncated it fails with EFAULT.
  if (writev(fd_.get(), parts.data(), static_cast<int>(count)) < 0)
    drops_.fetch_add(1, std::memory_order_relaxed);
}

std::optional<size_t> Tap::Receive(std::span<std::byte> buffer) const {
  Offload finished;
  std::array<iovec, 2> parts = {{{&finished, sizeof finished}, {buffer.data(), buffer.size()}}};
  const ssize_t got = readv(fd_.get(), parts.data(), static_cast<int>(parts.size()));
  if (got < static_cast<ssize_t>(sizeof finished)) return std::nullopt;
  return static_cast<size_t>(got) - sizeof finished;
}

}  // namespace doorbell
