#include "net/rx_placement.h"

#include <array>
#include <cstring>

#include "net/net_header.h"

namespace doorbell {

namespace {

// Takes chains until `need` bytes fit.
Placement TakeRoom(RingServer& ring, ChainBatch& batch, uint64_t need, size_t max_chains) {
  batch.Clear();
  uint64_t room = 0;
  Placement outcome = Placement::kPlaced;
  while (room < need && outcome == Placement::kPlaced) {
    if (batch.count == max_chains)
      outcome = Placement::kTooLarge;
    else if (ring.TakeOne(batch))
      room += batch.chains[batch.count - 1].writable_bytes;
    else
      outcome = ring.serving() ? Placement::kStarved : Placement::kBroken;
  }
  if (outcome != Placement::kPlaced) ring.Untake(batch.count);
  return outcome;
}

}  // namespace

Placement PlaceFrame(RingServer& ring, ChainBatch& scratch, const Frame& frame) {
  const uint64_t features = ring.features();
  const bool mergeable = (features & kMrgRxbuf) != 0;
  const size_t most = ring.size() < ChainBatch::kMaxChains ? ring.size() : ChainBatch::kMaxChains;
  const size_t header_length = NetHeaderLength(features);
  const Placement room =
      TakeRoom(ring, scratch, header_length + frame.length, mergeable ? most : size_t{1});
  if (room != Placement::kPlaced) return room;

  std::array<std::byte, kMaxNetHeader> header = {};
  const auto buffers = static_cast<uint16_t>(scratch.count);
  std::memcpy(header.data() + kNumBuffersOffset, &buffers, sizeof buffers);

  FrameReader reader(frame);
  size_t header_left = header_length;
  size_t frame_left = frame.length;
  for (size_t i = 0; i < scratch.count; ++i) {
    const Chain& chain = scratch.chains[i];
    size_t written = 0;
    for (const HostBuffer& buffer : scratch.Writable(chain)) {
      size_t used = header_left < buffer.length ? header_left : buffer.length;
      std::memcpy(buffer.data, header.data() + (header_length - header_left), used);
      header_left -= used;
      const size_t space = buffer.length - used;
      const size_t part = frame_left < space ? frame_left : space;
      reader.Read(buffer.data + used, part);
      frame_left -= part;
      written += used + part;
    }
    ring.Complete(chain.head, static_cast<uint32_t>(written));
  }
  return Placement::kPlaced;
}

}  // namespace doorbell
