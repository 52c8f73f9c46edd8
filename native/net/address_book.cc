#include "net/address_book.h"

namespace doorbell {

AddressBook::Entry& AddressBook::EntryOf(Address address) {
  if (entries_.size() >= kMaxEntries && !entries_.contains(address)) entries_.clear();
  return entries_[address];
}

void AddressBook::NoteOwner(Address address, uint32_t group) {
  const std::lock_guard lock(mutex_);
  EntryOf(address).owner = group;
}

void AddressBook::Forget(uint32_t group) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [group](const auto& item) { return item.second.owner == group; });
}

bool AddressBook::MayAnswer(Address address, bool alone, uint64_t now_ns) {
  const std::lock_guard lock(mutex_);
  Entry& entry = EntryOf(address);
  // Also where the asker itself uses it: it asks whether somebody else does.
  if (entry.owner.has_value()) return false;
  const bool asked_before = entry.asked_ns != 0 && now_ns - entry.asked_ns < kPatienceNs;
  entry.asked_ns = now_ns;
  return alone || asked_before;
}

}  // namespace doorbell
