// Tells what became of numbered frames: which came back, which twice, which out of order, which not at all.
// Sequences are sent in order from 0 without gaps; one tracker per queue pair, one thread.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace doorbell {

class SequenceTracker {
 public:
  // How far back a frame is remembered: overtaken by more than this it counts as lost, and as a duplicate
  // when it comes after all. 8 KiB per tracker, and far more than any ring can have in flight.
  static constexpr uint64_t kHistory = 65536;

  enum class Arrival {
    kInOrder,
    kReordered,   // A later sequence came before it.
    kDuplicated,  // It had come before.
    kStale,       // Sent before the last Restart(): not judged.
    kUnknown,     // Never sent.
  };

  SequenceTracker() : arrived_(std::make_unique<std::bitset<kHistory>>()) {}

  // The sequence to send next; it counts as outstanding from now on.
  uint64_t TakeNext();
  Arrival Receive(uint64_t sequence);

  // Sent and neither come back nor given up.
  uint64_t outstanding() const { return outstanding_; }
  // Given up. A frame that comes after all is taken off again.
  uint64_t lost() const { return lost_; }

  // Everything outstanding is given up.
  void GiveUp();
  // Everything outstanding went down with its ring, which is no loss: forgets it.
  void Restart();

 private:
  bool InHistory(uint64_t sequence) const { return next_ - sequence <= kHistory; }

  std::unique_ptr<std::bitset<kHistory>> arrived_;
  uint64_t next_ = 0;
  // One past the highest sequence that came.
  uint64_t highest_ = 0;
  // Unarrived sequences below this were counted in lost_.
  uint64_t given_up_below_ = 0;
  uint64_t epoch_ = 0;
  uint64_t outstanding_ = 0;
  uint64_t lost_ = 0;
};

}  // namespace doorbell
