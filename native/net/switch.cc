#include "net/switch.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "net/flow_hash.h"
#include "virtq/now.h"

namespace doorbell {

namespace {

uint32_t Seconds(uint64_t ns) { return static_cast<uint32_t>(ns / 1'000'000'000); }

}  // namespace

std::shared_ptr<Port> Switch::AddPort(const Port* sibling) {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Port>> ports = topology_->ports;
  const auto free = std::find(ports.begin(), ports.end(), nullptr);
  if (free == ports.end() && ports.size() == kMaxPorts) return nullptr;
  const auto slot = static_cast<uint16_t>(free - ports.begin());
  if (free == ports.end()) ports.emplace_back();
  const uint32_t group = sibling != nullptr ? sibling->group() : next_group_++;
  const auto pair = static_cast<uint16_t>(
      std::count_if(ports.begin(), ports.end(),
                    [group](const auto& port) { return port != nullptr && port->group() == group; }));
  auto port = std::make_shared<Port>(slot, group, pair);
  ports[slot] = port;
  Publish(std::move(ports));
  return port;
}

void Switch::RemovePort(const Port& port) {
  {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<Port>> ports = topology_->ports;
    if (port.slot() >= ports.size() || ports[port.slot()].get() != &port) return;
    drops_of_removed_ += port.rx_drops().sum() + port.tx_drops().sum();
    ports[port.slot()].reset();
    Publish(std::move(ports));
  }
  addresses_.Forget(port.slot());
  peer_.Forget(port.group());
}

std::vector<MacNumber> Switch::AddressesOf(const Port& port, size_t limit) {
  const Batch batch = Begin();
  const std::vector<Port*>* members = SessionOf(*batch.topology, port.slot());
  // All that its pairs send is learned at the first.
  if (members == nullptr) return {};
  return addresses_.AddressesOf(members->front()->slot(), batch.now_seconds, limit);
}

void Switch::Publish(std::vector<std::shared_ptr<Port>> ports) {
  auto next = std::make_shared<Topology>();
  std::map<uint32_t, std::vector<Port*>> groups;
  for (const std::shared_ptr<Port>& port : ports) {
    if (port != nullptr) groups[port->group()].push_back(port.get());
  }
  next->group_of.resize(ports.size());
  for (auto& [group, members] : groups) {
    std::sort(members.begin(), members.end(), [](const Port* a, const Port* b) { return a->pair() < b->pair(); });
    for (const Port* port : members) next->group_of[port->slot()] = next->groups.size();
    next->groups.push_back(std::move(members));
  }
  next->ports = std::move(ports);
  topology_ = std::move(next);
}

Switch::Batch Switch::Begin() {
  const std::lock_guard lock(mutex_);
  Batch batch;
  batch.topology = topology_;
  batch.now_ns = NowNs();
  batch.now_seconds = Seconds(batch.now_ns);
  return batch;
}

void Switch::End(Delivery& delivery) {
  delivery.Flush();
  peer_.Count(delivery.inbox().Drain());
}

bool Switch::ForwardFirst(Batch& batch, Port& from, const EthernetWords& words, const Frame& frame,
                          Delivery& delivery) {
  batch.head = words;
  batch.way = Batch::Way::kItsOwn;
  const EthernetHead head = ParseEthernetHead(words);
  const Topology& topology = *batch.topology;
  if (batch.sender != &from) {
    // A port that was taken off the switch may still be served; its slot is somebody else's by now.
    if (from.slot() >= topology.ports.size() || topology.ports[from.slot()].get() != &from) return false;
    batch.sender = &from;
  }
  // Nobody may pose as the peer, and no station sends from a group address or from none. The first port stands
  // for its session: a guest whose flows leave by several pairs does not move its address with each frame.
  if (head.source != batch.source && !IsMulticast(head.source) && head.source != kPeerMac &&
      head.source != 0) {
    addresses_.Learn(head.source, topology.groups[topology.group_of[from.slot()]].front()->slot(),
                     batch.now_seconds);
    batch.source = head.source;
    // It may be what was looked up.
    batch.destination.reset();
  }
  if (head.destination != batch.destination) {
    batch.destination = head.destination;
    batch.slot.reset();
    batch.receiver = nullptr;
    batch.peer_only = head.destination == kPeerMac;
    if (!IsMulticast(head.destination)) batch.slot = addresses_.Find(head.destination, batch.now_seconds);
  }
  if (batch.receiver != nullptr) return ToReceiver(batch, frame, delivery);
  if (batch.peer_only) {
    batch.way = LabPeer::Swallows(head) ? Batch::Way::kSwallowed : Batch::Way::kToPeer;
    ToPeer(batch, from, head, frame, delivery);
    return true;
  }
  if (batch.slot == kUplinkSlot) {
    uplink_->Send(frame);
    return true;
  }
  const std::vector<Port*>* members = SessionOf(topology, batch.slot);
  if (members == nullptr) {
    Flood(batch, from, head, frame, delivery);
    return true;
  }
  // A frame between addresses of one session never needed the switch.
  if (members->front()->group() == from.group()) return false;
  batch.receiver = Receiver(*members, from.pair());
  // Where none can receive it is the first that counts the drop.
  if (batch.receiver == nullptr) batch.receiver = members->front();
  return ToReceiver(batch, frame, delivery);
}

bool Switch::ToReceiver(Batch& batch, const Frame& frame, Delivery& delivery) {
  batch.way = Batch::Way::kToReceiver;
  delivery.To(*batch.receiver, frame);
  return true;
}

void Switch::ToPeer(Batch& batch, Port& from, const EthernetHead& head, const Frame& frame,
                    Delivery& delivery) {
  if (LabPeer::Swallows(head)) {
    delivery.inbox().Take(frame);
    return;
  }
  peer_.Receive(from, frame, Alone(batch, from), delivery, batch.now_ns);
}

void Switch::ForwardFromUplink(const Batch& batch, std::span<const std::byte> frame, Delivery& delivery) {
  const MacNumber destination = ReadMac(frame.data());
  const MacNumber source = ReadMac(frame.data() + 6);
  const uint32_t now = batch.now_seconds;
  if (!IsMulticast(source) && source != kPeerMac && source != 0) addresses_.Learn(source, kUplinkSlot, now);

  std::optional<uint16_t> slot;
  if (!IsMulticast(destination)) slot = addresses_.Find(destination, now);
  if (slot == kUplinkSlot || destination == kPeerMac) return;
  const Frame whole{.head = frame, .body = {}, .body_offset = 0, .length = frame.size()};
  const uint16_t flow = FlowHash(frame);
  const auto deliver = [&](const std::vector<Port*>& members) {
    // Modulo here, so that a session whose pairs all receive gets each flow on the pair of that number.
    Port* receiver = Receiver(members, static_cast<uint16_t>(flow % members.size()));
    if (receiver != nullptr) delivery.To(*receiver, whole);
  };
  const std::vector<Port*>* known = SessionOf(*batch.topology, slot);
  if (known != nullptr)
    deliver(*known);
  else
    for (const std::vector<Port*>& members : batch.topology->groups) deliver(members);
}

const std::vector<Port*>* Switch::SessionOf(const Topology& topology, std::optional<uint16_t> slot) {
  if (!slot.has_value() || *slot >= topology.ports.size() || topology.ports[*slot] == nullptr) return nullptr;
  return &topology.groups[topology.group_of[*slot]];
}

void Switch::Flood(Batch& batch, Port& from, const EthernetHead& head, const Frame& frame,
                   Delivery& delivery) {
  if (!Alone(batch, from)) {
    for (const std::vector<Port*>& members : batch.topology->groups) {
      if (members.front()->group() == from.group()) continue;
      Port* receiver = Receiver(members, from.pair());
      if (receiver != nullptr) delivery.To(*receiver, frame);
    }
  } else {
    batch.peer_only = uplink_ == nullptr;
  }
  if (uplink_ != nullptr)
    uplink_->Send(frame);
  else
    ToPeer(batch, from, head, frame, delivery);
}

Port* Switch::Receiver(const std::vector<Port*>& members, uint16_t pair) {
  if (pair < members.size() && members[pair]->receives()) return members[pair];
  std::ptrdiff_t left = std::count_if(members.begin(), members.end(), [](const Port* port) { return port->receives(); });
  if (left == 0) return nullptr;
  left = pair % left;
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&left](const Port* port) { return port->receives() && left-- == 0; });
  // The last of them may have been disabled since they were counted.
  return found != members.end() ? *found : nullptr;
}

bool Switch::Alone(Batch& batch, const Port& port) {
  if (batch.alone.has_value()) return *batch.alone;
  const auto& groups = batch.topology->groups;
  batch.alone = std::none_of(groups.begin(), groups.end(), [&](const auto& group) {
    return group.front()->group() != port.group() &&
           std::any_of(group.begin(), group.end(), [](const Port* member) { return member->receives(); });
  });
  return *batch.alone;
}

uint64_t Switch::drops() const {
  const std::lock_guard lock(mutex_);
  uint64_t sum = drops_of_removed_ + (uplink_ != nullptr ? uplink_->drops() : 0);
  for (const std::shared_ptr<Port>& port : topology_->ports) {
    if (port != nullptr) sum += port->rx_drops().sum() + port->tx_drops().sum();
  }
  return sum;
}

}  // namespace doorbell
