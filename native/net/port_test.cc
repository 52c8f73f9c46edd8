#include "net/port.h"

#include "testing/raw_vm.h"
#include "testing/test.h"

namespace doorbell::port_test {
namespace {

using testing::Bytes;
using testing::RawVm;

// Frames that are numbered by their first byte.
class Sender {
 public:
  explicit Sender(const Domain& self) : delivery_(self) {}
  void Send(Port& port, uint8_t number, size_t length = 60) {
    const std::vector<std::byte> bytes(length, static_cast<std::byte>(number));
    delivery_.To(port, Frame{.head = bytes, .body = {}, .body_offset = 0, .length = length});
  }
  void Flush() { delivery_.Flush(); }
  void Settle(Port& port) { delivery_.Settle(port); }

 private:
  Delivery delivery_;
};

Bytes Numbers(const std::vector<Bytes>& frames) {
  Bytes numbers;
  for (const Bytes& frame : frames) numbers.push_back(frame[0]);
  return numbers;
}

TEST("a frame of the owning domain goes straight into a posted buffer, behind its header") {
  Switch network;
  const Domain engine;
  RawVm vm(network, engine);
  vm.Post(4);
  Sender sender(engine);
  sender.Send(*vm.port, 7);
  CHECK_EQ(vm.rx.used_idx(), 0);
  sender.Flush();
  const auto frames = vm.Receive();
  REQUIRE(frames.size() == 1);
  CHECK_EQ(frames[0].size(), 60u);
  CHECK(vm.last_header == (Bytes{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0}));
}

TEST("of a batch longer than what was posted the driver is shown what is full before the batch ends") {
  Switch network;
  const Domain engine;
  RawVm vm(network, engine);
  vm.Post(RawVm::kRingSize);
  Sender sender(engine);
  for (uint8_t i = 0; i <= RawVm::kRingSize; ++i) sender.Send(*vm.port, i);
  CHECK_EQ(vm.rx.used_idx(), RawVm::kRingSize);
  vm.Post(1);
  sender.Flush();
  CHECK_EQ(vm.rx.used_idx(), RawVm::kRingSize + 1);
}

TEST("a legacy driver gets the short header") {
  Switch network;
  const Domain engine;
  RawVm vm(network, engine, 0);
  vm.Post(1);
  Sender sender(engine);
  sender.Send(*vm.port, 7);
  sender.Flush();
  CHECK_EQ(vm.rx.used_length(0), 70u);
  CHECK_EQ(vm.Receive().size(), 1u);
  CHECK_EQ(vm.last_header.size(), 10u);
}

TEST("with MRG_RXBUF a long frame is spread over buffers that the header counts") {
  Switch network;
  const Domain engine;
  RawVm vm(network, engine, kVersion1 | kMrgRxbuf);
  vm.Post(4, 100);
  Sender sender(engine);
  sender.Send(*vm.port, 7, 250);
  sender.Flush();
  CHECK_EQ(vm.rx.used_idx(), 3);
  CHECK_EQ(vm.rx.used_length(0), 100u);
  CHECK_EQ(vm.rx.used_length(2), 62u);
  CHECK_EQ(static_cast<int>(vm.rx.Buffer(0)[10]), 3);
}

TEST("with MRG_RXBUF a frame waits until all of its buffers are posted") {
  Switch network;
  const Domain engine;
  RawVm vm(network, engine, kVersion1 | kMrgRxbuf);
  vm.Post(2, 100);
  Sender sender(engine);
  sender.Send(*vm.port, 7, 250);
  sender.Flush();
  CHECK_EQ(vm.rx.used_idx(), 0);
  vm.Post(1, 100);
  sender.Settle(*vm.port);
  CHECK_EQ(vm.rx.used_idx(), 3);
  CHECK_EQ(vm.port->rx_drops().sum(), 0u);
}

TEST("without MRG_RXBUF a frame longer than the buffer is dropped and the buffer stays the guest's") {
  Switch network;
  const Domain engine;
  RawVm vm(network, engine);
  vm.Post(1, 100);
  Sender sender(engine);
  sender.Send(*vm.port, 1, 200);
  sender.Send(*vm.port, 2, 60);
  sender.Flush();
  CHECK_EQ(vm.port->rx_drops().sum(), 1u);
  CHECK(Numbers(vm.Receive()) == Bytes{2});
}

TEST("frames without buffers are held in order and placed when the guest posts and notifies") {
  Switch network;
  const Domain engine;
  RawVm vm(network, engine, kVersion1 | kEventIdx);
  vm.Post(1);
  Sender sender(engine);
  for (uint8_t i = 0; i < 3; ++i) sender.Send(*vm.port, i);
  sender.Flush();
  CHECK(Numbers(vm.Receive()) == Bytes{0});
  // Starved: the next buffer shall come with a kick.
  CHECK_EQ(vm.rx.avail_event(), 1);
  vm.Post(4);
  sender.Settle(*vm.port);
  CHECK(Numbers(vm.Receive()) == (Bytes{1, 2}));
}

TEST("frames of the other domain are held, and the owner is woken") {
  Switch network;
  const Domain engine;
  const Domain device{.watches_rx_buffers = true};
  RawVm vm(network, device);
  vm.Post(8);
  Sender from_engine(engine);
  from_engine.Send(*vm.port, 1);
  from_engine.Send(*vm.port, 2);
  from_engine.Flush();
  CHECK_EQ(vm.Receive().size(), 0u);
  CHECK_EQ(vm.rx_side->wakes, 1);
  Sender from_device(device);
  from_device.Send(*vm.port, 3);
  from_device.Flush();
  CHECK(Numbers(vm.Receive()) == (Bytes{1, 2, 3}));
}

TEST("an rx ring that changes hands keeps the order of what is held") {
  Switch network;
  const Domain engine;
  const Domain device{.watches_rx_buffers = true};
  RawVm vm(network, device);
  vm.Post(8);
  Sender from_engine(engine);
  from_engine.Send(*vm.port, 1);
  from_engine.Flush();
  const auto engine_side = std::make_shared<testing::RawSide>(engine, Direction::kWritable);
  REQUIRE(vm.port->HandOverRx(engine_side).ok());
  from_engine.Send(*vm.port, 2);
  from_engine.Flush();
  CHECK(Numbers(vm.Receive()) == (Bytes{1, 2}));
}

TEST("what does not fit among the held frames is dropped and counted") {
  Switch network;
  const Domain engine;
  RawVm vm(network, engine);
  Sender sender(engine);
  for (size_t i = 0; i < Port::kMaxHeldFrames + 5; ++i) sender.Send(*vm.port, 1);
  sender.Flush();
  CHECK_EQ(vm.port->rx_drops().sum(), 5u);
}

TEST("a disabled port drops and counts") {
  Switch network;
  const Domain engine;
  RawVm vm(network, engine);
  vm.Post(2);
  vm.port->SetEnabled(false);
  Sender sender(engine);
  sender.Send(*vm.port, 1);
  sender.Flush();
  CHECK_EQ(vm.port->rx_drops().sum(), 1u);
  CHECK_EQ(vm.rx.used_idx(), 0);
}

TEST("what is held for a port that was disabled meanwhile is dropped") {
  Switch network;
  const Domain engine;
  RawVm vm(network, engine);
  Sender sender(engine);
  sender.Send(*vm.port, 1);
  sender.Flush();
  vm.port->SetEnabled(false);
  vm.Post(2);
  sender.Settle(*vm.port);
  CHECK_EQ(vm.rx.used_idx(), 0);
  CHECK_EQ(vm.port->rx_drops().sum(), 1u);
}

TEST("what is held for a driver that is gone is dropped") {
  Switch network;
  const Domain engine;
  RawVm vm(network, engine);
  Sender sender(engine);
  sender.Send(*vm.port, 1);
  sender.Flush();
  vm.port->UnbindRx();
  CHECK_EQ(vm.port->rx_drops().sum(), 1u);
  CHECK(!vm.port->receives());
  sender.Send(*vm.port, 2);
  sender.Flush();
  CHECK_EQ(vm.port->rx_drops().sum(), 2u);
}

TEST("a hostile receive buffer breaks its ring and the frame is dropped") {
  Switch network;
  const Domain engine;
  RawVm vm(network, engine);
  vm.rx.OfferBuffer(0, 60);
  Sender sender(engine);
  sender.Send(*vm.port, 1);
  sender.Flush();
  CHECK(vm.rx_side->ring().broken() == BreakCode::kDirectionInvalid);
  CHECK_EQ(vm.port->rx_drops().sum(), 1u);
}

TEST("the engine does not ask for kicks while it has buffers") {
  Switch network;
  const Domain engine;
  RawVm vm(network, engine);
  vm.Post(4);
  Sender sender(engine);
  sender.Settle(*vm.port);
  CHECK_EQ(vm.rx.used_flags(), 1);
}

TEST("a device asks for a doorbell beyond every buffer that it has seen") {
  Switch network;
  const Domain device{.watches_rx_buffers = true};
  RawVm vm(network, device, kVersion1 | kEventIdx);
  Sender sender(device);
  vm.Post(4);
  sender.Settle(*vm.port);
  CHECK_EQ(vm.rx.avail_event(), 4);
  vm.Post(2);
  sender.Send(*vm.port, 1);
  sender.Flush();
  CHECK_EQ(vm.rx.avail_event(), 6);
}

}  // namespace
}  // namespace doorbell::port_test
