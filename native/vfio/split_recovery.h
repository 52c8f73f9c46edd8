// Where a split ring stands after a device was stopped that tells nothing about it (virtio-pci has no register for
// the index). Pure: the two rings as they lie in memory in, the position to go on from out.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "vfio/little_endian.h"

namespace doorbell {

// Copies of the areas, entries only: size × u16 heads, size × {u32 id, u32 length}.
struct StoppedSplitRing {
  uint16_t size = 0;
  uint16_t avail_idx = 0;
  uint16_t used_idx = 0;
  // used_idx at a moment when nothing was in flight, as at the device's start.
  uint16_t empty_at = 0;
  // No more than `size` entries were offered since then.
  bool whole_turn_visible = false;
  Bytes avail;
  Bytes used;
};

struct SplitRecovery {
  // avail index to go on from.
  uint16_t base = 0;
  // Chains before `base` that the device took and never completed, in avail order: theirs are the used entries from
  // used_idx on.
  std::vector<uint16_t> leftovers;
};

// Virtio 1.2 §2.7: a chain is the device's from its avail entry to its used entry. Where the used ids are those of
// the first avail entries, nothing is left over and the base is used_idx; else the device completed out of order,
// and what it left behind must be completed before the ring goes on at avail_idx. `ring-index-jumped` where the two
// rings do not fit together. A head that is no descriptor is nothing that a device can have completed.
Result<SplitRecovery> RecoverSplit(const StoppedSplitRing& ring);

}  // namespace doorbell
