#include "net/switch.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

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
  auto port = std::make_shared<Port>(slot, group);
  ports[slot] = port;
  Publish(std::move(ports));
  return port;
}

void Switch::RemovePort(const Port& port) {
  {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<Port>> ports = topology_->ports;
    if (port.slot() >= ports.size() || ports[port.slot()].get() != &port) return;
    drops_of_removed_ += port.rx_drops() + port.tx_drops();
    ports[port.slot()].reset();
    Publish(std::move(ports));
  }
  addresses_.Forget(port.slot());
  peer_.Forget(port.group());
}

void Switch::Publish(std::vector<std::shared_ptr<Port>> ports) {
  auto next = std::make_shared<Topology>();
  std::map<uint32_t, std::vector<Port*>> groups;
  for (const std::shared_ptr<Port>& port : ports) {
    if (port != nullptr) groups[port->group()].push_back(port.get());
  }
  for (auto& [group, members] : groups) next->groups.push_back(std::move(members));
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

bool Switch::Forward(Batch& batch, Port& from, const Frame& frame, Delivery& delivery) {
  // A port that was taken off the switch may still be served; its slot is somebody else's by now.
  if (from.slot() >= batch.topology->ports.size() || batch.topology->ports[from.slot()].get() != &from)
    return false;
  const EthernetHead head = ReadEthernetHead(frame);
  // Nobody may pose as the peer, and no station sends from a group address or from none.
  if (head.source != batch.source && !IsMulticast(head.source) && head.source != kPeerMac &&
      head.source != 0) {
    addresses_.Learn(head.source, from.slot(), batch.now_seconds);
    batch.source = head.source;
    // It may be what was looked up.
    batch.destination = 0;
  }

  if (head.destination == kPeerMac) {
    ToPeer(batch, from, head, frame, delivery);
    return true;
  }
  if (head.destination != batch.destination) {
    batch.destination = head.destination;
    batch.slot.reset();
    if (!IsMulticast(head.destination)) batch.slot = addresses_.Find(head.destination, batch.now_seconds);
  }
  Port* known = nullptr;
  if (batch.slot.has_value() && *batch.slot < batch.topology->ports.size())
    known = batch.topology->ports[*batch.slot].get();
  if (known == nullptr) {
    Flood(batch, from, head, frame, delivery);
    return true;
  }
  // A frame between addresses of one session never needed the switch.
  if (known->group() == from.group()) return false;
  Port* receiver = Receiver(*batch.topology, *known);
  delivery.To(receiver != nullptr ? *receiver : *known, frame);
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

void Switch::Flood(Batch& batch, Port& from, const EthernetHead& head, const Frame& frame,
                   Delivery& delivery) {
  for (const std::vector<Port*>& group : batch.topology->groups) {
    if (Alone(batch, from)) break;
    if (group.front()->group() == from.group()) continue;
    Port* receiver = Receiver(*batch.topology, *group.front());
    if (receiver != nullptr) delivery.To(*receiver, frame);
  }
  ToPeer(batch, from, head, frame, delivery);
}

Port* Switch::Receiver(const Topology& topology, Port& port) {
  if (port.receives()) return &port;
  for (const std::vector<Port*>& group : topology.groups) {
    if (group.front()->group() != port.group()) continue;
    const auto found =
        std::find_if(group.begin(), group.end(), [](const Port* member) { return member->receives(); });
    return found != group.end() ? *found : nullptr;
  }
  return nullptr;
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
  uint64_t sum = drops_of_removed_;
  for (const std::shared_ptr<Port>& port : topology_->ports) {
    if (port != nullptr) sum += port->rx_drops() + port->tx_drops();
  }
  return sum;
}

}  // namespace doorbell
