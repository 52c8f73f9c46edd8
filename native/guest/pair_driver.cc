#include "guest/pair_driver.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "net/ethernet.h"
#include "virtq/now.h"

namespace doorbell {
namespace {

// virtio 1.2 §5.1.6: flags, gso_type, hdr_len, gso_size, csum_start, csum_offset, maybe num_buffers.
constexpr uint32_t kMaxNetHeader = 12;
constexpr size_t kGsoType = 1;
constexpr size_t kNumBuffers = 10;
constexpr uint32_t kRxCapacity = kMaxNetHeader + kMaxProbeLength;

// A tx block: three table entries, then the net header.
constexpr size_t kBlockTable = 3 * 16;
static_assert(kBlockTable + kMaxNetHeader <= GuestLayout::kBlockStride);
static_assert(kRxCapacity <= GuestLayout::kBufferStride);

// Bounds one round, so that other pairs and other threads get their turn soon.
constexpr unsigned kBatch = 64;

// A full window from which nothing came for this long is given up, else one lost frame after the other would
// end the traffic for good.
constexpr uint64_t kStallNs = 5'000'000'000;

// How much a stream that was held up may catch up on at once.
constexpr uint64_t kCatchUpNs = 10'000'000;

DriverRingMemory RingMemory(std::byte* file, const QueuePlacement& place) {
  return {file + place.desc, file + place.avail, file + place.used};
}

DriverRingOptions RingOptions(const PairDriver::Options& options, uint16_t descriptors_per_slot) {
  return {.size = options.queue_size,
          .descriptors_per_slot = descriptors_per_slot,
          .event_idx = options.event_idx,
          .packed = options.packed,
          .in_order = options.in_order};
}

}  // namespace

PairDriver::PairDriver(const GuestLayout& layout, std::byte* file, const Options& options, QueueNotifier rx,
                       QueueNotifier tx)
    : layout_(layout),
      file_(file),
      options_(options),
      rx_place_(layout.queue(2 * options.pair)),
      tx_place_(layout.queue(2 * options.pair + 1)),
      address_(PairAddress(options.guest, static_cast<uint8_t>(options.pair))),
      rx_(RingMemory(file, rx_place_), RingOptions(options, 1)),
      tx_(RingMemory(file, tx_place_), RingOptions(options, options.indirect ? 1 : 2)),
      rx_notifier_(std::move(rx)),
      tx_notifier_(std::move(tx)),
      // An eighth is left for frames that others send to everybody.
      window_(std::min<uint64_t>(options.queue_size - options.queue_size / 8, tx_.slot_count())) {}

void PairDriver::Reset(uint32_t base) {
  rx_.Reset(base);
  tx_.Reset(base);
  sequences_.Restart();
  // Fresh rings ask for interrupts until told otherwise.
  interrupts_enabled_ = true;
}

void PairDriver::SetTraffic(const Traffic& traffic, uint64_t now_ns) {
  traffic_ = traffic;
  interval_ns_ = traffic.rate > 0 ? std::max<uint64_t>(1, static_cast<uint64_t>(1e9 / traffic.rate)) : 0;
  next_send_ns_ = traffic.kind == Traffic::Kind::kNone ? kNever : now_ns;
  last_progress_ns_ = now_ns;
  if (traffic.kind != Traffic::Kind::kNone) round_trips_.Clear();
}

bool PairDriver::Poll(uint64_t now_ns) {
  if (interrupts_enabled_) {
    rx_.DisableInterrupts();
    tx_.DisableInterrupts();
    interrupts_enabled_ = false;
  }
  const bool received = ReapRx();
  if (received || sequences_.outstanding() == 0) last_progress_ns_ = now_ns;
  if (sequences_.outstanding() >= window_ && now_ns - last_progress_ns_ >= kStallNs) {
    GiveUp();
    last_progress_ns_ = now_ns;
  }
  const bool reaped = ReapTx();
  const bool sent = SendDue(now_ns);
  counters_.lost.store(sequences_.lost(), std::memory_order_relaxed);
  // Buffers for the answers are there before the questions.
  Publish(rx_, rx_notifier_, static_cast<uint16_t>(2 * options_.pair));
  Publish(tx_, tx_notifier_, static_cast<uint16_t>(2 * options_.pair + 1));
  return received || reaped || sent;
}

void PairDriver::Publish(DriverRing& ring, QueueNotifier& notifier, uint16_t index) {
  if (!ring.Publish()) return;
  const std::optional<uint16_t> next =
      options_.notification_data ? std::optional(ring.next_position()) : std::nullopt;
  switch (notifier.Notify(index, next)) {
    case QueueNotifier::Way::kKick:
      Add(counters_.kicks, 1);
      break;
    case QueueNotifier::Way::kDoorbell:
      Add(counters_.doorbells, 1);
      break;
  }
}

bool PairDriver::ReapRx() {
  bool any = false;
  for (unsigned i = 0; i < kBatch; ++i) {
    const UsedSlot used = rx_.PopUsed();
    if (used.kind == Pop::kNone) break;
    any = true;
    if (used.kind == Pop::kSlot) {
      Judge(used.slot, used.length);
    } else {
      Add(counters_.corrupted, 1);
    }
  }
  PostRx();
  return any;
}

void PairDriver::PostRx() {
  if (rx_.broken()) return;
  while (rx_.free_slots() > 0) {
    const uint16_t slot = rx_.TakeSlot();
    const uint64_t buffer = rx_place_.buffers + GuestLayout::kBufferStride * slot;
    rx_.OfferWritable(slot, {layout_.DeviceAddress(buffer), kRxCapacity});
  }
}

void PairDriver::Judge(uint16_t slot, uint32_t length) {
  if (length < options_.net_header + kEthernetHeader || length > kRxCapacity) {
    Add(counters_.corrupted, 1);
    return;
  }
  std::memcpy(scratch_.data(), file_ + rx_place_.buffers + GuestLayout::kBufferStride * slot, length);
  const std::span<const std::byte> frame = std::span(scratch_).subspan(options_.net_header, length - options_.net_header);
  const ParsedProbe parsed = ParseProbe(frame, address_);
  if (parsed.verdict == ProbeVerdict::kForeign) return;
  uint16_t buffers = 1;
  if (options_.net_header > kNumBuffers)
    std::memcpy(&buffers, scratch_.data() + kNumBuffers, sizeof buffers);
  // No offload was negotiated, so a frame is whole (§5.1.6.4): one buffer, no segmentation.
  if (parsed.verdict == ProbeVerdict::kCorrupted || buffers != 1 || scratch_[kGsoType] != std::byte{0} ||
      parsed.probe.pair != options_.pair) {
    Add(counters_.corrupted, 1);
    return;
  }
  switch (sequences_.Receive(parsed.probe.sequence)) {
    case SequenceTracker::Arrival::kReordered:
      Add(counters_.reordered, 1);
      break;
    case SequenceTracker::Arrival::kInOrder:
      break;
    case SequenceTracker::Arrival::kDuplicated:
      Add(counters_.duplicated, 1);
      return;
    case SequenceTracker::Arrival::kUnknown:
      Add(counters_.corrupted, 1);
      return;
    case SequenceTracker::Arrival::kStale:
      return;
  }
  Add(counters_.received, 1);
  round_trips_.Add(NowNs() - parsed.probe.sent_ns);
}

bool PairDriver::ReapTx() {
  bool any = false;
  for (unsigned i = 0; i < tx_.slot_count(); ++i) {
    const UsedSlot used = tx_.PopUsed();
    if (used.kind == Pop::kNone) break;
    any = true;
    if (used.kind != Pop::kSlot) Add(counters_.corrupted, 1);
  }
  return any;
}

bool PairDriver::CanSend() const {
  return traffic_.kind != Traffic::Kind::kNone && sequences_.outstanding() < window_ &&
         tx_.free_slots() > 0 && !tx_.broken();
}

bool PairDriver::SendDue(uint64_t now_ns) {
  const bool ping = traffic_.kind == Traffic::Kind::kPing;
  const unsigned most = ping ? 1 : kBatch;
  bool any = false;
  for (unsigned i = 0; i < most && CanSend() && now_ns >= next_send_ns_; ++i) {
    SendProbe();
    next_send_ns_ += interval_ns_;
    any = true;
  }
  // What could not be sent in time is left out rather than sent in a burst later.
  if (ping && now_ns > next_send_ns_) next_send_ns_ = now_ns + interval_ns_;
  if (!ping && now_ns > kCatchUpNs) next_send_ns_ = std::max(next_send_ns_, now_ns - kCatchUpNs);
  return any;
}

void PairDriver::SendProbe() {
  const uint16_t slot = tx_.TakeSlot();
  const uint64_t buffer = tx_place_.buffers + GuestLayout::kBufferStride * slot;
  const uint64_t block = tx_place_.blocks + GuestLayout::kBlockStride * slot;
  const uint64_t header = block + kBlockTable;
  const uint64_t sequence = sequences_.TakeNext();
  const uint32_t length = static_cast<uint32_t>(ProbeLength(sequence));
  std::memset(file_ + header, 0, options_.net_header);
  WriteProbe({file_ + buffer, kMaxProbeLength}, address_,
             {static_cast<uint16_t>(options_.pair), sequence, NowNs()});
  if (options_.indirect) {
    // Split inside the frame too: a device must gather, not assume.
    const std::array<Segment, 3> segments = {Segment{layout_.DeviceAddress(header), options_.net_header},
                                             Segment{layout_.DeviceAddress(buffer), kEthernetHeader},
                                             Segment{layout_.DeviceAddress(buffer + kEthernetHeader),
                                                     length - static_cast<uint32_t>(kEthernetHeader)}};
    tx_.OfferIndirect(slot, segments, file_ + block, layout_.DeviceAddress(block));
  } else {
    const std::array<Segment, 2> segments = {Segment{layout_.DeviceAddress(header), options_.net_header},
                                             Segment{layout_.DeviceAddress(buffer), length}};
    tx_.OfferReadable(slot, segments);
  }
  Add(counters_.sent, 1);
}

bool PairDriver::PrepareSleep() {
  interrupts_enabled_ = true;
  const bool rx_quiet = rx_.EnableInterrupts(0);
  // Frames that left need no haste: one interrupt for most of them returns their slots.
  const uint16_t leaving = tx_.in_flight();
  const bool tx_quiet = leaving == 0 || tx_.EnableInterrupts(static_cast<uint16_t>(leaving * 3 / 4));
  return rx_quiet && tx_quiet;
}

uint64_t PairDriver::NextDueNs() const {
  if (sequences_.outstanding() >= window_) return last_progress_ns_ + kStallNs;
  return CanSend() ? next_send_ns_ : kNever;
}

void PairDriver::GiveUp() {
  sequences_.GiveUp();
  counters_.lost.store(sequences_.lost(), std::memory_order_relaxed);
}

}  // namespace doorbell
