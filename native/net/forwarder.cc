#include "net/forwarder.h"

#include <algorithm>

#include "net/offload.h"

namespace doorbell {

namespace {

// Most frames begin behind their net header in the first line or the next; long ones are streamed by the hardware.
void PrefetchFrame(std::span<const HostBuffer> buffers) {
  if (buffers.empty()) return;
  __builtin_prefetch(buffers.front().data + kMaxNetHeader);
  if (buffers.size() > 1) __builtin_prefetch(buffers[1].data);
}

}  // namespace

Served Forwarder::Serve(QueueContext& queue, QueueSide& side) {
  if (queue.role == QueueRole::kRx) {
    delivery_.Settle(*queue.port);
    return Served::kNothing;
  }
  RingServer& ring = side.ring();
  Served served = Served::kNothing;
  for (int i = 0; i < kBatchesPerTurn; ++i) {
    // Per batch: a command that waits for the ring gets it in between.
    const BatchLock lock(ring.mutex());
    if (!ring.serving()) return Served::kNothing;
    const size_t count = queue.role == QueueRole::kTx ? ServeTx(queue, ring) : ServeCtrl(ring);
    if (count == 0) return served;
    served = Served::kAll;
  }
  return Served::kMore;
}

// Inline: of a short frame the call would cost as much as the copy.
inline bool Forwarder::ReadFrame(Port& from, const Format& format, const Chain& chain, Frame& frame) {
  const auto [features, header_length] = format;
  const bool sound = chain.readable_bytes >= header_length + kEthernetHeader &&
                     chain.readable_bytes <= header_length + kMaxFrame;
  if (!sound) {
    from.CountTxDrop(DropReason::kMalformed);
    return false;
  }
  frame.body = batch_.Readable(chain);
  frame.body_offset = header_length;
  frame.length = chain.readable_bytes - header_length;
  // Without CSUM the header says nothing.
  if ((features & kCsum) == 0) return true;
  constexpr size_t kBytes = sizeof frame.offload;
  CopyBeginning(Frame{.head = {}, .body = frame.body, .body_offset = 0, .length = kBytes},
                reinterpret_cast<std::byte*>(&frame.offload), kBytes);
  if (frame.offload.plain() || CheckOffload(frame.offload, features, frame.length)) return true;
  from.CountTxDrop(DropReason::kOffload);
  return false;
}

template <typename Send>
void Forwarder::SendAll(QueueContext& queue, RingServer& ring, DropReason unsent, Send send) {
  Port& port = *queue.port;
  const bool enabled = queue.enabled.load(std::memory_order_relaxed);
  const Format format{.features = ring.features(), .header_length = NetHeaderLength(ring.features())};
  Frame frame;
  for (const Chain& chain : batch_.First(batch_.count)) {
    if (!enabled)
      port.CountTxDrop(DropReason::kDisabled);
    else if (ReadFrame(port, format, chain, frame) && !send(frame))
      port.CountTxDrop(unsent);
  }
  ring.Complete(batch_.First(batch_.count), batch_.count);
}

size_t Forwarder::ServeTx(QueueContext& queue, RingServer& ring) {
  if (Wire* wire = queue.port->wire().get()) return ServeWire(queue, ring, *wire);
  const size_t count = ring.Take(batch_, kChainsPerBatch);
  if (count == 0) return 0;
  // Another CPU wrote them, so each costs a miss: all of them at once, not one after the other.
  for (size_t i = 0; i < count; ++i) PrefetchFrame(batch_.Readable(batch_.chains[i]));
  Switch::Batch now = switch_.Begin();
  SendAll(queue, ring, DropReason::kNowhere,
          [&](const Frame& frame) { return switch_.Forward(now, *queue.port, frame, delivery_); });
  // Receivers first: a sender that sees its frame completed may expect its answer to be there.
  switch_.End(delivery_);
  ring.Publish();
  return count;
}

size_t Forwarder::ServeWire(QueueContext& queue, RingServer& ring, Wire& wire) {
  Port& port = *queue.port;
  if (const uint64_t lost = wire.TakeLost(); lost > 0) port.CountTxDrop(DropReason::kWireDown, lost);
  // What the network has no room for stays in the guest's ring.
  const size_t count = ring.Take(batch_, std::min(wire.Room(), kChainsPerBatch));
  if (count == 0) return 0;
  SendAll(queue, ring, DropReason::kWireDown, [&](const Frame& frame) { return wire.Send(frame); });
  wire.Flush();
  ring.Publish();
  return count;
}

size_t Forwarder::ServeCtrl(RingServer& ring) {
  const size_t count = ring.Take(batch_, kChainsPerBatch);
  if (count == 0) return 0;
  for (size_t i = 0; i < count; ++i) {
    const Chain& chain = batch_.chains[i];
    const std::span<const HostBuffer> writable = batch_.Writable(chain);
    if (!writable.empty()) {
      // Virtio 1.2 §5.1.6.5: the last byte is the ack. No class of commands is offered.
      constexpr std::byte kError{1};
      writable.back().data[writable.back().length - 1] = kError;
    }
    ring.LogWritten(writable, chain.writable_bytes);
    ring.Complete(chain, static_cast<uint32_t>(chain.writable_bytes));
  }
  ring.Publish();
  return count;
}

}  // namespace doorbell
