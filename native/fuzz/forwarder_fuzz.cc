// Two hostile guests on one switch: frames near to what the lab peer understands, in rings near to valid ones.
// Whatever they say, every chain that was taken is completed once and in order, and a broken ring stays broken.
#include <array>
#include <cstring>
#include <memory>
#include <vector>

#include "fuzz/hostile_guest.h"
#include "fuzz/target.h"
#include "net/forwarder.h"

namespace doorbell::fuzz::forwarder_fuzz {
namespace {

class Side final : public QueueSide {
 public:
  Side(const Domain& domain, Direction direction) : QueueSide(domain, direction, [] {}) {}
  void Wake() override {}
};

// Frames that reach the deep ends of the peer, as offsets and values over zeros.
void WriteFrame(Input& input, std::byte* at) {
  std::array<uint8_t, 160> frame = {};
  for (uint64_t noise = input.Below(32); noise > 0; --noise) {
    const uint64_t offset = input.Below(frame.size());
    frame[offset] = input.Any<uint8_t>();
  }
  const auto put16 = [&](size_t offset, uint64_t value) {
    frame[offset] = static_cast<uint8_t>(value >> 8);
    frame[offset + 1] = static_cast<uint8_t>(value);
  };
  for (size_t i = 0; i < 6; ++i)
    frame[i] = input.OneIn(4) ? 0xff : static_cast<uint8_t>(kPeerMac >> (40 - 8 * i));
  frame[6] = static_cast<uint8_t>(input.OneIn(10) ? 1 : 2);
  frame[11] = static_cast<uint8_t>(input.Below(4));
  switch (input.Below(6)) {
    case 0:
      put16(12, 0x88b5);
      break;
    case 1:
      put16(12, 0x0806);
      put16(14, 1);
      put16(16, 0x0800);
      put16(18, 0x0604);
      put16(20, input.Among({1, 1, 2, 9}));
      break;
    case 2:
    case 3:
      put16(12, 0x0800);
      frame[14] = static_cast<uint8_t>(0x40 | input.Among({5, 5, 5, 6, 15, 0, 4}));
      put16(16, input.Among({28, 84, 20, 0, 65535, 120, 600}));
      put16(20, input.Among({0, 0, 0, 0x2000, 0x00b9}));
      frame[23] = static_cast<uint8_t>(input.Among({1, 17, 17, 6}));
      put16(34, input.Among({0x0800, 0x0000, 53}));
      put16(36, input.Among({7, 7, 53}));
      break;
    case 4:
      put16(12, 0x86dd);
      frame[14] = 0x60;
      put16(18, input.Among({8, 24, 24, 32, 7, 65535}));
      frame[20] = static_cast<uint8_t>(input.Among({58, 58, 17, 6}));
      frame[21] = 255;
      frame[54] = static_cast<uint8_t>(input.Among({128, 135, 135, 1}));
      put16(56, 7);
      break;
    default:
      input.Fill(std::as_writable_bytes(std::span(frame)));
  }
  std::memcpy(at, frame.data(), frame.size());
}

// Frames where most tx buffers point, behind the net header: a few again and again, lest they take all of an input's
// bytes.
void WriteFrames(Input& input, HostileGuest& guest) {
  constexpr uint64_t kFrames = 16;
  constexpr uint64_t kBlock = kFrames * HostileGuest::kFrameSlot;
  std::byte* const region = guest.At(HostileGuest::kGuestBase[1]);
  for (uint64_t at = 0; at < kBlock; at += HostileGuest::kFrameSlot)
    WriteFrame(input, region + at + (input.OneIn(4) ? 10 : 12));
  for (uint64_t at = kBlock; at < HostileGuest::kRegionSize; at += kBlock) std::memcpy(region + at, region, kBlock);
}

struct Pair {
  std::shared_ptr<Port> port;
  std::shared_ptr<Side> tx;
  std::shared_ptr<Side> rx;
  std::unique_ptr<QueueContext> tx_context;
  HostileGuest::Ring tx_ring;
  HostileGuest::Ring rx_ring;
};

HostileGuest& Guest() {
  static HostileGuest guest;
  return guest;
}

void Start(Input& input, Pair& pair, const Domain& domain, unsigned slot) {
  HostileGuest& guest = Guest();
  pair.tx = std::make_shared<Side>(domain, Direction::kReadable);
  pair.rx = std::make_shared<Side>(domain, Direction::kWritable);
  pair.tx_ring = guest.WriteRing(input, slot, false);
  pair.rx_ring = guest.WriteRing(input, slot + 1, true);
  MUST(pair.tx->ring().Start(pair.tx_ring.config, guest.memory(), pair.tx_ring.base).ok());
  MUST(pair.rx->ring().Start(pair.rx_ring.config, guest.memory(), pair.rx_ring.base).ok());
  pair.tx_context = std::make_unique<QueueContext>(QueueRole::kTx, pair.port);
  pair.tx_context->enabled = !input.OneIn(20);
  pair.port->BindRx(pair.rx);
  pair.port->SetEnabled(!input.OneIn(20));
}

void CheckCompleted(const RingServer& ring, uint64_t before_descriptors, uint16_t next_avail) {
  MUST(ring.chains() - before_descriptors == next_avail);
}

FUZZ_TARGET(Forwarder, "forwarder: hostile frames in hostile rings are completed once each") {
  HostileGuest& guest = Guest();
  guest.Clear();
  const Domain domain{.watches_rx_buffers = input.OneIn(2)};
  Switch network;
  // A guest alone is answered by the peer at once; of two the other comes first.
  std::vector<Pair> pairs(1 + input.Below(2));
  unsigned slot = 0;
  for (Pair& pair : pairs) {
    pair.port = network.AddPort(nullptr);
    MUST(pair.port != nullptr);
    Start(input, pair, domain, slot);
    slot += 2;
  }
  WriteFrames(input, guest);

  Forwarder forwarder(network, domain);
  for (int turn = 0; turn < 6; ++turn) {
    for (Pair& pair : pairs) {
      const bool was_broken = pair.tx->ring().broken() != BreakCode::kNone;
      const uint64_t descriptors = pair.tx->ring().chains();
      forwarder.Serve(*pair.tx_context, *pair.tx);
      MUST(!was_broken || pair.tx->ring().chains() == descriptors);
      QueueContext rx_context(QueueRole::kRx, pair.port);
      forwarder.Serve(rx_context, *pair.rx);
      guest.Offer(input, input.OneIn(2) ? pair.tx_ring : pair.rx_ring);
    }
    guest.Scribble(input);
  }
  for (Pair& pair : pairs) {
    pair.port->UnbindRx();
    network.RemovePort(*pair.port);
    const uint16_t tx_next = pair.tx->ring().Stop();
    const uint16_t rx_next = pair.rx->ring().Stop();
    CheckCompleted(pair.tx->ring(), 0, static_cast<uint16_t>(tx_next - pair.tx_ring.base));
    CheckCompleted(pair.rx->ring(), 0, static_cast<uint16_t>(rx_next - pair.rx_ring.base));
  }
}

}  // namespace
}  // namespace doorbell::fuzz::forwarder_fuzz
