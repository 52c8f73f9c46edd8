#include "vfio/bounce_ring.h"

#include <algorithm>
#include <numeric>
#include <type_traits>

#include "testing/bounce_device.h"
#include "testing/test.h"

namespace doorbell::bounce_ring_test {
namespace {

using testing::BounceDevice;
using testing::BounceMemory;
using testing::Bytes;
using testing::Header;
using testing::operator+;

constexpr uint64_t kPlain = kVersion1 | kEventIdx;

Bytes FrameOf(size_t length, uint8_t first = 0) {
  Bytes frame(length);
  std::iota(frame.begin(), frame.end(), first);
  return frame;
}

Frame AsFrame(const Bytes& bytes, const Offload& offload = {}) {
  return Frame{.head = std::as_bytes(std::span(bytes)), .body = {}, .body_offset = 0, .length = bytes.size(),
               .offload = offload};
}

Bytes CopyOf(const Frame& frame) {
  Bytes bytes(frame.length);
  CopyFrame(frame, reinterpret_cast<std::byte*>(bytes.data()));
  return bytes;
}

template <typename Ring>
struct Bench {
  explicit Bench(uint64_t features = kPlain)
      : shape(Ring::ShapeFor(features)),
        memory(shape.Bytes()),
        ring(memory.data(), BounceMemory::kIova, shape, features),
        negotiated(features) {
    Start();
  }
  // A fresh ring, posted where it receives.
  void Start() {
    ring.Reset();
    if constexpr (std::is_same_v<Ring, ReceiveRing>) CHECK(ring.Refill());
    device.emplace(memory, ring.areas(), negotiated);
  }

