// The learning switch: ports are queue pairs of VMs, and the lab peer sits behind it. The engine's workers and the
// emulated accelerator forward through the same one, so a change of a queue's owner changes no path.
//
// A frame for a known address goes to the port that the address last sent from. Broadcast and unknown addresses
// go to one port of every other session, and to the peer; never back to the sender's session.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "net/delivery.h"
#include "net/lab_peer.h"
#include "net/mac_table.h"

namespace doorbell {

// Who is on the switch: immutable, replaced when a port comes or goes, held by a batch while it forwards.
struct Topology {
  // By slot; null where unused.
  std::vector<std::shared_ptr<Port>> ports;
  // Ports by session.
  std::vector<std::vector<Port*>> groups;
};

class Switch {
 public:
  static constexpr size_t kMaxPorts = 4096;

  Switch() : topology_(std::make_shared<const Topology>()) {}
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
    // Looked up last, and where it is.
    MacNumber destination = 0;
    std::optional<uint16_t> slot;
    std::optional<bool> alone;
  };
  Batch Begin();
  // `frame` is at least an Ethernet header long. False where it has nowhere to go: the sender counts it.
  bool Forward(Batch& batch, Port& from, const Frame& frame, Delivery& delivery);
  // Ends a batch: shows the receivers what came.
  void End(Delivery& delivery);

  LabPeer::Stats peer_stats() const { return peer_.stats(); }
  // Frames dropped on either side of all ports that ever were, since start.
  uint64_t drops() const;

 private:
  void Flood(Batch& batch, Port& from, const EthernetHead& head, const Frame& frame, Delivery& delivery);
  void ToPeer(Batch& batch, Port& from, const EthernetHead& head, const Frame& frame, Delivery& delivery);
  // A port of the same session that can receive, `port` itself first; null if none can.
  static Port* Receiver(const Topology& topology, Port& port);
  // No port of another session receives.
  static bool Alone(Batch& batch, const Port& port);
  // Under mutex_.
  void Publish(std::vector<std::shared_ptr<Port>> ports);

  MacTable addresses_;
  LabPeer peer_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Topology> topology_;
  uint32_t next_group_ = 0;
  uint64_t drops_of_removed_ = 0;
};

}  // namespace doorbell
