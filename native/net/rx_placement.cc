#include "net/rx_placement.h"

#include <array>
#include <cstring>
#include <utility>

#include "net/net_header.h"
#include "virtq/prefetch.h"

namespace doorbell {

void RxPlacement::Return(RingServer& ring) {
  if (next_ > 0) ring.Complete(chains_.First(next_), std::exchange(frames_, 0));
  if (next_ < chains_.count) ring.Untake(chains_.Last(chains_.count - next_));
  chains_.Clear();
  next_ = 0;
}

void RxPlacement::Restock(RingServer& ring) {
  const bool placed = next_ > 0;
  Return(ring);
  // The driver's CPU takes these up while ours copies the next.
  if (placed) ring.Publish();
  ring.Take(chains_, kAhead);
  logging_ = ring.logging();
  for (size_t i = 0; i < chains_.count; ++i) {
    const std::span<const HostBuffer> buffers = chains_.Writable(chains_.chains[i]);
    if (buffers.empty()) continue;
    // Many drivers place the net header before a line, and the frame at its beginning.
    PrefetchForWrite(buffers.front().data);
    PrefetchForWrite(buffers.front().data + kMaxNetHeader);
  }
}

Placement RxPlacement::Gather(RingServer& ring, uint64_t need, size_t max_chains) {
  count_ = 0;
  uint64_t room = 0;
  for (;;) {
    while (next_ + count_ < chains_.count && count_ < max_chains && room < need)
      room += chains_.chains[next_ + count_++].writable_bytes;
    if (room >= need) return Placement::kPlaced;
    if (count_ == max_chains) return Placement::kTooLarge;
    if (next_ > 0 || chains_.count == 0) {
      Restock(ring);
      count_ = 0;
      room = 0;
      if (chains_.count > 0) continue;
    } else if (ring.TakeOne(chains_)) {
      continue;
    }
    return ring.serving() ? Placement::kStarved : Placement::kBroken;
  }
}

Placement RxPlacement::Place(RingServer& ring, const Frame& frame) {
  header_length_ = NetHeaderLength(ring.features());
  const uint64_t need = header_length_ + frame.length;
  if (!NextHolds(need)) {
    const bool mergeable = (ring.features() & kMrgRxbuf) != 0;
    const size_t most = ring.size() < ChainBatch::kMaxChains ? ring.size() : ChainBatch::kMaxChains;
    const Placement room = Gather(ring, need, mergeable ? most : size_t{1});
    if (room != Placement::kPlaced) return room;
  }
  if (!NextHolds(need)) {
    PlaceInParts(ring, frame);
    return Placement::kPlaced;
  }
  Chain& chain = chains_.chains[next_];
  WriteInto(chain, frame);
  ring.LogWritten(chains_.Writable(chain), chain.written);
  return Placement::kPlaced;
}

void RxPlacement::PlaceInParts(RingServer& ring, const Frame& frame) {
  std::array<std::byte, kMaxNetHeader> header = {};
  if (!frame.offload.plain()) std::memcpy(header.data(), &frame.offload, sizeof frame.offload);
  const auto buffers = static_cast<uint16_t>(count_);
  std::memcpy(header.data() + kNumBuffersOffset, &buffers, sizeof buffers);
  FrameReader reader(frame);
  size_t header_left = header_length_;
  size_t frame_left = frame.length;
  for (; count_ > 0; --count_, ++next_) {
    Chain& chain = chains_.chains[next_];
    size_t written = 0;
    for (const HostBuffer& buffer : chains_.Writable(chain)) {
      size_t used = header_left < buffer.length ? header_left : buffer.length;
      std::memcpy(buffer.data, header.data() + (header_length_ - header_left), used);
      header_left -= used;
      const size_t space = buffer.length - used;
      const size_t part = frame_left < space ? frame_left : space;
      reader.Read(buffer.data + used, part);
      frame_left -= part;
      written += used + part;
    }
    chain.written = static_cast<uint32_t>(written);
    ring.LogWritten(chains_.Writable(chain), written);
  }
  ++frames_;
}

}  // namespace doorbell
