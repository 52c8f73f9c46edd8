// What one owner did for one ring since it was made, for samplers on other threads. Written by whoever holds the ring's
// lock; lines of its own, so that reading it takes nothing from the batch that goes on.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace doorbell {

struct alignas(64) RingCounters {
  // Batches of 1, 2-3, 4-7, 8-15, 16-31, 32-63, and of 64 chains and more.
  static constexpr size_t kBatchSizes = 7;

  std::atomic<uint64_t> chains{0};
  std::atomic<uint64_t> frames{0};
  // Of the buffers that were read and the parts that were written, net headers included.
  std::atomic<uint64_t> bytes{0};
  // Batches for which the driver was interrupted, and those for which it wanted no interrupt.
  std::atomic<uint64_t> calls{0};
  std::atomic<uint64_t> calls_suppressed{0};
  // Batches that were served while the driver was told to send no kicks.
  std::atomic<uint64_t> kicks_suppressed{0};
  std::array<std::atomic<uint64_t>, kBatchSizes> batches{};

  // `count` > 0.
  static size_t BatchSize(uint64_t count) {
    const auto size = static_cast<size_t>(std::bit_width(count)) - 1;
    return size < kBatchSizes ? size : kBatchSizes - 1;
  }
  // One writer at a time (the lock is held), so a load and a store do what a locked add would.
  static void Add(std::atomic<uint64_t>& counter, uint64_t count) {
    counter.store(counter.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }
};

}  // namespace doorbell
