#include "vfio/common_config.h"

#include <map>
#include <vector>

#include "testing/test.h"
#include "virtq/ring_config.h"

namespace doorbell::common_config_test {
namespace {

// A device's registers with the little behaviour that the driver waits for.
class FakeDevice final : public CommonRegisters {
 public:
  Result<uint32_t> Read(uint32_t offset, uint32_t width) const override {
    accesses.push_back({'r', offset, width, 0});
    if (offset == 4) return static_cast<uint32_t>(offered >> (32 * registers[0]));
    if (offset == 20 && refuses_features) return registers[20] & ~8u;
    if (offset == 24) return largest;
    if ((offset == 16 || offset == 26) && no_vector) return uint32_t{0xffff};
    if (offset == 58 && stuck) return uint32_t{1};
    return registers[offset];
  }
  Status Write(uint32_t offset, uint32_t width, uint32_t value) const override {
    accesses.push_back({'w', offset, width, value});
    registers[offset] = value;
    if (offset == 58) {
      registers[58] = 0;
      registers[28] = 0;
    }
    return {};
  }

  struct Access {
    char way;
    uint32_t offset;
    uint32_t width;
    uint32_t value;
  };
  size_t Place(uint32_t offset, uint32_t value) const {
    for (size_t i = 0; i < accesses.size(); ++i)
      if (accesses[i].way == 'w' && accesses[i].offset == offset && accesses[i].value == value) return i;
    return SIZE_MAX;
  }

  uint64_t offered = kVersion1 | kAccessPlatform | kRingReset | kMrgRxbuf;
  uint32_t largest = 256;
  bool refuses_features = false;
  bool no_vector = false;
  bool stuck = false;
  mutable std::vector<Access> accesses;
  mutable std::map<uint32_t, uint32_t> registers;
};

std::string CodeOf(const Status& status) { return status.ok() ? "ok" : status.error().code; }

constexpr DeviceRing kRing{128, 0x1'0000'1000, 0x2000, 0x3000, 2};

TEST("offered features are read in two halves") {
  const FakeDevice device;
  const Result<uint64_t> offered = CommonConfig(device).OfferedFeatures();
  REQUIRE(offered.ok());
  CHECK_EQ(offered.value(), device.offered);
}

TEST("negotiating ends in DRIVER_OK, in the order of the specification") {
  const FakeDevice device;
  CHECK_EQ(CodeOf(CommonConfig(device).Negotiate(kVersion1 | kMrgRxbuf, 0)), "ok");
  CHECK(device.Place(20, 3) < device.Place(12, static_cast<uint32_t>(kMrgRxbuf)));
  CHECK(device.Place(12, 1) < device.Place(20, 11));
  CHECK(device.Place(20, 11) < device.Place(20, 15));
}

TEST("changes of the configuration have their vector before the device begins") {
  const FakeDevice device;
  CHECK_EQ(CodeOf(CommonConfig(device).Negotiate(kVersion1, 3)), "ok");
  CHECK(device.Place(16, 3) < device.Place(20, 15));
  FakeDevice vectorless;
  vectorless.no_vector = true;
  CHECK_EQ(CodeOf(CommonConfig(vectorless).Negotiate(kVersion1, 3)), "no-vector");
  CHECK_EQ(vectorless.Place(20, 15), SIZE_MAX);
}

TEST("features that the device does not take are a named refusal") {
  FakeDevice device;
  device.refuses_features = true;
  CHECK_EQ(CodeOf(CommonConfig(device).Negotiate(kVersion1, 0)), "features-refused");
  CHECK_EQ(device.Place(20, 15), SIZE_MAX);
}

TEST("a queue is enabled last, with its addresses in halves and its vector confirmed") {
  const FakeDevice device;
  CHECK_EQ(CodeOf(CommonConfig(device).StartQueue(1, kRing)), "ok");
  CHECK(device.Place(22, 1) < device.Place(24, 128));
  CHECK(device.Place(32, 0x1000) < device.Place(36, 1));
  CHECK(device.Place(40, 0x2000) < device.Place(28, 1));
  CHECK(device.Place(48, 0x3000) < device.Place(28, 1));
  CHECK(device.Place(26, 2) < device.Place(28, 1));
  for (const FakeDevice::Access& access : device.accesses) CHECK(access.width == 2 || access.width == 4);
}

TEST("a queue that is too large, taken or without a vector is refused by name and not enabled") {
  FakeDevice device;
  device.largest = 64;
  CHECK_EQ(CodeOf(CommonConfig(device).StartQueue(0, kRing)), "queue-too-large");
  FakeDevice vectorless;
  vectorless.no_vector = true;
  CHECK_EQ(CodeOf(CommonConfig(vectorless).StartQueue(0, kRing)), "no-vector");
  FakeDevice taken;
  taken.registers[28] = 1;
  CHECK_EQ(CodeOf(CommonConfig(taken).StartQueue(0, kRing)), "queue-in-use");
  CHECK_EQ(device.Place(28, 1), SIZE_MAX);
  CHECK_EQ(vectorless.Place(28, 1), SIZE_MAX);
}

TEST("stopping a queue waits until the device says so, and says when it never does") {
  FakeDevice device;
  device.registers[28] = 1;
  CHECK_EQ(CodeOf(CommonConfig(device).StopQueue(1)), "ok");
  device.stuck = true;
  CHECK_EQ(CodeOf(CommonConfig(device).StopQueue(1)), "ETIMEDOUT");
}

}  // namespace
}  // namespace doorbell::common_config_test
