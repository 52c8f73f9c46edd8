#include "vfio/notify_layout.h"

#include <algorithm>
#include <initializer_list>
#include <string>

namespace doorbell {

namespace {

// Virtio 1.2 §4.1.5.2: without NOTIFICATION_DATA the index of the queue, 16 bits.
constexpr uint64_t kDoorbellSize = 2;

Error Shared(const std::string& with) {
  return Error{"notify-shared", "the doorbell's page also holds " + with + ": it cannot be given away for one queue"};
}

}  // namespace

Result<uint64_t> DoorbellOffset(const VirtioPciLayout& layout, uint64_t bar_size, uint16_t notify_off) {
  // At most 2^16 × 2^31: no overflow.
  const uint64_t within = uint64_t{notify_off} * layout.notify_multiplier;
  const BarRange& notify = layout.notify;
  // Both of 32 bits by their origin.
  if (within + kDoorbellSize > notify.length || notify.end() > bar_size)
    return Error{"notify-out-of-range", "the doorbell lies outside the device's notification structure"};
  const uint64_t offset = notify.offset + within;
  if (offset % kDoorbellSize != 0)
    return Error{"notify-out-of-range", "the doorbell is not aligned to its two bytes"};
  return offset;
}

Result<NotifyPageRange> OwnNotifyPage(const VirtioPciLayout& layout, uint64_t bar_size, uint64_t page_size,
                                      uint16_t notify_off, std::span<const uint16_t> others) {
  const Result<uint64_t> doorbell = DoorbellOffset(layout, bar_size, notify_off);
  if (!doorbell.ok()) return doorbell.error();
  const NotifyPageRange page{doorbell.value() / page_size * page_size, page_size};
  if (page.offset + page.size > bar_size) return Shared("what lies beyond the end of the BAR");
  if (layout.notify_multiplier < page_size)
    return Shared("other queues' doorbells (notify_off_multiplier is " + std::to_string(layout.notify_multiplier) +
                  ", the page size " + std::to_string(page_size) + ")");
  const bool taken = std::any_of(others.begin(), others.end(), [&](uint16_t other) { return other == notify_off; });
  if (taken) return Shared("another queue's doorbell");

  const uint8_t bar = layout.notify.bar;
  const auto on_page = [&](const BarRange& range) { return range.Overlaps(bar, page.offset, page.size); };
  for (const BarRange& range : {layout.common, layout.isr, layout.device.value_or(BarRange{})})
    if (on_page(range)) return Shared("another structure of the device");
  if (layout.msix.has_value() && (on_page(layout.msix->table) || on_page(layout.msix->pending)))
    return Shared("the MSI-X table");
  return page;
}

}  // namespace doorbell
