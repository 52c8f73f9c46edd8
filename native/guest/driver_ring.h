// The driver's half of one virtqueue in the format that was negotiated. What the calls do stands at
// SplitDriverRing.
#pragma once

#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

#include "guest/driver_slots.h"
#include "guest/packed_driver_ring.h"
#include "guest/split_driver_ring.h"

namespace doorbell {

class DriverRing {
 public:
  DriverRing(const DriverRingMemory& memory, const DriverRingOptions& options)
      : format_(options.packed ? Format(std::in_place_type<PackedDriverRing>, memory, options)
                               : Format(std::in_place_type<SplitDriverRing>, memory, options)) {}

  void Reset(uint32_t base) {
    Do([&](auto& ring) { ring.Reset(base); });
  }
  uint16_t slot_count() const {
    return Ask([](const auto& ring) { return ring.slot_count(); });
  }
  uint16_t free_slots() const {
    return Ask([](const auto& ring) { return ring.free_slots(); });
  }
  uint16_t in_flight() const {
    return Ask([](const auto& ring) { return ring.in_flight(); });
  }
  bool broken() const {
    return Ask([](const auto& ring) { return ring.broken(); });
  }
  uint16_t next_position() const {
    return Ask([](const auto& ring) { return ring.next_position(); });
  }
  uint16_t TakeSlot() {
    return Do([](auto& ring) { return ring.TakeSlot(); });
  }
  void OfferWritable(uint16_t slot, const Segment& buffer) {
    Do([&](auto& ring) { ring.OfferWritable(slot, buffer); });
  }
  void OfferReadable(uint16_t slot, std::span<const Segment> segments) {
    Do([&](auto& ring) { ring.OfferReadable(slot, segments); });
  }
  void OfferIndirect(uint16_t slot, std::span<const Segment> segments, std::byte* table,
                     uint64_t table_address) {
    Do([&](auto& ring) { ring.OfferIndirect(slot, segments, table, table_address); });
  }
  [[nodiscard]] bool Publish() {
    return Do([](auto& ring) { return ring.Publish(); });
  }
  UsedSlot PopUsed() {
    return Do([](auto& ring) { return ring.PopUsed(); });
  }
  [[nodiscard]] bool EnableInterrupts(uint16_t after) {
    return Do([&](auto& ring) { return ring.EnableInterrupts(after); });
  }
  void DisableInterrupts() {
    Do([](auto& ring) { ring.DisableInterrupts(); });
  }

 private:
  using Format = std::variant<SplitDriverRing, PackedDriverRing>;

  template <typename Use>
  std::invoke_result_t<Use, SplitDriverRing&> Do(Use use) {
    if (auto* packed = std::get_if<PackedDriverRing>(&format_)) return use(*packed);
    return use(*std::get_if<SplitDriverRing>(&format_));
  }
  template <typename Use>
  std::invoke_result_t<Use, const SplitDriverRing&> Ask(Use use) const {
    if (const auto* packed = std::get_if<PackedDriverRing>(&format_)) return use(*packed);
    return use(*std::get_if<SplitDriverRing>(&format_));
  }

  Format format_;
};

}  // namespace doorbell
