// The learning switch: ports are queue pairs of VMs, and the lab peer sits behind it. The engine's workers and the
// emulated accelerator forward through the same one, so a change of a queue's owner changes no path.
//
// An address belongs to the session that last sent from it. Broadcast and unknown addresses go to every other
// session, and to the peer; never back to the sender's session. Frames pass as they are, VLAN tags included.
//
// Of a session with several queue pairs, the sender's pair chooses the receiver's: pair n sends to pair n, so a
// flow keeps its order and two guests that spread their flows meet pairwise. Flows from an uplink are spread by
// their hash.
//
// With an uplink the network behind it takes the lab peer's place: the peer then answers nobody but who addresses
// it, and stands for no address of others.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "net/delivery.h"
#include "net/lab_peer.h"
#include "net/mac_table.h"
#include "net/tap.h"

namespace doorbell {

// Who is on the switch: immutable, replaced when a port comes or goes, held by a batch while it forwards.
struct Topology {
  // By slot; null where unused.
  std::vector<std::shared_ptr<Port>> ports;
  // Ports by session, in the order of their pairs.
  std::vector<std::vector<Port*>> groups;
  // By slot: the index of its session in `groups`.
  std::vector<size_t> group_of;
};

class Switch {
 public:
  static constexpr size_t kMaxPorts = 4096;

  // `uplink`: null for none.
  explicit Switch(std::shared_ptr<Tap> uplink = nullptr)
      : uplink_(std::move(uplink)), topology_(std::make_shared<const Topology>()) {}
  Switch(const Switch&) = delete;
  Switch& operator=(const Switch&) = delete;

  // A new port, of the same session as `sibling` unless that is null. Null where all slots are taken.
  std::shared_ptr<Port> AddPort(const Port* sibling);
  // Forgets the port and the addresses behind it.
  void RemovePort(const Port& port);

  // Everything that one batch needs. Its frames come from one port, and often between the same two addresses: what
  // the last of them needed to know is kept for the next.
  struct Batch {
    std::shared_ptr<const Topology> topology;
    uint64_t now_ns = 0;
    uint32_t now_seconds = 0;
    // Learned last; no station has address 0.
    MacNumber source = 0;
    // Looked up last, if that still holds.
    std::optional<MacNumber> destination;
    // Where it is: learned from that slot; one port of another session; the peer's alone.
    std::optional<uint16_t> slot;
    Port* receiver = nullptr;
    bool peer_only = false;
    std::optional<bool> alone;
    // Known to be on the switch.
    const Port* sender = nullptr;
    // Of the frame before, where its way is that of every frame with the same header: to `receiver`, swallowed by the
    // peer, or looked at by it.
    enum class Way { kItsOwn, kToReceiver, kSwallowed, kToPeer };
    EthernetWords head = {};
    Way way = Way::kItsOwn;
  };
  Batch Begin();
  // `frame` is at least an Ethernet header long. False where it has nowhere to go: the sender counts it.
  bool Forward(Batch& batch, Port& from, const Frame& frame, Delivery& delivery) {
    const EthernetWords words = CopyEthernetHead(frame);
    if (batch.sender != &from || batch.head != words) return ForwardFirst(batch, from, words, frame, delivery);
    switch (batch.way) {
      case Batch::Way::kToReceiver:
        delivery.To(*batch.receiver, frame);
        return true;
      case Batch::Way::kSwallowed:
        delivery.inbox().Take(frame);
        return true;
      case Batch::Way::kToPeer:
        peer_.Receive(from, frame, Alone(batch, from), delivery, batch.now_ns);
        return true;
      case Batch::Way::kItsOwn:
        break;
    }
    return ForwardFirst(batch, from, words, frame, delivery);
  }
  // Ends a batch: shows the receivers what came.
  void End(Delivery& delivery);

  // As Forward, for a frame that came from the uplink.
  void ForwardFromUplink(const Batch& batch, std::span<const std::byte> frame, Delivery& delivery);

  // Where frames of the port's session came from of late: at most `limit` addresses.
  std::vector<MacNumber> AddressesOf(const Port& port, size_t limit);

  LabPeer::Stats peer_stats() const { return peer_.stats(); }
  // Frames dropped on either side of all ports that ever were, and at the uplink, since start.
  uint64_t drops() const;

 private:
  // Stands for the uplink among the slots of ports.
  static constexpr uint16_t kUplinkSlot = 0xffff;
  static_assert(kMaxPorts <= kUplinkSlot);

  // A frame whose header is not that of the one before, or whose way is its own.
  bool ForwardFirst(Batch& batch, Port& from, const EthernetWords& words, const Frame& frame, Delivery& delivery);
  static bool ToReceiver(Batch& batch, const Frame& frame, Delivery& delivery);
  void Flood(Batch& batch, Port& from, const EthernetHead& head, const Frame& frame, Delivery& delivery);
  void ToPeer(Batch& batch, Port& from, const EthernetHead& head, const Frame& frame, Delivery& delivery);
  // Where an address was learned: the ports of a session; null for nowhere that still is.
  static const std::vector<Port*>* SessionOf(const Topology& topology, std::optional<uint16_t> slot);
  // Of one session's ports the one for a frame of a sender's pair `pair`: the same pair, else the pairs that can
  // receive take turns. Null if none can.
  static Port* Receiver(const std::vector<Port*>& members, uint16_t pair);
  // No port of another session receives.
  static bool Alone(Batch& batch, const Port& port);
  // Under mutex_.
  void Publish(std::vector<std::shared_ptr<Port>> ports);

  const std::shared_ptr<Tap> uplink_;
  MacTable addresses_;
  LabPeer peer_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Topology> topology_;
  uint32_t next_group_ = 0;
  uint64_t drops_of_removed_ = 0;
};

}  // namespace doorbell
