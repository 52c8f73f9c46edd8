#include "vfio/split_recovery.h"

#include <algorithm>

namespace doorbell {

namespace {

constexpr size_t kUsedEntrySize = 8;

uint16_t HeadAt(const StoppedSplitRing& ring, uint16_t index) {
  return LoadLittle<uint16_t>(ring.avail, size_t{2} * (index % ring.size));
}

uint32_t UsedIdAt(const StoppedSplitRing& ring, uint16_t index) {
  return LoadLittle<uint32_t>(ring.used, kUsedEntrySize * (index % ring.size));
}

}  // namespace

Result<SplitRecovery> RecoverSplit(const StoppedSplitRing& ring) {
  const auto in_flight = static_cast<uint16_t>(ring.avail_idx - ring.used_idx);
  if (ring.size == 0 || in_flight > ring.size)
    return Error{"ring-index-jumped", "the ring's two indices are further apart than it is long"};
  // The last entries that both rings still show: older ones were overwritten. What was offered before them was used,
  // else its descriptors could not have been offered anew.
  const uint16_t window = ring.whole_turn_visible ? static_cast<uint16_t>(ring.avail_idx - ring.empty_at) : ring.size;
  const auto completed = static_cast<uint16_t>(window - in_flight);
  const auto first = static_cast<uint16_t>(ring.avail_idx - window);
  std::vector<int> open(ring.size, 0);
  for (uint16_t i = 0; i < window; ++i) {
    const uint16_t head = HeadAt(ring, static_cast<uint16_t>(first + i));
    if (head < ring.size) ++open[head];
  }
  for (uint16_t i = 1; i <= completed; ++i) {
    const uint32_t id = UsedIdAt(ring, static_cast<uint16_t>(ring.used_idx - i));
    if (id < ring.size) --open[id];
  }
  const bool consistent = std::all_of(open.begin(), open.end(), [](int count) { return count == 0 || count == 1; });
  if (!consistent) return Error{"ring-index-jumped", "the used ring names chains that were not offered"};

  std::vector<uint16_t> leftovers;
  bool prefix = true;
  bool nonsense = false;
  // Backwards, so that of a head that was offered twice the later one counts.
  for (uint16_t i = 1; i <= window; ++i) {
    const uint16_t head = HeadAt(ring, static_cast<uint16_t>(ring.avail_idx - i));
    // No device completes it: whoever serves the ring next meets it in its turn, and breaks on it.
    if (head >= ring.size) {
      nonsense = true;
      continue;
    }
    if (open[head] == 0) {
      if (i <= in_flight) prefix = false;
      continue;
    }
    open[head] = 0;
    leftovers.push_back(head);
  }
  if (prefix) return SplitRecovery{ring.used_idx, {}};
  if (nonsense) return Error{"ring-index-jumped", "a descriptor beyond the ring was offered before one that was used"};
  std::reverse(leftovers.begin(), leftovers.end());
  return SplitRecovery{ring.avail_idx, std::move(leftovers)};
}

}  // namespace doorbell
