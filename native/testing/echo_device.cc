#include "testing/echo_device.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "io/eventfd.h"
#include "io/memfd.h"
#include "testing/test.h"

namespace doorbell::testing {
namespace {

constexpr size_t kNetHeader = 12;
constexpr size_t kAddressBytes = 6;
constexpr uint16_t kNoDoorbell = 0xffff;
constexpr uint64_t kFaultEvery = 16;

}  // namespace

EchoDevice::EchoDevice(SimulatedGuest& guest, uint64_t features, uint16_t base, Fault fault)
    : guest_(guest), fault_(fault), held_back_(guest.pair_count()) {
  std::vector<RegionSpec> specs;
  for (const GuestRegion& region : guest.regions())
    specs.push_back(
        {region.guest_address, region.size, region.frontend_address, region.mmap_offset, guest.memory_fd()});
  auto memory = GuestMemory::Map(specs);
  REQUIRE(memory.ok());
  memory_ = std::move(memory).value();
  for (uint32_t queue = 0; queue < guest.queue_count(); ++queue) {
    const SimulatedGuest::RingAddresses at = guest.ring(queue);
    const RingConfig config{at.size, at.desc, at.avail, at.used, AddressSpace::kFrontend, features};
    auto ring = SplitRing::Attach(config, *memory_, base, std::nullopt);
    REQUIRE(ring.ok());
    rings_.push_back(std::move(ring).value());
    rings_.back().SignalNext();
  }
  auto pages = CreateMemfd("echo-device-pages", PageSize() * guest.queue_count());
  REQUIRE(pages.ok());
  pages_fd_ = std::move(pages).value();
  auto mapping = ScopedMmap::MapShared(pages_fd_.get(), 0, PageSize() * guest.queue_count());
  REQUIRE(mapping.ok());
  pages_ = std::move(mapping).value();
  std::fill_n(pages_.data(), pages_.size(), std::byte{0xff});
  auto stop = CreateEventfd();
  REQUIRE(stop.ok());
  stop_fd_ = std::move(stop).value();
  thread_ = std::thread([this] { Loop(); });
}

EchoDevice::~EchoDevice() {
  stop_.store(true);
  CHECK(SignalEventfd(stop_fd_.get()).ok());
  thread_.join();
}

void EchoDevice::Loop() {
  while (!stop_.load()) {
    bool any = TakeDoorbells();
    for (uint32_t pair = 0; pair < guest_.pair_count(); ++pair) any |= ServePair(pair);
    if (any) continue;
    for (SplitRing& ring : rings_) any |= ring.EnableNotifications();
    if (!any) Wait();
  }
}

bool EchoDevice::TakeDoorbells() {
  bool any = false;
  for (uint32_t queue = 0; queue < guest_.queue_count(); ++queue) {
    auto* page = reinterpret_cast<uint16_t*>(pages_.data() + PageSize() * queue);
    const uint16_t rung = std::atomic_ref<uint16_t>(*page).exchange(kNoDoorbell);
    if (rung == kNoDoorbell) continue;
    any = true;
    doorbells_.fetch_add(1);
    if (rung != queue) content_.store(false);
  }
  return any;
}

void EchoDevice::Wait() {
  std::vector<pollfd> fds{{stop_fd_.get(), POLLIN, 0}};
  for (uint32_t queue = 0; queue < guest_.queue_count(); ++queue)
    fds.push_back({guest_.kick_fd(queue), POLLIN, 0});
  // A millisecond at most: pages cannot wake anybody.
  poll(fds.data(), fds.size(), 1);
  uint64_t count = 0;
  for (const pollfd& fd : fds)
    if ((fd.revents & POLLIN) != 0) [[maybe_unused]]
      const ssize_t got = read(fd.fd, &count, sizeof count);
}

bool EchoDevice::ServePair(uint32_t pair) {
  SplitRing& tx = rings_[2 * pair + 1];
  SplitRing& rx = rings_[2 * pair];
  tx.DisableNotifications();
  ChainBatch batch;
  if (tx.Take(batch, ChainBatch::kMaxChains, Direction::kReadable) != BreakCode::kNone) content_.store(false);
  for (size_t i = 0; i < batch.count; ++i) {
    Frame frame;
    for (const HostBuffer& buffer : batch.Readable(batch.chains[i]))
      frame.insert(frame.end(), buffer.data, buffer.data + buffer.length);
    tx.Complete(batch.chains[i], 0);
    Return(pair, std::move(frame));
  }
  if (rx.Publish()) CHECK(SignalEventfd(guest_.call_fd(2 * pair)).ok());
  if (tx.Publish()) CHECK(SignalEventfd(guest_.call_fd(2 * pair + 1)).ok());
  return batch.count > 0;
}

void EchoDevice::Return(uint32_t pair, Frame frame) {
  if (frame.size() < kNetHeader + 2 * kAddressBytes) {
    content_.store(false);
    return;
  }
  // VIRTIO_NET: num_buffers is 1, then the addresses change places.
  frame[10] = std::byte{1};
  std::swap_ranges(&frame[kNetHeader], &frame[kNetHeader + kAddressBytes],
                   &frame[kNetHeader + kAddressBytes]);
  const uint32_t length = static_cast<uint32_t>(frame.size());
  const bool faulty = echoed_.fetch_add(1) % kFaultEvery == kFaultEvery - 1;
  Frame late = std::exchange(held_back_[pair], {});
  switch (faulty ? fault_ : Fault::kNone) {
    case Fault::kNone:
      Deliver(pair, frame, length);
      break;
    case Fault::kDrop:
      break;
    case Fault::kDuplicate:
      Deliver(pair, frame, length);
      Deliver(pair, frame, length);
      break;
    case Fault::kSwap:
      held_back_[pair] = std::move(frame);
      break;
    case Fault::kFlipBit:
      frame.back() ^= std::byte{1};
      Deliver(pair, frame, length);
      break;
    case Fault::kWrongLength:
      Deliver(pair, frame, 0x7fffffff);
      break;
    case Fault::kWrongId:
      Deliver(pair, frame, length);
      rings_[2 * pair].Complete(Chain{.id = 0xffff}, length);
      break;
    case Fault::kIndexJump:
      Deliver(pair, frame, length);
      for (uint32_t i = 0; !jumped_ && i < 2 * guest_.ring(2 * pair).size; ++i)
        rings_[2 * pair].Complete(Chain{}, length);
      jumped_ = true;
      break;
  }
  if (!late.empty()) Deliver(pair, late, static_cast<uint32_t>(late.size()));
}

void EchoDevice::Deliver(uint32_t pair, const Frame& frame, uint32_t claimed) {
  ChainBatch batch;
  SplitRing& rx = rings_[2 * pair];
  if (rx.TakeOne(batch, Direction::kWritable) != BreakCode::kNone || batch.count == 0 ||
      batch.chains[0].writable_bytes < frame.size()) {
    content_.store(false);
    return;
  }
  size_t done = 0;
  for (const HostBuffer& buffer : batch.Writable(batch.chains[0])) {
    const size_t part = std::min<size_t>(buffer.length, frame.size() - done);
    std::memcpy(buffer.data, frame.data() + done, part);
    done += part;
  }
  rx.Complete(batch.chains[0], claimed);
}

}  // namespace doorbell::testing
