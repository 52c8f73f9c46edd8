// A VM of one queue pair on a switch, whose driver is the test: rings written by hand, served when the test says.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/forwarder.h"
#include "net/net_header.h"
#include "testing/bytes.h"
#include "testing/raw_ring.h"

namespace doorbell::testing {

class RawSide final : public QueueSide {
 public:
  RawSide(const Domain& domain, Direction direction) : QueueSide(domain, direction, nullptr) {}
  void Wake() override { ++wakes; }
  int wakes = 0;
};

class RawVm {
 public:
  static constexpr uint32_t kRingSize = 16;

  // `rx_domain` owns the rx ring.
  RawVm(Switch& network, const Domain& rx_domain, uint64_t features = kVersion1, const Port* sibling = nullptr)
      : rx(kRingSize, features),
        tx(kRingSize, features),
        header_(NetHeaderLength(features)),
        port(network.AddPort(sibling)),
        rx_side(std::make_shared<RawSide>(rx_domain, Direction::kWritable)),
        tx_side(std::make_shared<RawSide>(rx_domain, Direction::kReadable)),
        tx_context(QueueRole::kTx, port),
        rx_context(QueueRole::kRx, port) {
    REQUIRE(rx_side->ring().Start(rx.config(), rx.memory(), 0).ok());
    REQUIRE(tx_side->ring().Start(tx.config(), tx.memory(), 0).ok());
    port->BindRx(rx_side);
    port->SetEnabled(true);
    tx_context.enabled.store(true);
  }
  ~RawVm() { port->UnbindRx(); }

  // Posts `count` receive buffers of `length` bytes.
  void Post(uint16_t count, uint32_t length = 2048) {
    for (uint16_t i = 0; i < count; ++i, ++posted_) {
      const auto slot = static_cast<uint16_t>(posted_ % kRingSize);
      rx.OfferBuffer(slot, length, kWrite);
    }
  }
  // Puts a frame into the tx ring: header and frame in one buffer.
  void Send(const Bytes& frame, const Offload& offload = {}) {
    const auto slot = static_cast<uint16_t>(sent_++ % kRingSize);
    std::memset(tx.Buffer(slot), 0, header_);
    std::memcpy(tx.Buffer(slot), &offload, sizeof offload);
    std::memcpy(tx.Buffer(slot) + header_, frame.data(), frame.size());
    tx.OfferBuffer(slot, static_cast<uint32_t>(header_ + frame.size()));
  }
  // Frames that came since the last call, without their headers.
  std::vector<Bytes> Receive() {
    std::vector<Bytes> frames;
    for (; received_ != rx.used_idx(); ++received_) {
      const auto slot = static_cast<uint32_t>(rx.used_id(received_));
      const auto* data = reinterpret_cast<const uint8_t*>(rx.Buffer(slot));
      last_header.assign(data, data + header_);
      frames.emplace_back(data + header_, data + rx.used_length(received_));
    }
    return frames;
  }

  Served ServeTx(Forwarder& forwarder) { return forwarder.Serve(tx_context, *tx_side); }
  Served ServeRx(Forwarder& forwarder) { return forwarder.Serve(rx_context, *rx_side); }

  RawRing rx;
  RawRing tx;

 private:
  size_t header_;
  uint32_t posted_ = 0;
  uint32_t sent_ = 0;
  uint16_t received_ = 0;

 public:
  std::shared_ptr<Port> port;
  std::shared_ptr<RawSide> rx_side;
  std::shared_ptr<RawSide> tx_side;
  QueueContext tx_context;
  QueueContext rx_context;
  Bytes last_header;
};

inline Bytes Mac(uint8_t last) { return {0x02, 0, 0, 0, 0, last}; }
inline Bytes PeerMac() { return {0x02, 0xdb, 0, 0, 0, 1}; }
inline Bytes Broadcast() { return Bytes(6, 0xff); }

// A frame of `type` whose payload is `payload`.
inline Bytes EthernetFrame(const Bytes& destination, const Bytes& source, uint16_t type, const Bytes& payload) {
  return destination + source + Bytes{static_cast<uint8_t>(type >> 8), static_cast<uint8_t>(type)} + payload;
}

}  // namespace doorbell::testing
