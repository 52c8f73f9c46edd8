#include "vfio/net_config.h"

#include <array>

#include "testing/test.h"

namespace doorbell::net_config_test {
namespace {

constexpr uint64_t kLength = 8;

struct FakeConfig final : CommonRegisters {
  Result<uint32_t> Read(uint32_t offset, uint32_t width) const override {
    if (gone) return Error{"EIO", "gone"};
    return width == 1 ? bytes[offset] : bytes[offset] | uint32_t{bytes[offset + 1]} << 8;
  }
  Status Write(uint32_t, uint32_t, uint32_t) const override { return Error{"EIO", "read only"}; }

  std::array<uint8_t, kLength> bytes = {0x52, 0x54, 0, 0, 1, 2, 1, 0};
  bool gone = false;
};

TEST("a function's address and link are read where it offers to tell them") {
  FakeConfig registers;
  const NetConfig config(registers, kLength, kNetMac | kNetStatus);
  CHECK(config.Mac() == MacNumber{0x525400000102});
  CHECK(config.LinkUp() == true);
  // Other bits of the status say nothing of the link.
  registers.bytes[6] = 2;
  CHECK(config.LinkUp() == false);
}

TEST("what a function does not offer, or has no room for, is unknown") {
  const FakeConfig registers;
  CHECK(!NetConfig(registers, kLength, 0).Mac().has_value());
  CHECK(!NetConfig(registers, kLength, 0).LinkUp().has_value());
  CHECK(!NetConfig(registers, 5, kNetMac).Mac().has_value());
  CHECK(!NetConfig(registers, 7, kNetStatus).LinkUp().has_value());
}

TEST("a function that does not answer tells nothing") {
  FakeConfig registers;
  registers.gone = true;
  CHECK(!NetConfig(registers, kLength, kNetMac).Mac().has_value());
  CHECK(!NetConfig(registers, kLength, kNetStatus).LinkUp().has_value());
}

}  // namespace
}  // namespace doorbell::net_config_test
