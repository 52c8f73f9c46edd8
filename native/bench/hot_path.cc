// The software hot path without threads, sockets and clocks: a driver writes a burst into a tx ring, Forwarder::Serve
// takes it, the driver takes back what came. Run under callgrind it tells instructions per frame, which are the same
// on every machine that has the compiler; run alone it tells thread CPU time per frame.
//
//   native_hot_path sink|forward|echo BYTES FRAMES [packed]
//
// sink: to the lab peer, which swallows. forward: VM to VM. echo: to the lab peer and back.
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "net/ethernet.h"
#include "net/forwarder.h"
#include "net/net_header.h"
#include "testing/raw_packed_ring.h"

// The rings come from the tests; here a failed requirement ends the program.
void doorbell::testing::Fail(const char* file, int line, const std::string& what) {
  std::fprintf(stderr, "%s:%d: %s\n", file, line, what.c_str());
  std::exit(1);
}

namespace doorbell {
namespace {

using testing::kWrite;
using testing::RawPackedRing;
using testing::RawRing;

constexpr uint32_t kRingSize = 256;
constexpr uint32_t kBurst = 128;
constexpr uint64_t kFeatures = kVersion1 | kMrgRxbuf;
constexpr uint16_t kTypeLab = 0x88b5;
constexpr MacNumber kVmMac = 0x02'00'00'00'00'01;
constexpr MacNumber kOtherVmMac = 0x02'00'00'00'00'02;
constexpr MacNumber kNobodyMac = 0x02'00'00'00'00'99;

class Side final : public QueueSide {
 public:
  Side(const Domain& domain, Direction direction) : QueueSide(domain, direction, nullptr) {}
  void Wake() override {}
};

// One ring of a polling driver, which posts its buffers in turn and gets them back in order.
class Lane {
 public:
  Lane(bool packed, uint16_t flags) : packed_(packed), flags_(flags) {
    if (packed)
      packed_ring_.SetDriverEvent(0, RawPackedRing::kDisable);
    else
      split_ring_.SetAvailFlags(1);
  }

  RingConfig config() const { return packed_ ? packed_ring_.config() : split_ring_.config(); }
  const std::shared_ptr<GuestMemory>& memory() const {
    return packed_ ? packed_ring_.memory() : split_ring_.memory();
  }
  std::byte* Buffer(uint32_t index) const {
    return packed_ ? packed_ring_.Buffer(index) : split_ring_.Buffer(index);
  }
  void Post(uint32_t length) {
    const auto index = static_cast<uint16_t>(posted_++ % kRingSize);
    if (packed_)
      packed_ring_.OfferBuffer(index, length, flags_);
    else
      split_ring_.OfferBuffer(index, length, flags_);
  }
  // → buffers that came back since the last call.
  uint32_t Reap() {
    const uint32_t before = reaped_;
    if (!packed_) {
      reaped_ += static_cast<uint16_t>(split_ring_.used_idx() - static_cast<uint16_t>(reaped_));
      return reaped_ - before;
    }
    while (reaped_ != posted_ && packed_ring_.IsUsed(reaped_ % kRingSize, reaped_ / kRingSize % 2 == 0)) ++reaped_;
    return reaped_ - before;
  }

 private:
  const bool packed_;
  const uint16_t flags_;
  // The one that is not meant stays as it was made.
  RawRing split_ring_{kRingSize, kFeatures};
  RawPackedRing packed_ring_{kRingSize, kFeatures};
  uint32_t posted_ = 0;
  uint32_t reaped_ = 0;
};

// A VM of one queue pair.
class Vm {
 public:
  Vm(Switch& network, const Domain& domain, bool packed)
      : port(network.AddPort(nullptr)),
        rx_(packed, kWrite),
        tx_(packed, 0),
        rx_side_(std::make_shared<Side>(domain, Direction::kWritable)),
        tx_side_(std::make_shared<Side>(domain, Direction::kReadable)),
        tx_context_(QueueRole::kTx, port) {
    REQUIRE(rx_side_->ring().Start(rx_.config(), rx_.memory(), FirstBase(rx_.config().features)).ok());
    REQUIRE(tx_side_->ring().Start(tx_.config(), tx_.memory(), FirstBase(tx_.config().features)).ok());
    port->BindRx(rx_side_);
    port->SetEnabled(true);
    tx_context_.enabled.store(true);
    for (uint32_t i = 0; i < kRingSize; ++i) rx_.Post(RawRing::kBufferSize);
  }

