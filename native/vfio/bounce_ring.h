// A queue of a device that the engine drives itself: a split ring and its buffers, in memory of ours that the device
// reaches at another address. Frames are copied through it. What the device writes is checked before it is used.
//
//   desc · used · avail · buffers, each from a page on
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "guest/split_driver_ring.h"
#include "net/frame.h"
#include "vfio/common_config.h"

namespace doorbell {

class BounceRing {
 public:
  struct Shape {
    // A power of two: entries of the ring, one a buffer.
    uint16_t buffers = 0;
    uint32_t buffer_bytes = 0;

    // Whole pages.
    size_t Bytes() const;
  };

  // `memory` has shape.Bytes(), page-aligned like `iova`, and outlives this. `features` are those that were negotiated
  // with the device.
  BounceRing(std::byte* memory, uint64_t iova, const Shape& shape, uint64_t features);

  // As the device is told of it; the vector is the caller's.
  DeviceRing areas() const;
  // No device serves it meanwhile: it begins at index 0, empty.
  void Reset() { ring_.Reset(0); }
  // The device wrote what leaves no way on, until Reset().
  bool broken() const { return ring_.broken(); }

 protected:
  SplitDriverRing& ring() { return ring_; }
  const SplitDriverRing& ring() const { return ring_; }
  const Shape& shape() const { return shape_; }
  uint64_t features() const { return features_; }
  std::byte* Buffer(uint16_t slot) const;
  Segment SegmentOf(uint16_t slot, uint32_t length) const;

 private:
  std::byte* const memory_;
  const uint64_t iova_;
  const Shape shape_;
  const uint64_t features_;
  SplitDriverRing ring_;
};

// What the engine sends.
class TransmitRing final : public BounceRing {
 public:
  using BounceRing::BounceRing;
  // The longest frame of a sender with these features fits into a buffer.
  static Shape ShapeFor(uint64_t features);

  // Buffers that are free, after those that the device used came back.
  size_t Room();
  // Buffers that the device has.
  uint16_t in_flight() const { return ring().in_flight(); }
  // Only where there is room. False: it is longer than a buffer.
  bool Put(const Frame& frame);
  // Shows the device what was put; whether it wants a doorbell for it.
  bool Publish() { return ring().Publish(); }
  // Asks for an interrupt when half of what the device has was used. False: there is room already.
  bool AskForRoom();
  void DisableInterrupts() { ring().DisableInterrupts(); }
};

// What the engine receives.
class ReceiveRing final : public BounceRing {
 public:
  using BounceRing::BounceRing;
  // The longest frame of a device with these features fits into a buffer, or into several where it may use them.
  static Shape ShapeFor(uint64_t features);

  // Gives the device every buffer that is not with it, the ones of received frames among them; whether it wants a
  // doorbell for it.
  bool Refill();
  enum class Received {
    kNothing,
    kFrame,
    // Not what a device may write: dropped.
    kMalformed,
  };
  // The next frame, to be used before Refill().
  Received Next(Frame& frame);
  // Asks for an interrupt for the next frame. False: one is there already.
  bool EnableInterrupts() { return ring().EnableInterrupts(0); }
  void DisableInterrupts() { ring().DisableInterrupts(); }

 private:
  // The next buffer that the device used, with what it wrote; empty: none.
  std::optional<HostBuffer> NextBuffer();

  // Of the frame that Next() found.
  std::vector<HostBuffer> buffers_;
};

}  // namespace doorbell
