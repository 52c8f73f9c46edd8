#include "net/mac_table.h"

namespace doorbell {

namespace {

constexpr uint64_t kMacMask = (uint64_t{1} << 48) - 1;

}  // namespace

MacTable::Set& MacTable::SetOf(MacNumber mac) const {
  // Fibonacci hashing: the top bits depend on all bits of the address.
  const uint64_t hash = mac * 0x9e3779b97f4a7c15;
  return sets_[hash >> 54];
}

bool MacTable::IsFresh(const Entry& entry, uint32_t now_seconds) {
  // Another thread's second may be the next one already.
  return entry.seen_seconds.load(std::memory_order_relaxed) + kAgeSeconds >= now_seconds;
}

std::optional<uint16_t> MacTable::Find(MacNumber mac, uint32_t now_seconds) const {
  for (const Entry& entry : SetOf(mac)) {
    // relaxed: the word is all there is; ports are found through a topology that the caller holds.
    const uint64_t word = entry.word.load(std::memory_order_relaxed);
    if ((word & kMacMask) != mac) continue;
    if (!IsFresh(entry, now_seconds)) return std::nullopt;
    return static_cast<uint16_t>(word >> 48);
  }
  return std::nullopt;
}

void MacTable::Learn(MacNumber mac, uint16_t slot, uint32_t now_seconds) {
  const uint64_t word = static_cast<uint64_t>(slot) << 48 | mac;
  Set& set = SetOf(mac);
  for (Entry& entry : set) {
    if (entry.word.load(std::memory_order_relaxed) != word) continue;
    // Written once a second at most, so that the line stays shared.
    if (entry.seen_seconds.load(std::memory_order_relaxed) != now_seconds)
      entry.seen_seconds.store(now_seconds, std::memory_order_relaxed);
    return;
  }
  const std::lock_guard lock(mutex_);
  Entry* victim = &set[0];
  for (Entry& entry : set) {
    const uint64_t old = entry.word.load(std::memory_order_relaxed);
    if ((old & kMacMask) == mac) {
      victim = &entry;
      break;
    }
    const bool older = entry.seen_seconds.load(std::memory_order_relaxed) <
                       victim->seen_seconds.load(std::memory_order_relaxed);
    const bool victim_used = victim->word.load(std::memory_order_relaxed) != 0;
    if (victim_used && (old == 0 || older)) victim = &entry;
  }
  victim->seen_seconds.store(now_seconds, std::memory_order_relaxed);
  victim->word.store(word, std::memory_order_relaxed);
}

std::vector<MacNumber> MacTable::AddressesOf(uint16_t slot, uint32_t now_seconds, size_t limit) const {
  std::vector<MacNumber> found;
  for (size_t i = 0; i < kSets && found.size() < limit; ++i) {
    for (const Entry& entry : sets_[i]) {
      const uint64_t word = entry.word.load(std::memory_order_relaxed);
      const bool known = word != 0 && word >> 48 == slot && IsFresh(entry, now_seconds);
      if (known && found.size() < limit) found.push_back(word & kMacMask);
    }
  }
  return found;
}

void MacTable::Forget(uint16_t slot) {
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < kSets; ++i) {
    for (Entry& entry : sets_[i]) {
      const uint64_t word = entry.word.load(std::memory_order_relaxed);
      if (word != 0 && word >> 48 == slot) entry.word.store(0, std::memory_order_relaxed);
    }
  }
}

}  // namespace doorbell
