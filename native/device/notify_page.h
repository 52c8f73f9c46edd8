// One queue's doorbell of the emulated device: a page in a sealed memfd of its own, since a receiver may map any
// offset of what it gets. The first 16 bits are the doorbell; a store of a queue index (any value but kSilent)
// means "look at the ring". Stores that come before the device looked are one doorbell.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/scoped_fd.h"
#include "base/scoped_mmap.h"

namespace doorbell {

// The word alone, for who polls many: as long as its page lives.
class DoorbellWord {
 public:
  explicit DoorbellWord(const uint16_t* word) : word_(word) {}
  // Without taking the line from the guest's CPU.
  bool rung() const { return __atomic_load_n(word_, __ATOMIC_RELAXED) != kSilent; }

  // No queue has this index, so a store always changes the word.
  static constexpr uint16_t kSilent = 0xffff;

 private:
  const uint16_t* word_;
};

class NotifyPage {
 public:
  static constexpr uint16_t kSilent = DoorbellWord::kSilent;

  static Result<NotifyPage> Create();

  // Whether the doorbell was rung since the last call. The exchange is seq_cst: a look at avail.idx after it sees
  // everything that was offered before the store that it took.
  bool Take() {
    return word().rung() && __atomic_exchange_n(Word(), kSilent, __ATOMIC_SEQ_CST) != kSilent;
  }
  // The host's store, as a guest's driver makes it.
  void Ring() { __atomic_store_n(Word(), uint16_t{0}, __ATOMIC_SEQ_CST); }

  DoorbellWord word() { return DoorbellWord(Word()); }
  // Borrowed.
  int fd() const { return fd_.get(); }
  uint64_t size() const { return mapping_.size(); }

 private:
  NotifyPage(ScopedFd fd, ScopedMmap mapping) : fd_(std::move(fd)), mapping_(std::move(mapping)) {}

  // SAFETY: a page is mapped while this lives, and sealed against shrinking. With NOTIFICATION_DATA the guest
  // stores 32 bits; the low half is the index.
  uint16_t* Word() { return reinterpret_cast<uint16_t*>(mapping_.data()); }

  ScopedFd fd_;
  ScopedMmap mapping_;
};

}  // namespace doorbell
