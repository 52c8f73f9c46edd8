// For which addresses the lab peer answers. It is everybody that no machine is, so that a guest of any address
// sees traffic without configuration; but where several VMs share the switch it must not take their addresses.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace doorbell {

class AddressBook {
 public:
  // An IPv4 address, or a hash of an IPv6 one.
  using Address = uint64_t;

  // `address` is used by a VM of `group`.
  void NoteOwner(Address address, uint32_t group);
  // A VM of `group` is gone.
  void Forget(uint32_t group);

  // Whether to answer a question for `address`. Never for an address that a VM uses. `alone`: there
  // is no other VM that it could belong to. If there is one, the first question is left to it: who answers
  // becomes an owner, and who asks again within kPatienceNs was not answered.
  bool MayAnswer(Address address, bool alone, uint64_t now_ns);

 private:
  // Askers repeat after a second.
  static constexpr uint64_t kPatienceNs = 5'000'000'000;
  // A guest may claim any number of addresses; the book starts anew when full.
  static constexpr size_t kMaxEntries = 4096;

  struct Entry {
    std::optional<uint32_t> owner;
    uint64_t asked_ns = 0;
  };
  Entry& EntryOf(Address address);

  std::mutex mutex_;
  std::unordered_map<Address, Entry> entries_;
};

}  // namespace doorbell
