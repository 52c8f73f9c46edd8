#include "vfio/receive_filter.h"

#include <algorithm>

#include "testing/bytes.h"
#include "testing/test.h"

namespace doorbell::receive_filter_test {
namespace {

using testing::Bytes;

constexpr uint64_t kAll = kNetCtrlVq | kNetCtrlRx | kNetCtrlMacAddr;
constexpr MacNumber kGuest = 0x525400000102;
const Bytes kSetAddress = {1, 1, 0x52, 0x54, 0, 0, 1, 2};
const Bytes kAllMulticast = {0, 1, 1};
const Bytes kPromiscuous = {0, 0, 1};
const Bytes kNotPromiscuous = {0, 0, 0};

struct Device {
  Result<Receives> Set(uint64_t features, std::optional<MacNumber> mac) {
    return SetReceiveFilter(features, mac, [this](uint8_t command_class, uint8_t command, std::span<const std::byte> data) {
      if (refuses == command_class) return Status(Error{"command-refused", "no"});
      Bytes sent = {command_class, command};
      std::transform(data.begin(), data.end(), std::back_inserter(sent), [](std::byte b) { return static_cast<uint8_t>(b); });
      commands.push_back(std::move(sent));
      return Status();
    });
  }
  std::vector<Bytes> commands;
  std::optional<uint8_t> refuses;
};

TEST("a guest's address becomes the device's, which takes frames for it and all groups") {
  Device device;
  const Result<Receives> now = device.Set(kAll, kGuest);
  CHECK(now.ok() && now.value() == Receives::kAddress);
  CHECK(device.commands == std::vector({kSetAddress, kAllMulticast, kNotPromiscuous}));
}

TEST("where no address is known the device takes everything") {
  Device device;
  CHECK(device.Set(kAll, std::nullopt).value() == Receives::kEverything);
  CHECK(device.commands == std::vector({kPromiscuous}));
}

TEST("a device that cannot be told an address takes everything") {
  Device device;
  CHECK(device.Set(kNetCtrlVq | kNetCtrlRx, kGuest).value() == Receives::kEverything);
}

TEST("a device that has no filter is told the address alone") {
  Device device;
  CHECK(device.Set(kNetCtrlVq | kNetCtrlMacAddr, kGuest).value() == Receives::kAddress);
  CHECK(device.commands == std::vector({kSetAddress}));
}

TEST("a device that can be told nothing stays as its reset left it") {
  Device device;
  CHECK(device.Set(kNetCtrlVq, kGuest).value() == Receives::kAsReset);
  CHECK(device.Set(kNetCtrlVq, std::nullopt).value() == Receives::kAsReset);
  CHECK(device.commands.empty());
}

TEST("a device that refuses a command is an error, whichever it is") {
  for (const uint8_t refused : {uint8_t{0}, uint8_t{1}}) {
    Device device;
    device.refuses = refused;
    CHECK(!device.Set(kAll, kGuest).ok());
  }
}

}  // namespace
}  // namespace doorbell::receive_filter_test
