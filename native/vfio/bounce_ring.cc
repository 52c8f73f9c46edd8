#include "vfio/bounce_ring.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/scoped_mmap.h"
#include "net/net_header.h"
#include "net/offload.h"
#include "virtq/ring_config.h"

namespace doorbell {

namespace {

// A whole turn of a usual ring. Its used area fits into a page: see docs/vfio.md, "Limits".
constexpr uint16_t kBuffers = 256;
// Of a jumbo frame: 9000 bytes behind its headers.
constexpr uint32_t kPlainBytes = 10 * 1024;
// Of a large segment, of which there are fewer at a time.
constexpr uint16_t kLargeBuffers = 64;
constexpr uint32_t kLargeBytes = 66 * 1024;
static_assert(kLargeBytes >= kMaxNetHeader + kMaxFrame);
// Where a large segment may take several.
constexpr uint32_t kMergedBytes = 4 * 1024;
constexpr uint16_t kMostMerged = (kMaxNetHeader + kMaxFrame + kMergedBytes - 1) / kMergedBytes;

constexpr uint64_t kHostTso = kHostTso4 | kHostTso6;
constexpr uint64_t kGuestTso = kGuestTso4 | kGuestTso6;

size_t WholePages(size_t bytes) { return (bytes + PageSize() - 1) / PageSize() * PageSize(); }

RingConfig ConfigOf(const BounceRing::Shape& shape) {
  RingConfig config;
  config.size = shape.buffers;
  config.features = kEventIdx;
  return config;
}

struct Places {
  size_t used;
  size_t avail;
  size_t buffers;
  size_t end;
};

Places PlacesOf(const BounceRing::Shape& shape) {
  const RingConfig config = ConfigOf(shape);
  Places places;
  places.used = WholePages(DescAreaBytes(config));
  places.avail = places.used + WholePages(UsedAreaBytes(config));
  places.buffers = places.avail + WholePages(AvailAreaBytes(config));
  places.end = places.buffers + WholePages(size_t{shape.buffers} * shape.buffer_bytes);
  return places;
}

// What a device that sends to a driver of `features` may leave undone, as the switch knows it of drivers that send.
uint64_t AsSender(uint64_t features) {
  uint64_t sender = 0;
  if ((features & kGuestCsum) != 0) sender |= kCsum;
  if ((features & kGuestTso4) != 0) sender |= kHostTso4;
  if ((features & kGuestTso6) != 0) sender |= kHostTso6;
  return sender;
}

}  // namespace

size_t BounceRing::Shape::Bytes() const { return PlacesOf(*this).end; }

BounceRing::BounceRing(std::byte* memory, uint64_t iova, const Shape& shape, uint64_t features)
    : memory_(memory),
      iova_(iova),
      shape_(shape),
      features_(features),
      ring_({memory, memory + PlacesOf(shape).avail, memory + PlacesOf(shape).used},
            {.size = shape.buffers,
             .descriptors_per_slot = 1,
             .event_idx = (features & kEventIdx) != 0,
             .packed = false,
             .in_order = (features & kRingInOrder) != 0}) {}

DeviceRing BounceRing::areas() const {
  const Places places = PlacesOf(shape_);
  return {shape_.buffers, iova_, iova_ + places.avail, iova_ + places.used, 0};
}

std::byte* BounceRing::Buffer(uint16_t slot) const {
  return memory_ + PlacesOf(shape_).buffers + size_t{slot} * shape_.buffer_bytes;
}

Segment BounceRing::SegmentOf(uint16_t slot, uint32_t length) const {
  return {iova_ + static_cast<uint64_t>(Buffer(slot) - memory_), length};
}

BounceRing::Shape TransmitRing::ShapeFor(uint64_t features) {
  if ((features & kHostTso) != 0) return {kLargeBuffers, kLargeBytes};
  return {kBuffers, kPlainBytes};
}

size_t TransmitRing::Room() {
  for (;;) {
    const Pop kind = ring().PopUsed().kind;
    if (kind == Pop::kNone || kind == Pop::kBroken) break;
  }
  return ring().free_slots();
}

bool TransmitRing::Put(const Frame& frame) {
  const size_t length = kMaxNetHeader + frame.length;
  if (length > shape().buffer_bytes) return false;
  const uint16_t slot = ring().TakeSlot();
  std::byte* buffer = Buffer(slot);
  // num_buffers is 0 for a device that takes frames (virtio 1.2 §5.1.6.2).
  std::memset(buffer, 0, kMaxNetHeader);
  std::memcpy(buffer, &frame.offload, sizeof frame.offload);
  CopyFrame(frame, buffer + kMaxNetHeader);
  const Segment segment = SegmentOf(slot, static_cast<uint32_t>(length));
  ring().OfferReadable(slot, std::span(&segment, 1));
  return true;
}

bool TransmitRing::AskForRoom() { return ring().EnableInterrupts(static_cast<uint16_t>(ring().in_flight() / 2)); }

BounceRing::Shape ReceiveRing::ShapeFor(uint64_t features) {
  if ((features & kMrgRxbuf) != 0) return {kBuffers, kMergedBytes};
  if ((features & kGuestTso) != 0) return {kLargeBuffers, kLargeBytes};
  return {kBuffers, kPlainBytes};
}

bool ReceiveRing::Refill() {
  while (ring().free_slots() > 0) {
    const uint16_t slot = ring().TakeSlot();
    ring().OfferWritable(slot, SegmentOf(slot, shape().buffer_bytes));
  }
  return ring().Publish();
}

std::optional<HostBuffer> ReceiveRing::NextBuffer() {
  for (;;) {
    const UsedSlot used = ring().PopUsed();
    if (used.kind == Pop::kNone || used.kind == Pop::kBroken) return std::nullopt;
    if (used.kind == Pop::kNonsense) continue;
    // Virtio 1.2 §2.7.9: buffers without a used entry of their own were filled completely.
    const bool unsaid = used.length == 0 && (features() & kRingInOrder) != 0;
    const uint32_t length = unsaid ? shape().buffer_bytes : used.length;
    return HostBuffer{Buffer(used.slot), std::min(length, shape().buffer_bytes)};
  }
}

ReceiveRing::Received ReceiveRing::Next(Frame& frame) {
  buffers_.clear();
  const std::optional<HostBuffer> first = NextBuffer();
  if (!first.has_value()) return Received::kNothing;
  if (first->length < kMaxNetHeader) return Received::kMalformed;
  buffers_.push_back(*first);
  // Copied once: the memory is the device's until it is reset.
  std::array<std::byte, kMaxNetHeader> header;
  std::memcpy(header.data(), first->data, header.size());
  uint16_t count = 1;
  if ((features() & kMrgRxbuf) != 0) std::memcpy(&count, &header[kNumBuffersOffset], sizeof count);
  if (count == 0 || count > kMostMerged) return Received::kMalformed;
  size_t length = first->length - kMaxNetHeader;
  while (buffers_.size() < count) {
    const std::optional<HostBuffer> next = NextBuffer();
    // Virtio 1.2 §5.1.6.4: all of a frame's buffers are used at once.
    if (!next.has_value()) return Received::kMalformed;
    if (next->length == 0) continue;
    buffers_.push_back(*next);
    length += next->length;
  }
  if (length < kEthernetHeader || length > kMaxFrame) return Received::kMalformed;
  // Without GUEST_CSUM the header says nothing.
  Offload offload;
  if (const uint64_t sender = AsSender(features()); (sender & kCsum) != 0) {
    std::memcpy(&offload, header.data(), sizeof offload);
    if (!offload.plain() && !CheckOffload(offload, sender, length)) return Received::kMalformed;
  }
  frame = Frame{.head = {}, .body = buffers_, .body_offset = kMaxNetHeader, .length = length, .offload = offload};
  return Received::kFrame;
}

}  // namespace doorbell
