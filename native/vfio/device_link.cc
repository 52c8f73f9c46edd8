#include "vfio/device_link.h"

#include <fcntl.h>
#include <sched.h>

#include <cerrno>
#include <limits>
#include <utility>

#include "io/eventfd.h"
#include "net/port.h"
#include "virtq/now.h"

namespace doorbell {

namespace {

// After so many frames receivers see what came.
constexpr int kBatch = 32;
// A device that works sends what it has in microseconds; the guest's ring waits meanwhile.
constexpr uint64_t kSettleNs = 10'000'000;

// One that is served by no thread, for frames that are brought by a command.
const Domain kNobody;

}  // namespace

// What its worker watches, one for each of the device's interrupts.
class DeviceLink::Receiver final : public WorkerClient, public std::enable_shared_from_this<Receiver> {
 public:
  Receiver(std::shared_ptr<DeviceLink> link, std::shared_ptr<Worker> worker)
      : link_(std::move(link)), worker_(std::move(worker)) {}

  Served Kicked(Forwarder& forwarder, bool) override { return Look(forwarder); }
  Served Look(Forwarder& forwarder) override { return link_->Receive(forwarder.delivery()); }
  Served Guard(Forwarder&) override { return Served::kNothing; }
  bool Rest() override { return !link_->AskForFrames(); }
  void Wake() override { worker_->Poke(shared_from_this()); }

 private:
  const std::shared_ptr<DeviceLink> link_;
  const std::shared_ptr<Worker> worker_;
};

class DeviceLink::Completer final : public WorkerClient {
 public:
  explicit Completer(std::shared_ptr<DeviceLink> link) : link_(std::move(link)) {}

  Served Kicked(Forwarder&, bool) override {
    link_->WakeSenders();
    return Served::kNothing;
  }
  Served Look(Forwarder&) override { return Served::kNothing; }
  Served Guard(Forwarder&) override { return Served::kNothing; }
  bool Rest() override { return false; }
  void Wake() override {}

