// Which port a MAC address was last seen to send from. Looked up per frame by every serving thread, so an entry
// is one atomic word (address and port together) and reading takes no lock.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "net/ethernet.h"

namespace doorbell {

class MacTable {
 public:
  // IEEE 802.1D's default ageing time.
  static constexpr uint32_t kAgeSeconds = 300;

  MacTable() : sets_(std::make_unique<Set[]>(kSets)) {}

  // The port of `mac`, if it was seen within the ageing time.
  std::optional<uint16_t> Find(MacNumber mac, uint32_t now_seconds) const;
  // `mac` sent from `slot`. A full set gives up its oldest entry: a guest that sends from many addresses costs
  // flooding, not memory.
  void Learn(MacNumber mac, uint16_t slot, uint32_t now_seconds);
  // Where frames of `slot` came from within the ageing time: at most `limit` addresses, in no order.
  std::vector<MacNumber> AddressesOf(uint16_t slot, uint32_t now_seconds, size_t limit) const;
  // Forgets every address of a port that is gone.
  void Forget(uint16_t slot);

 private:
  static constexpr size_t kSets = 1024;  // 2^10: see SetOf
  static constexpr size_t kWays = 4;
  // Address in the low 48 bits, port above them. No station has address 0.
  struct Entry {
    std::atomic<uint64_t> word{0};
    std::atomic<uint32_t> seen_seconds{0};
  };
  using Set = std::array<Entry, kWays>;

  Set& SetOf(MacNumber mac) const;
  static bool IsFresh(const Entry& entry, uint32_t now_seconds);

  std::unique_ptr<Set[]> sets_;
  // Held by writers.
  std::mutex mutex_;
};

}  // namespace doorbell
