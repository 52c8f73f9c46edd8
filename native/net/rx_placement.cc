#include "net/rx_placement.h"

#include <array>
#include <cstring>
#include <utility>

#include "net/net_header.h"

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
  for (size_t i = 0; i < chains_.count; ++i) {
    const std::span<const HostBuffer> buffers = chains_.Writable(chains_.chains[i]);
    if (buffers.empty()) continue;
    // Many drivers place the net header before a line, and the frame at its beginning.
    __builtin_prefetch(buffers.front().data, 1);
    __builtin_prefetch(buffers.front().data + kMaxNetHeader, 1);
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
  const uint64_t features = ring.features();
  const size_t header_length = NetHeaderLength(features);
  const uint64_t need = header_length + frame.length;
  if (!NextHolds(need)) {
    const bool mergeable = (features & kMrgRxbuf) != 0;
    const size_t most = ring.size() < ChainBatch::kMaxChains ? ring.size() : ChainBatch::kMaxChains;
    const Placement room = Gather(ring, need, mergeable ? most : size_t{1});
    if (room != Placement::kPlaced) return room;
  }
  if (NextHolds(need))
    PlaceInOne(ring, frame, header_length);
  else
    PlaceInParts(ring, frame, header_length);
  ++frames_;
  return Placement::kPlaced;
}

void RxPlacement::PlaceInOne(RingServer& ring, const Frame& frame, size_t header_length) {
  Chain& chain = chains_.chains[next_++];
  std::byte* data = chains_.buffers[chain.first].data;
  // Each part from a register: a header that is put together elsewhere and read back as other words than it was
  // written would wait for all stores before it, and those before it miss.
  if (frame.offload.plain())
    std::memset(data, 0, sizeof frame.offload);
  else
    std::memcpy(data, &frame.offload, sizeof frame.offload);
  constexpr uint16_t kOneBuffer = 1;
  if (header_length > kNumBuffersOffset) std::memcpy(data + kNumBuffersOffset, &kOneBuffer, sizeof kOneBuffer);
  CopyFrame(frame, data + header_length);
  chain.written = static_cast<uint32_t>(header_length + frame.length);
  ring.LogWritten(chains_.Writable(chain), chain.written);
}

void RxPlacement::PlaceInParts(RingServer& ring, const Frame& frame, size_t header_length) {
  std::array<std::byte, kMaxNetHeader> header = {};
  if (!frame.offload.plain()) std::memcpy(header.data(), &frame.offload, sizeof frame.offload);
  const auto buffers = static_cast<uint16_t>(count_);
  std::memcpy(header.data() + kNumBuffersOffset, &buffers, sizeof buffers);
  FrameReader reader(frame);
  size_t header_left = header_length;
  size_t frame_left = frame.length;
  for (; count_ > 0; --count_, ++next_) {
    Chain& chain = chains_.chains[next_];
    size_t written = 0;
    for (const HostBuffer& buffer : chains_.Writable(chain)) {
      size_t used = header_left < buffer.length ? header_left : buffer.length;
      std::memcpy(buffer.data, header.data() + (header_length - header_left), used);
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
}

}  // namespace doorbell
