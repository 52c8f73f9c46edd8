#include "vfio/split_recovery.h"

#include <cstring>
#include <vector>

#include "testing/test.h"

namespace doorbell::split_recovery_test {
namespace {

// A ring of 8 that a driver and a device went through: heads in the order offered, ids in the order used.
class History {
 public:
  void Offer(uint16_t head) { Put(avail_, 2 * (avail_idx_++ % kSize), head); }
  void Use(uint32_t id) { Put(used_, 8 * (used_idx_++ % kSize), id); }
  void StartAt(uint16_t index) { avail_idx_ = used_idx_ = index; }
  Result<SplitRecovery> Recover(bool whole) const {
    return RecoverSplit({kSize, avail_idx_, used_idx_, 0, whole, avail_, used_});
  }

  static constexpr uint16_t kSize = 8;

 private:
  template <typename Word>
  static void Put(std::vector<std::byte>& bytes, size_t at, Word word) {
    std::memcpy(bytes.data() + at, &word, sizeof word);
  }

  std::vector<std::byte> avail_ = std::vector<std::byte>(kSize * 2);
  std::vector<std::byte> used_ = std::vector<std::byte>(kSize * 8);
  uint16_t avail_idx_ = 0;
  uint16_t used_idx_ = 0;
};

TEST("a device that completed in order goes on at its used index, with nothing left over") {
  History history;
  for (uint16_t head : {3, 1, 2, 0}) history.Offer(head);
  history.Use(3);
  history.Use(1);
  const Result<SplitRecovery> at = history.Recover(true);
  REQUIRE(at.ok());
  CHECK_EQ(at.value().base, 2u);
  CHECK(at.value().leftovers.empty());
}

TEST("the first ones completed in another order are still the first ones") {
  History history;
  for (uint16_t head : {3, 1, 2, 0}) history.Offer(head);
  history.Use(1);
  history.Use(3);
  REQUIRE(history.Recover(true).ok());
  CHECK_EQ(history.Recover(true).value().base, 2u);
}

TEST("a device that left one out: what it left is named, and the base is where the driver stands") {
  History history;
  for (uint16_t head : {3, 1, 2, 0}) history.Offer(head);
  history.Use(1);
  history.Use(2);
  const Result<SplitRecovery> at = history.Recover(true);
  REQUIRE(at.ok());
  CHECK_EQ(at.value().base, 4u);
  REQUIRE(at.value().leftovers.size() == 2);
  CHECK_EQ(at.value().leftovers[0], 3u);
  CHECK_EQ(at.value().leftovers[1], 0u);
}

TEST("many turns later and across the index's wrap the last entries tell the same") {
  History history;
  history.StartAt(0xfffc);
  for (uint16_t i = 0; i < 40; ++i) {
    history.Offer(i % 8);
    if (i < 37) history.Use(i % 8);
  }
  const Result<SplitRecovery> at = history.Recover(false);
  REQUIRE(at.ok());
  CHECK_EQ(at.value().base, static_cast<uint16_t>(0xfffc + 37));
  CHECK(at.value().leftovers.empty());
}

TEST("a full ring of buffers that nothing was received into is nothing left over") {
  History history;
  for (uint16_t head = 0; head < 8; ++head) history.Offer(head);
  REQUIRE(history.Recover(true).ok());
  CHECK_EQ(history.Recover(true).value().base, 0u);
}

TEST("a head that is no descriptor is not left out: the ring goes on before it") {
  History history;
  history.Offer(3);
  history.Use(3);
  history.Offer(0x7fff);
  history.Offer(1);
  const Result<SplitRecovery> at = history.Recover(true);
  REQUIRE(at.ok());
  CHECK_EQ(at.value().base, 1u);
  CHECK(at.value().leftovers.empty());
}

TEST("a head that is no descriptor before one that was used is refused") {
  History history;
  history.Offer(0x7fff);
  history.Offer(1);
  history.Use(1);
  CHECK(!history.Recover(true).ok());
}

TEST("rings that do not fit together are refused") {
  History jumped;
  for (int i = 0; i < 9; ++i) jumped.Offer(0);
  CHECK(!jumped.Recover(false).ok());
  History invented;
  invented.Offer(1);
  invented.Offer(2);
  invented.Use(5);
  CHECK(!invented.Recover(true).ok());
  History ahead;
  ahead.Use(0);
  CHECK(!ahead.Recover(true).ok());
}

}  // namespace
}  // namespace doorbell::split_recovery_test