  const BounceRing::Shape shape;
  const BounceMemory memory;
  Ring ring;
  const uint64_t negotiated;
  std::optional<BounceDevice> device;
};

TEST("a frame that is sent reaches the device behind its header, and its buffer comes back") {
  Bench<TransmitRing> bench(kPlain | kCsum);
  const size_t room = bench.ring.Room();
  const Bytes frame = FrameOf(60);
  const Offload offload{.flags = Offload::kNeedsChecksum, .checksum_start = 34, .checksum_offset = 6};
  CHECK(bench.ring.Put(AsFrame(frame, offload)));
  CHECK(bench.ring.Publish());
  CHECK_EQ(bench.ring.in_flight(), 1);
  const auto taken = bench.device->Take();
  REQUIRE(taken.frames.size() == 1);
  CHECK(taken.frames[0] == Header(offload) + frame);
  CHECK_EQ(bench.ring.Room(), room);
  CHECK_EQ(bench.ring.in_flight(), 0);
}

TEST("what a buffer held before never reaches the device in a header") {
  Bench<TransmitRing> bench(kPlain | kCsum);
  for (int turn = 0; turn < 2; ++turn) {
    for (uint16_t i = 0; i < bench.shape.buffers; ++i)
      REQUIRE(bench.ring.Put(AsFrame(FrameOf(60), turn == 0 ? Offload{.flags = 1, .checksum_start = 34} : Offload{})));
    bench.ring.Publish();
    const auto taken = bench.device->Take(bench.shape.buffers);
    REQUIRE(taken.frames.size() == bench.shape.buffers);
    if (turn == 1) CHECK(taken.frames.back() == Header() + FrameOf(60));
    CHECK_EQ(bench.ring.Room(), size_t{bench.shape.buffers});
  }
}

TEST("a frame that is longer than a buffer is not sent, one as long is") {
  Bench<TransmitRing> bench;
  CHECK(!bench.ring.Put(AsFrame(FrameOf(bench.shape.buffer_bytes - kMaxNetHeader + 1))));
  CHECK(bench.ring.Put(AsFrame(FrameOf(bench.shape.buffer_bytes - kMaxNetHeader))));
  CHECK_EQ(bench.ring.in_flight(), 1);
}

TEST("a sender of large segments has room for the largest") {
  Bench<TransmitRing> bench(kPlain | kCsum | kHostTso4);
  CHECK(bench.ring.Put(AsFrame(FrameOf(kMaxFrame))));
}

TEST("a full ring asks for an interrupt, which comes when half of it was sent") {
  Bench<TransmitRing> bench;
  bench.ring.DisableInterrupts();
  while (bench.ring.Room() > 0) REQUIRE(bench.ring.Put(AsFrame(FrameOf(60))));
  bench.ring.Publish();
  // The first batch of a turn is signalled whatever the driver says.
  bench.device->Take(1);
  REQUIRE(bench.ring.Room() == 1 && bench.ring.Put(AsFrame(FrameOf(60))));
  bench.ring.Publish();
  CHECK(bench.ring.AskForRoom());
  CHECK(!bench.device->Take(bench.shape.buffers / 2u - 1).interrupts);
  CHECK(bench.device->Take(2).interrupts);
  CHECK_EQ(bench.ring.Room(), bench.shape.buffers / 2u + 1);
}

TEST("room that is there already needs no interrupt") {
  Bench<TransmitRing> bench;
  while (bench.ring.Room() > 0) REQUIRE(bench.ring.Put(AsFrame(FrameOf(60))));
  bench.ring.Publish();
  bench.device->Take(bench.shape.buffers);
  CHECK(!bench.ring.AskForRoom());
}

TEST("a frame comes as the device wrote it, and its buffer goes back with the next refill") {
  Bench<ReceiveRing> bench;
  CHECK_EQ(bench.device->posted(), bench.shape.buffers);
  bench.device->Fill(Header() + FrameOf(60));
  bench.device->Publish();
  Frame frame;
  REQUIRE(bench.ring.Next(frame) == ReceiveRing::Received::kFrame);
  CHECK(CopyOf(frame) == FrameOf(60));
  CHECK(frame.offload.plain());
  CHECK(bench.ring.Next(frame) == ReceiveRing::Received::kNothing);
  CHECK_EQ(bench.device->posted(), bench.shape.buffers - 1);
  bench.ring.Refill();
  CHECK_EQ(bench.device->posted(), bench.shape.buffers);
}

TEST("what the device left undone is told where the guest negotiated it") {
  const Offload offload{.flags = Offload::kNeedsChecksum, .checksum_start = 34, .checksum_offset = 6};
  Bench<ReceiveRing> bench(kPlain | kGuestCsum);
  bench.device->Fill(Header(offload) + FrameOf(60));
  bench.device->Publish();
  Frame frame;
  REQUIRE(bench.ring.Next(frame) == ReceiveRing::Received::kFrame);
  CHECK_EQ(frame.offload.flags, Offload::kNeedsChecksum);
  CHECK_EQ(frame.offload.checksum_start, 34);

  Bench<ReceiveRing> without;
  without.device->Fill(Header(offload) + FrameOf(60));
  without.device->Publish();
  REQUIRE(without.ring.Next(frame) == ReceiveRing::Received::kFrame);
  CHECK(frame.offload.plain());
}

TEST("a frame in several buffers is one frame") {
  Bench<ReceiveRing> bench(kPlain | kMrgRxbuf);
  const Bytes whole = FrameOf(3 * bench.shape.buffer_bytes - 200);
  const Bytes bytes = Header({}, 3) + whole;
  for (size_t at = 0; at < bytes.size(); at += bench.shape.buffer_bytes) {
    const size_t end = std::min(bytes.size(), at + bench.shape.buffer_bytes);
    bench.device->Fill(Bytes(bytes.begin() + static_cast<ptrdiff_t>(at), bytes.begin() + static_cast<ptrdiff_t>(end)));
  }
  bench.device->Publish();
  Frame frame;
  REQUIRE(bench.ring.Next(frame) == ReceiveRing::Received::kFrame);
  CHECK(CopyOf(frame) == whole);
}

// Whatever it was, the next frame comes.
void CheckDropped(Bench<ReceiveRing>& bench) {
  bench.device->Publish();
  Frame frame;
  CHECK(bench.ring.Next(frame) == ReceiveRing::Received::kMalformed);
  bench.ring.Refill();
  bench.device->Fill(Header({}, 1) + FrameOf(60, 7));
  bench.device->Publish();
  REQUIRE(bench.ring.Next(frame) == ReceiveRing::Received::kFrame);
  CHECK(CopyOf(frame) == FrameOf(60, 7));
}

TEST("a buffer without a whole header is dropped") {
  Bench<ReceiveRing> bench(kPlain | kMrgRxbuf);
  bench.device->Fill(Bytes(kMaxNetHeader - 1, 0));
  CheckDropped(bench);
}

TEST("a frame without a whole Ethernet header is dropped") {
  Bench<ReceiveRing> bench(kPlain | kMrgRxbuf);
  bench.device->Fill(Header({}, 1) + FrameOf(kEthernetHeader - 1));
  CheckDropped(bench);
}

TEST("a frame in no buffers, or in more than the device used, is dropped") {
  Bench<ReceiveRing> none(kPlain | kMrgRxbuf);
  none.device->Fill(Header({}, 0) + FrameOf(60));
  CheckDropped(none);
  Bench<ReceiveRing> more(kPlain | kMrgRxbuf);
  more.device->Fill(Header({}, 2) + FrameOf(60));
  CheckDropped(more);
  Bench<ReceiveRing> most(kPlain | kMrgRxbuf);
  most.device->Fill(Header({}, 0xffff) + FrameOf(60));
  CheckDropped(most);
}

TEST("a length beyond the buffer is not believed") {
  Bench<ReceiveRing> bench;
  bench.device->Fill(Header() + FrameOf(60), 0x7fffffff);
  bench.device->Publish();
  Frame frame;
  REQUIRE(bench.ring.Next(frame) == ReceiveRing::Received::kFrame);
  CHECK_EQ(frame.length, bench.shape.buffer_bytes - kMaxNetHeader);
}

TEST("a used entry of no buffer is passed over") {
  Bench<ReceiveRing> bench;
  bench.device->CompleteNonsense();
  bench.device->Fill(Header() + FrameOf(60));
  bench.device->Publish();
  Frame frame;
  REQUIRE(bench.ring.Next(frame) == ReceiveRing::Received::kFrame);
  CHECK(CopyOf(frame) == FrameOf(60));
}

TEST("a used index beyond what was posted breaks the ring until its reset") {
  Bench<ReceiveRing> bench;
  bench.device->ClaimUsed(static_cast<uint16_t>(bench.shape.buffers + 1));
  Frame frame;
  CHECK(bench.ring.Next(frame) == ReceiveRing::Received::kNothing);
  CHECK(bench.ring.broken());
  bench.Start();
  CHECK(!bench.ring.broken());
  bench.device->Fill(Header() + FrameOf(60));
  bench.device->Publish();
  CHECK(bench.ring.Next(frame) == ReceiveRing::Received::kFrame);
}

TEST("frames pass in order, each once, over the wrap of the ring's index") {
  constexpr uint32_t kFrames = 70'000;
  Bench<TransmitRing> out;
  Bench<ReceiveRing> in;
  uint32_t came = 0;
  const auto receive = [&] {
    Frame frame;
    while (in.ring.Next(frame) == ReceiveRing::Received::kFrame) {
      const Bytes bytes = CopyOf(frame);
      uint32_t number = 0;
      std::memcpy(&number, bytes.data(), sizeof number);
      REQUIRE(number == came && bytes.size() == 60 + number % 100);
      ++came;
    }
    in.ring.Refill();
  };
  for (uint32_t number = 0; number < kFrames;) {
    // Of varying number, so that batches and the ring's end meet everywhere.
    for (uint32_t burst = number % 37 + 1; burst > 0 && number < kFrames; --burst, ++number) {
      Bytes frame(60 + number % 100);
      std::memcpy(frame.data(), &number, sizeof number);
      REQUIRE(out.ring.Room() > 0 && out.ring.Put(AsFrame(frame)));
    }
    out.ring.Publish();
    for (const Bytes& frame : out.device->Take().frames) in.device->Fill(frame);
    in.device->Publish();
    receive();
  }
  CHECK_EQ(came, kFrames);
}

}  // namespace
}  // namespace doorbell::bounce_ring_test
