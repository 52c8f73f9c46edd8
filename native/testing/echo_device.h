// The smallest device a simulated guest can be tested against: one thread that returns every frame of a tx
// queue on the rx queue of its pair, with one fault at a time if asked.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "base/scoped_fd.h"
#include "base/scoped_mmap.h"
#include "guest/simulated_guest.h"
#include "virtq/split_ring.h"

namespace doorbell::testing {

class EchoDevice {
 public:
  // What happens to every 16th frame.
  enum class Fault {
    kNone,
    kDrop,
    kDuplicate,
    kSwap,         // Comes after its successor.
    kFlipBit,      // In the payload.
    kWrongLength,  // The used entry claims more than the buffer holds.
    kWrongId,      // An extra used entry names a descriptor beyond the table.
    kIndexJump,    // The used index jumps beyond what was offered, once.
  };

  // Starts serving every queue of `guest` at `base`.
  EchoDevice(SimulatedGuest& guest, uint64_t features, uint16_t base, Fault fault);
  // Stops at a batch boundary.
  ~EchoDevice();
  EchoDevice(const EchoDevice&) = delete;
  EchoDevice& operator=(const EchoDevice&) = delete;

  // Queue n's notify page is page n of this file.
  int pages_fd() const { return pages_fd_.get(); }
  uint64_t echoed() const { return echoed_.load(); }
  uint64_t doorbells() const { return doorbells_.load(); }
  // Everything looked right to the device: no ring broke, no frame went without a buffer.
  bool content() const { return content_.load(); }

 private:
  using Frame = std::vector<std::byte>;

  void Loop();
  bool ServePair(uint32_t pair);
  void Return(uint32_t pair, Frame frame);
  void Deliver(uint32_t pair, const Frame& frame, uint32_t claimed);
  bool TakeDoorbells();
  void Wait();

  SimulatedGuest& guest_;
  const Fault fault_;
  std::shared_ptr<GuestMemory> memory_;
  std::vector<SplitRing> rings_;
  std::vector<Frame> held_back_;
  ScopedFd pages_fd_;
  ScopedMmap pages_;
  ScopedFd stop_fd_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> content_{true};
  std::atomic<uint64_t> echoed_{0};
  std::atomic<uint64_t> doorbells_{0};
  bool jumped_ = false;
  std::thread thread_;
};

}  // namespace doorbell::testing