  void Write(MacNumber to, MacNumber from, uint32_t bytes) {
    length_ = static_cast<uint32_t>(kMaxNetHeader + bytes);
    for (uint32_t i = 0; i < kRingSize; ++i) {
      std::byte* frame = tx_.Buffer(i) + kMaxNetHeader;
      std::memset(tx_.Buffer(i), 0, length_);
      WriteMac(frame, to);
      WriteMac(frame + 6, from);
      WriteBe16(frame + 12, kTypeLab);
    }
  }
  void Send(uint32_t count) {
    tx_.Reap();
    for (; count > 0; --count) tx_.Post(length_);
  }
  void Serve(Forwarder& forwarder) { forwarder.Serve(tx_context_, *tx_side_); }
  // → frames that came; their buffers are posted again.
  uint32_t Receive() {
    const uint32_t count = rx_.Reap();
    for (uint32_t i = 0; i < count; ++i) rx_.Post(RawRing::kBufferSize);
    return count;
  }

  const std::shared_ptr<Port> port;

 private:
  Lane rx_;
  Lane tx_;
  const std::shared_ptr<Side> rx_side_;
  const std::shared_ptr<Side> tx_side_;
  QueueContext tx_context_;
  uint32_t length_ = 0;
};

uint64_t ThreadCpuNs() {
  timespec now = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

int Run(const std::string& path, uint32_t bytes, uint64_t frames, bool packed) {
  const Domain domain;
  Switch network;
  Forwarder forwarder(network, domain);
  Vm vm(network, domain, packed);
  Vm other(network, domain, packed);
  if (path == "forward") {
    // The switch learns where the other VM is.
    other.Write(kNobodyMac, kOtherVmMac, bytes);
    other.Send(1);
    other.Serve(forwarder);
    vm.Receive();
  }
  vm.Write(path == "forward" ? kOtherVmMac : kPeerMac, kVmMac, bytes);
  if (path == "sink") {
    // Nobody else is there, and the peer has no answer to what is for somebody else.
    other.port->SetEnabled(false);
    vm.Write(kNobodyMac, kVmMac, bytes);
  }
  Vm& receiver = path == "forward" ? other : vm;

  uint64_t came = 0;
  uint64_t serving_ns = 0;
  for (uint64_t sent = 0; sent < frames; sent += kBurst) {
    vm.Send(kBurst);
    const uint64_t begin = ThreadCpuNs();
    vm.Serve(forwarder);
    serving_ns += ThreadCpuNs() - begin;
    came += receiver.Receive();
  }
  const uint64_t wanted = path == "sink" ? 0 : frames;
  std::printf("%s %u: %llu frames, %llu came, %.1f ns per frame\n", path.c_str(), bytes,
              static_cast<unsigned long long>(frames), static_cast<unsigned long long>(came),
              static_cast<double>(serving_ns) / static_cast<double>(frames));
  return came == wanted && network.drops() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace doorbell

int main(int argc, char** argv) {
  if (argc != 4 && argc != 5) {
    std::fprintf(stderr, "usage: %s sink|forward|echo BYTES FRAMES [packed]\n", argv[0]);
    return 2;
  }
  const auto bytes = static_cast<uint32_t>(std::strtoul(argv[2], nullptr, 10));
  const uint64_t frames = std::strtoull(argv[3], nullptr, 10) / doorbell::kBurst * doorbell::kBurst;
  return doorbell::Run(argv[1], bytes, frames, argc == 5);
}
