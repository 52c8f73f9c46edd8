#include "vfio/receive_filter.h"

#include <algorithm>

#include "testing/bytes.h"
#include "testing/test.h"
#include "vfio/control_queue.h"

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
      if (refuses == command_class) return Status(Error{code, "no"});
      Bytes sent = {command_class, command};
      std::transform(data.begin(), data.end(), std::back_inserter(sent), [](std::byte b) { return static_cast<uint8_t>(b); });
      commands.push_back(std::move(sent));
      return Status();
    });
  }
  std::vector<Bytes> commands;
  std::optional<uint8_t> refuses;
  std::string code = kCommandRefused;
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

TEST("a device that has no filter is told nothing and stays as its reset left it") {
  for (const uint64_t features : {kNetCtrlVq, kNetCtrlVq | kNetCtrlMacAddr}) {
    Device device;
    CHECK(device.Set(features, kGuest).value() == Receives::kAsReset);
    CHECK(device.Set(features, std::nullopt).value() == Receives::kAsReset);
    CHECK(device.commands.empty());
  }
}

TEST("a device that refuses another address takes everything") {
  Device device;
  device.refuses = 1;
  CHECK(device.Set(kAll, kGuest).value() == Receives::kEverything);
  CHECK(device.commands == std::vector({kPromiscuous}));
}

TEST("a device that refuses a filter, or does not answer, is an error") {
  Device device;
  device.refuses = 0;
  CHECK(!device.Set(kAll, kGuest).ok());
  CHECK(!device.Set(kAll, std::nullopt).ok());
  device.refuses = 1;
  device.code = "ETIMEDOUT";
  CHECK(!device.Set(kAll, kGuest).ok());
}

}  // namespace
}  // namespace doorbell::receive_filter_test
