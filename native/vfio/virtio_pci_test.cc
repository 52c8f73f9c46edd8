#include "vfio/virtio_pci.h"

#include <array>
#include <cstring>

#include "testing/test.h"

namespace doorbell::virtio_pci_test {
namespace {

// Configuration space as QEMU's virtio-net-pci shows it, capability by capability.
class Config {
 public:
  Config() {
    Set16(0x06, 0x10);
    Set8(0x34, 0x98);
    AddMsix(0x98, 0x84, 4, 1);
    AddVirtio(0x84, 0x70, 1, 4, 0, 0x1000);
    AddVirtio(0x70, 0x60, 3, 4, 0x1000, 0x1000);
    AddVirtio(0x60, 0x48, 4, 4, 0x2000, 0x1000);
    AddVirtio(0x48, 0, 2, 4, 0x3000, 0x3000);
    Set8(0x48 + 2, 20);
    Set32(0x48 + 16, 0x1000);
  }

  void Set8(size_t at, uint8_t value) { std::memcpy(bytes_.data() + at, &value, sizeof value); }
  void Set16(size_t at, uint16_t value) { std::memcpy(bytes_.data() + at, &value, sizeof value); }
  void Set32(size_t at, uint32_t value) { std::memcpy(bytes_.data() + at, &value, sizeof value); }
  void AddVirtio(size_t at, uint8_t next, uint8_t type, uint8_t bar, uint32_t offset, uint32_t length) {
    Set8(at, 9);
    Set8(at + 1, next);
    Set8(at + 2, 16);
    Set8(at + 3, type);
    Set8(at + 4, bar);
    Set32(at + 8, offset);
    Set32(at + 12, length);
  }
  void AddMsix(size_t at, uint8_t next, uint16_t vectors, uint8_t bar) {
    Set8(at, 0x11);
    Set8(at + 1, next);
    Set16(at + 2, static_cast<uint16_t>(vectors - 1));
    Set32(at + 4, bar);
    Set32(at + 8, 0x800u | bar);
  }

  Result<VirtioPciLayout> Parse() const { return ParseVirtioPci(bytes_); }
  std::string Code() const {
    const Result<VirtioPciLayout> parsed = Parse();
    return parsed.ok() ? "ok" : parsed.error().code;
  }

 private:
  std::array<std::byte, 256> bytes_ = {};
};

TEST("a virtio function's capabilities tell where its structures are") {
  const Result<VirtioPciLayout> parsed = Config().Parse();
  REQUIRE(parsed.ok());
  const VirtioPciLayout& layout = parsed.value();
  CHECK_EQ(layout.common.offset, 0u);
  CHECK_EQ(layout.notify.offset, 0x3000u);
  CHECK_EQ(layout.notify_multiplier, 0x1000u);
  CHECK_EQ(layout.isr.offset, 0x1000u);
  REQUIRE(layout.device.has_value() && layout.msix.has_value());
  CHECK_EQ(layout.msix->vectors, 4u);
  CHECK_EQ(layout.msix->table.bar, 1u);
  CHECK_EQ(layout.msix->table.length, 64u);
  CHECK_EQ(layout.msix->pending.offset, 0x800u);
}

TEST("of two virtio capabilities of one kind the first is taken") {
  Config config;
  config.AddVirtio(0xb0, 0x98, 1, 2, 0x5000, 0x100);
  config.Set8(0x34, 0xb0);
  REQUIRE(config.Parse().ok());
  CHECK_EQ(config.Parse().value().common.bar, 2u);
}

TEST("a virtio capability with a reserved BAR is passed over") {
  Config config;
  config.AddVirtio(0xb0, 0x98, 1, 6, 0, 0x100);
  config.Set8(0x34, 0xb0);
  REQUIRE(config.Parse().ok());
  CHECK_EQ(config.Parse().value().common.bar, 4u);
}

TEST("a capability list that loops, or leads into the header, is refused") {
  Config loops;
  loops.Set8(0x48 + 1, 0x98);
  CHECK_EQ(loops.Code(), "pci-capabilities-invalid");
  Config into_header;
  into_header.Set8(0x48 + 1, 0x10);
  CHECK_EQ(into_header.Code(), "pci-capabilities-invalid");
}

TEST("a virtio capability that is cut off or describes nothing is refused") {
  Config shorter;
  shorter.Set8(0x48 + 2, 16);
  CHECK_EQ(shorter.Code(), "virtio-capability-invalid");
  Config at_the_end;
  at_the_end.Set8(0x34, 0xf8);
  at_the_end.AddVirtio(0xf0, 0, 1, 4, 0, 0x1000);
  at_the_end.Set8(0xf8, 9);
  at_the_end.Set8(0xfa, 16);
  at_the_end.Set8(0xfb, 1);
  CHECK_EQ(at_the_end.Code(), "virtio-capability-invalid");
  Config empty;
  empty.Set32(0x84 + 12, 0);
  CHECK_EQ(empty.Code(), "virtio-capability-invalid");
  Config half;
  half.Set32(0x84 + 12, 55);
  CHECK_EQ(half.Code(), "virtio-capability-invalid");
}

TEST("a function without a structure that is needed is no modern virtio function") {
  Config none;
  none.Set16(0x06, 0);
  CHECK_EQ(none.Code(), "virtio-capability-missing");
  Config no_notify;
  no_notify.Set8(0x48 + 3, 9);
  CHECK_EQ(no_notify.Code(), "virtio-capability-missing");
}

TEST("a notify multiplier that is no even power of two is refused; 0 is one doorbell for all") {
  for (const uint32_t bad : {1u, 3u, 0xffff'ffffu}) {
    Config config;
    config.Set32(0x48 + 16, bad);
    CHECK_EQ(config.Code(), "virtio-capability-invalid");
  }
  Config one;
  one.Set32(0x48 + 16, 0);
  CHECK(one.Parse().ok());
}

TEST("configuration space of any bytes is parsed or refused, never read beyond its end") {
  uint32_t seed = 1;
  for (int round = 0; round < 20'000; ++round) {
    Config config;
    for (int change = 0; change < 12; ++change) {
      seed = seed * 1664525 + 1013904223;
      config.Set8(seed >> 24, static_cast<uint8_t>(seed >> 8));
    }
    const Result<VirtioPciLayout> parsed = config.Parse();
    if (!parsed.ok()) continue;
    CHECK(parsed.value().common.bar < 6 && parsed.value().common.length >= 56);
  }
  CHECK(!ParseVirtioPci(Bytes()).ok());
}

}  // namespace
}  // namespace doorbell::virtio_pci_test
