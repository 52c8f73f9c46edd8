// A TAP device of the kernel: the end of a virtual cable whose other end is a network interface of this machine.
// Each read and each write is one Ethernet frame behind the first ten bytes of a net header (IFF_VNET_HDR), so the
// kernel takes checksums and large segments that a guest left undone. What it sends us is finished.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/result.h"
#include "base/scoped_fd.h"
#include "net/frame.h"

namespace doorbell {

class Tap {
 public:
  // Attaches to the TAP device `name`, or creates it for as long as we hold it. Codes: EINVAL (no possible name, or
  // of something that is no TAP device), ENOENT (no /dev/net/tun), EPERM (CAP_NET_ADMIN is wanted), EBUSY (another
  // process holds it), or what else the system refused.
  static Result<std::shared_ptr<Tap>> Open(const std::string& name);
  // Any file whose reads and writes are such frames.
  explicit Tap(ScopedFd fd) : fd_(std::move(fd)) {}
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;

  // A frame that cannot be sent at once (the interface is down, its queue is full) is dropped and counted. Any
  // thread.
  void Send(const Frame& frame);
  // → the length of one frame in `buffer`; empty where none waits. A longer one is cut.
  std::optional<size_t> Receive(std::span<std::byte> buffer) const;
  // Readable while a frame waits.
  int fd() const { return fd_.get(); }

  uint64_t drops() const { return drops_.load(std::memory_order_relaxed); }

 private:
  const ScopedFd fd_;
  std::atomic<uint64_t> drops_{0};
};

}  // namespace doorbell
