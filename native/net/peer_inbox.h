// What the lab peer receives in one serving thread, and how much of it was answered. Each frame that it swallows is copied out of the guest's memory, as
// the driver or kernel of any machine would copy it: who measures against the peer has had every payload byte read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "net/ethernet.h"
#include "net/frame.h"

namespace doorbell {

class PeerInbox {
 public:
  struct Counts {
    uint64_t frames = 0;
    uint64_t bytes = 0;
    // Not among the frames.
    uint64_t answered = 0;
  };

  // `frame` is at most kMaxFrame long.
  void Take(const Frame& frame) {
    if (used_ + frame.length > kRoom) used_ = 0;
    CopyFrame(frame, room_.get() + used_);
    used_ += (frame.length + kAlignment - 1) & ~(kAlignment - 1);
    ++counts_.frames;
    counts_.bytes += frame.length;
  }
  void NoteAnswered(uint64_t count) { counts_.answered += count; }
  // At the end of a batch: what came since the last call. The next batch is copied to the same place, which is still
  // in this CPU's cache.
  Counts Drain() {
    used_ = 0;
    return std::exchange(counts_, {});
  }

 private:
  static constexpr size_t kAlignment = 64;
  static constexpr size_t kRoom = 2 * (kMaxFrame + kAlignment);

  const std::unique_ptr<std::byte[]> room_ = std::make_unique<std::byte[]>(kRoom);
  size_t used_ = 0;
  Counts counts_;
};

}  // namespace doorbell
