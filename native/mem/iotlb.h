// What a front-end's IOMMU translates for one session, as far as it has told: I/O virtual addresses of the guest to
// addresses of the front-end (vhost-user, "IOMMU support"). It is a cache: what it lacks is asked for, and it may
// forget anything at any time but never keep what was invalidated. All numbers come from the peer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "base/result.h"

namespace doorbell {

class Iotlb {
 public:
  // Bits of a permission, as on the wire.
  static constexpr uint8_t kRead = 1;
  static constexpr uint8_t kWrite = 2;
  // A front-end that tells more makes the cache forget all that it was told before. 16 queue pairs whose guest maps
  // every buffer by itself have some 16000.
  static constexpr size_t kMaxEntries = 65536;

  Iotlb() = default;
  Iotlb(const Iotlb&) = delete;
  Iotlb& operator=(const Iotlb&) = delete;

  // The newest word counts: earlier entries that it touches are forgotten as a whole. Codes: `iotlb-empty` for size 0
  // or no permission, `iotlb-overflow` where one of the ranges ends beyond 2^64.
  Status Update(uint64_t iova, uint64_t size, uint64_t frontend_address, uint8_t permission);
  // Forgets every entry that the range touches. A range that ends beyond 2^64 ends there; size 0 is everything, which
  // is what 2^64 becomes in 64 bits.
  void Invalidate(uint64_t iova, uint64_t size);

  // Where `iova` lies in the front-end, and how many bytes from there on are of the same entry, at least 1.
  struct Place {
    uint64_t frontend_address;
    uint64_t length;
  };
  // Empty where it is not translated, or not for every kind of access in `permission`. Any thread.
  std::optional<Place> Find(uint64_t iova, uint8_t permission) const;

  size_t size() const;

 private:
  struct Entry {
    // Inclusive, so that a range may end with the address space.
    uint64_t last;
    uint64_t frontend_address;
    uint8_t permission;
  };

  // Under mutex_.
  void Forget(uint64_t first, uint64_t last);

  mutable std::mutex mutex_;
  // By first address; entries never overlap.
  std::map<uint64_t, Entry> entries_;
};

}  // namespace doorbell
