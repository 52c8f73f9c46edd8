// Where a queue's doorbell is, and whether its page may be handed to somebody for that queue alone. Pure.
#pragma once

#include <cstdint>
#include <span>

#include "vfio/virtio_pci.h"

namespace doorbell {

// Whole pages of a BAR.
struct NotifyPageRange {
  uint64_t offset = 0;
  uint64_t size = 0;
};

// Offset in the BAR of `layout.notify` of the doorbell with this queue_notify_off (virtio 1.2 §4.1.4.4).
// `notify-out-of-range` where a store of two bytes would leave the structure or the BAR.
Result<uint64_t> DoorbellOffset(const VirtioPciLayout& layout, uint64_t bar_size, uint16_t notify_off);

// The page of one queue's doorbell; `others` are the queue_notify_off of all other queues of the function.
// `notify-shared`: somebody else's doorbell, or another structure, lies on it.
Result<NotifyPageRange> OwnNotifyPage(const VirtioPciLayout& layout, uint64_t bar_size, uint64_t page_size,
                                      uint16_t notify_off, std::span<const uint16_t> others);

}  // namespace doorbell
