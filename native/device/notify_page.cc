#include "device/notify_page.h"

#include <utility>

#include "io/memfd.h"

namespace doorbell {

Result<NotifyPage> NotifyPage::Create() {
  Result<ScopedFd> fd = CreateMemfd("doorbell-notify", PageSize());
  if (!fd.ok()) return fd.error();
  Result<ScopedMmap> mapping = ScopedMmap::MapShared(fd.value().get(), 0, PageSize());
  if (!mapping.ok()) return mapping.error();
  NotifyPage page(std::move(fd).value(), std::move(mapping).value());
  __atomic_store_n(page.Word(), kSilent, __ATOMIC_RELAXED);
  return page;
}

}  // namespace doorbell
