// The device side of one virtqueue in the format that its features say: a closed sum, so that a batch costs one
// branch that is always the same, and no indirect call. What the calls do stands at SplitRing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

#include "virtq/packed_ring.h"
#include "virtq/split_ring.h"

namespace doorbell {

// How far a ring was served, in the numbers of its format (vhost-user, "Vring base"). Of a split ring used.idx is
// in memory, of a packed one nothing is: there both travel in the base.
struct RingPosition {
  uint16_t avail = 0;
  std::optional<uint16_t> used;
};

class Ring {
 public:
  static Result<Ring> Attach(const RingConfig& config, const GuestMemory& memory, const RingPosition& at) {
    if ((config.features & kRingPacked) == 0)
      return Wrap(SplitRing::Attach(config, memory, at.avail, at.used));
    return Wrap(PackedRing::Attach(config, memory, at.avail, at.used));
  }
  // As in SET_VRING_BASE. EINVAL: beyond 16 bits for a split ring.
  static Result<Ring> AttachAtBase(const RingConfig& config, const GuestMemory& memory, uint32_t base);

  BreakCode Take(ChainBatch& batch, size_t max, Direction direction) {
    return Do([&](auto& ring) { return ring.Take(batch, max, direction); });
  }
  BreakCode TakeOne(ChainBatch& batch, Direction direction) {
    return Do([&](auto& ring) { return ring.TakeOne(batch, direction); });
  }
  void Untake(std::span<const Chain> chains) {
    Do([&](auto& ring) { ring.Untake(chains); });
  }
  void Complete(const Chain& chain, uint32_t written) {
    Do([&](auto& ring) { ring.Complete(chain, written); });
  }
  void Complete(std::span<const Chain> chains) {
    Do([&](auto& ring) { ring.Complete(chains); });
  }
  bool Publish() {
    return Do([](auto& ring) { return ring.Publish(); });
  }
  bool has_unpublished() const {
    return Ask([](const auto& ring) { return ring.has_unpublished(); });
  }
  void SignalNext() {
    Do([](auto& ring) { ring.SignalNext(); });
  }
  bool EnableNotifications() {
    return Do([](auto& ring) { return ring.EnableNotifications(); });
  }
  void DisableNotifications() {
    Do([](auto& ring) { ring.DisableNotifications(); });
  }
  bool notifications_stale() const {
    return Ask([](const auto& ring) { return ring.notifications_stale(); });
  }
  uint16_t Refresh() {
    return Do([](auto& ring) { return ring.Refresh(); });
  }
  uint16_t PeekAvail() const {
    return Ask([](const auto& ring) { return ring.PeekAvail(); });
  }
  uint16_t PeekUsed() const {
    return Ask([](const auto& ring) { return ring.PeekUsed(); });
  }
  bool at_start() const {
    return Ask([](const auto& ring) { return ring.at_start(); });
  }
  std::optional<uint32_t> PeekToStart() const {
    return Ask([](const auto& ring) { return ring.PeekToStart(); });
  }
  uint32_t size() const {
    return Ask([](const auto& ring) { return ring.size(); });
  }
  RingPosition position() const {
    return Ask([](const auto& ring) { return RingPosition{ring.avail(), ring.used()}; });
  }
  // As in the answer to GET_VRING_BASE: what AttachAtBase() goes on from.
  uint32_t base() const;

 private:
  using Format = std::variant<SplitRing, PackedRing>;

  explicit Ring(Format format) : format_(std::move(format)) {}

  template <typename R>
  static Result<Ring> Wrap(Result<R> ring) {
    if (!ring.ok()) return ring.error();
    return Ring(Format(std::move(ring).value()));
  }
  template <typename Use>
  std::invoke_result_t<Use, SplitRing&> Do(Use use) {
    if (auto* packed = std::get_if<PackedRing>(&format_)) return use(*packed);
    return use(*std::get_if<SplitRing>(&format_));
  }
  template <typename Use>
  std::invoke_result_t<Use, const SplitRing&> Ask(Use use) const {
    if (const auto* packed = std::get_if<PackedRing>(&format_)) return use(*packed);
    return use(*std::get_if<SplitRing>(&format_));
  }

  Format format_;
};

}  // namespace doorbell
