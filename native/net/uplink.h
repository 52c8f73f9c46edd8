// The thread that brings frames from a TAP device to the switch. It belongs to the engine: it places frames in
// rings that the engine owns, as workers do. (Frames to the TAP device are written by whoever forwards them.)
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "base/scoped_fd.h"
#include "net/switch.h"
#include "net/tap.h"
#include "net/thread.h"

namespace doorbell {

class Uplink {
 public:
  // Starts its thread. `network` sends to `tap`.
  static Result<std::unique_ptr<Uplink>> Create(std::shared_ptr<Tap> tap, std::shared_ptr<Switch> network,
                                                const Domain& domain);
  Uplink(const Uplink&) = delete;
  Uplink& operator=(const Uplink&) = delete;
  ~Uplink() { Stop(); }

  // Joins the thread. Idempotent.
  void Stop();
  // Nanoseconds.
  uint64_t CpuNs() { return thread_.CpuNs(); }

 private:
  // After so many frames receivers see what came.
  static constexpr int kBatch = 32;

  Uplink(std::shared_ptr<Tap> tap, std::shared_ptr<Switch> network, const Domain& domain)
      : tap_(std::move(tap)), switch_(std::move(network)), delivery_(domain), buffer_(kMaxFrame) {}

  void Run();
  void ForwardBatch();

  const std::shared_ptr<Tap> tap_;
  const std::shared_ptr<Switch> switch_;
  ScopedFd stop_;

  // The thread's own.
  Delivery delivery_;
  std::vector<std::byte> buffer_;

  Thread thread_;
};

}  // namespace doorbell
