// Frames that a port dropped, by reason. Any thread reads; one writes at a time.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace doorbell {

enum class DropReason : uint8_t {
  // Of a guest's frames.
  kDisabled,   // Its tx queue is not enabled.
  kMalformed,  // Shorter than an Ethernet header, or longer than any frame.
  kOffload,    // Its header asks for what was not negotiated, or points outside the frame.
  kNowhere,    // For an address of its own session, or its port has left the switch.
  kWireDown,   // The device that is its network does not take frames, or stopped with it in flight.
  // Of frames for a guest.
  kDown,          // Its rx queue is not started, not enabled or broken.
  kNoBuffers,     // As much is held back for it as may be.
  kTooLarge,      // No buffers that it posts can hold the frame.
  kUnfinishable,  // The sender left a segmentation undone that cannot be done.
  kCount,
};

class alignas(64) DropCounters {
 public:
  static constexpr size_t kReasons = static_cast<size_t>(DropReason::kCount);

  // One writer at a time, so a load and a store do what a locked add would.
  void Add(DropReason reason, uint64_t count = 1) {
    std::atomic<uint64_t>& counter = counts_[static_cast<size_t>(reason)];
    counter.store(counter.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }
  uint64_t of(DropReason reason) const {
    return counts_[static_cast<size_t>(reason)].load(std::memory_order_relaxed);
  }
  uint64_t sum() const {
    uint64_t total = 0;
    for (const std::atomic<uint64_t>& count : counts_) total += count.load(std::memory_order_relaxed);
    return total;
  }

 private:
  std::array<std::atomic<uint64_t>, kReasons> counts_{};
};

}  // namespace doorbell