 private:
  const std::shared_ptr<DeviceLink> link_;
};

Result<std::shared_ptr<DeviceLink>> DeviceLink::Create() {
  std::shared_ptr<DeviceLink> link(new DeviceLink());
  for (ScopedFd& signal : link->signals_) {
    Result<ScopedFd> made = CreateEventfd();
    if (!made.ok()) return made.error();
    signal = std::move(made).value();
  }
  return link;
}

Status DeviceLink::Serve(std::shared_ptr<Port> port, std::shared_ptr<Worker> worker, const Domain& domain) {
  {
    const CommandLock lock(receive_mutex_);
    port_ = std::move(port);
    domain_ = &domain;
  }
  worker_ = std::move(worker);
  const std::array<std::shared_ptr<WorkerClient>, 2> clients = {
      std::make_shared<Receiver>(shared_from_this(), worker_), std::make_shared<Completer>(shared_from_this())};
  for (size_t queue = 0; queue < clients.size(); ++queue) {
    ScopedFd own(fcntl(signals_[queue].get(), F_DUPFD_CLOEXEC, 0));
    if (!own.valid()) return ErrnoError(errno, "duplicate an eventfd");
    const Result<uint64_t> key = worker_->Watch(clients[queue], std::move(own));
    if (!key.ok()) return key.error();
    keys_[queue] = key.value();
  }
  return {};
}

void DeviceLink::Leave() {
  if (worker_ == nullptr) return;
  for (uint64_t& key : keys_)
    if (key != 0) worker_->Unwatch(std::exchange(key, 0));
  worker_.reset();
  const CommandLock lock(receive_mutex_);
  port_.reset();
}

size_t DeviceLink::MemoryBytes(uint64_t features) {
  return ReceiveRing::ShapeFor(features).Bytes() + TransmitRing::ShapeFor(features).Bytes();
}

void DeviceLink::Place(std::byte* memory, uint64_t iova, uint64_t features) {
  const BounceRing::Shape receives = ReceiveRing::ShapeFor(features);
  {
    const CommandLock lock(receive_mutex_);
    receive_.emplace(memory, iova, receives, features);
  }
  const CommandLock lock(transmit_mutex_);
  transmit_.emplace(memory + receives.Bytes(), iova + receives.Bytes(), TransmitRing::ShapeFor(features), features);
}

DeviceRing DeviceLink::Fresh(uint16_t queue) {
  if (queue == kReceive) {
    const CommandLock lock(receive_mutex_);
    receive_->Reset();
    // Its doorbell is rung in any case: the device has not looked yet.
    [[maybe_unused]] const bool wanted = receive_->Refill();
    return receive_->areas();
  }
  const CommandLock lock(transmit_mutex_);
  transmit_->Reset();
  transmit_->DisableInterrupts();
  return transmit_->areas();
}

void DeviceLink::Begin(uint16_t queue, Device device) {
  device.ring_doorbell();
  if (queue == kReceive) {
    const CommandLock lock(receive_mutex_);
    receives_ = std::move(device);
    return;
  }
  {
    const CommandLock lock(transmit_mutex_);
    sends_ = std::move(device);
  }
  WakeSenders();
}

void DeviceLink::Settle(uint16_t queue) {
  if (queue != kTransmit) return;
  const uint64_t begin = NowNs();
  for (;;) {
    {
      const CommandLock lock(transmit_mutex_);
      sends_.reset();
      transmit_->Room();
      if (transmit_->in_flight() == 0 || transmit_->broken()) return;
    }
    if (NowNs() - begin > kSettleNs) return;
    sched_yield();
  }
}

void DeviceLink::End(uint16_t queue) {
  if (queue == kReceive) {
    const CommandLock lock(receive_mutex_);
    receives_.reset();
    Delivery delivery(kNobody);
    DeliverFrames(delivery, std::numeric_limits<int>::max());
    return;
  }
  {
    const CommandLock lock(transmit_mutex_);
    sends_.reset();
    transmit_->Room();
    lost_.fetch_add(transmit_->in_flight(), std::memory_order_relaxed);
    transmit_->Reset();
  }
  // Who waits for room is told that there is no device any more.
  WakeSenders();
}

void DeviceLink::AddSender(std::weak_ptr<QueueSide> sender) {
  const CommandLock lock(transmit_mutex_);
  std::erase_if(senders_, [](const auto& known) { return known.expired(); });
  senders_.push_back(std::move(sender));
}

void DeviceLink::WakeSenders() {
  std::vector<std::weak_ptr<QueueSide>> senders;
  {
    const BatchLock lock(transmit_mutex_);
    senders = senders_;
  }
  for (const std::weak_ptr<QueueSide>& sender : senders)
    if (const std::shared_ptr<QueueSide> side = sender.lock()) side->Wake();
}

size_t DeviceLink::Room() {
  const BatchLock lock(transmit_mutex_);
  // Without a device frames are dropped, like on a cable that is not plugged in.
  if (!sends_.has_value() || transmit_->broken()) return std::numeric_limits<size_t>::max();
  for (;;) {
    const size_t room = transmit_->Room();
    if (room > 0) {
      transmit_->DisableInterrupts();
      return room;
    }
    if (transmit_->broken()) return std::numeric_limits<size_t>::max();
    if (transmit_->AskForRoom()) return 0;
  }
}

void DeviceLink::NoteSource(const Frame& frame) {
  const MacNumber source = frame.length < kEthernetHeader ? 0 : ParseEthernetHead(CopyEthernetHead(frame)).source;
  for (MacNumber& known : addresses_) {
    if (known == source) return;
    if (known != 0) continue;
    if (!IsMulticast(source)) known = source;
    return;
  }
}

std::vector<MacNumber> DeviceLink::Addresses(size_t limit) {
  const CommandLock lock(transmit_mutex_);
  std::vector<MacNumber> found;
  for (const MacNumber known : addresses_)
    if (known != 0 && found.size() < limit) found.push_back(known);
  return found;
}

bool DeviceLink::Send(const Frame& frame) {
  const BatchLock lock(transmit_mutex_);
  NoteSource(frame);
  // Several senders may have been told of the same room.
  if (!sends_.has_value() || transmit_->broken() || transmit_->Room() == 0) return false;
  return transmit_->Put(frame);
}

void DeviceLink::Flush() {
  const BatchLock lock(transmit_mutex_);
  if (!sends_.has_value()) return;
  if (transmit_->broken())
    std::exchange(sends_, std::nullopt)->broke();
  else if (transmit_->Publish())
    sends_->ring_doorbell();
}

int DeviceLink::DeliverFrames(Delivery& delivery, int limit) {
  if (!receive_.has_value()) return 0;
  int count = 0;
  for (; count < limit; ++count) {
    Frame frame;
    const ReceiveRing::Received kind = receive_->Next(frame);
    if (kind == ReceiveRing::Received::kNothing) break;
    if (kind == ReceiveRing::Received::kFrame && port_ != nullptr) delivery.To(*port_, frame);
  }
  // Before the buffers are the device's again.
  delivery.Flush();
  return count;
}

Served DeviceLink::Receive(Delivery& delivery) {
  const BatchLock lock(receive_mutex_);
  if (!receives_.has_value()) return Served::kNothing;
  const int count = DeliverFrames(delivery, kBatch);
  if (receive_->broken()) {
    std::exchange(receives_, std::nullopt)->broke();
    return Served::kNothing;
  }
  if (count == 0) return Served::kNothing;
  // It is looked at from now on, until AskForFrames().
  receive_->DisableInterrupts();
  if (receive_->Refill()) receives_->ring_doorbell();
  return count == kBatch ? Served::kMore : Served::kAll;
}

bool DeviceLink::AskForFrames() {
  const BatchLock lock(receive_mutex_);
  return !receives_.has_value() || receive_->EnableInterrupts();
}

}  // namespace doorbell
