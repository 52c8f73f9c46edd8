// The translations of a hostile front-end: updates and invalidations in any order and of any size, against a model of
// single pages. What was invalidated or not permitted is never found, and what is found lies in guest memory.
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "fuzz/target.h"
#include "io/memfd.h"
#include "mem/guest_memory.h"
#include "mem/iotlb.h"

namespace doorbell::fuzz::iotlb_fuzz {

namespace {

constexpr uint64_t kPage = 4096;
constexpr uint64_t kPages = 16;
constexpr uint64_t kBase = 0x7000'0000;

// What the newest word says of a page; the cache may know less, and never something else.
struct Page {
  uint64_t frontend_address;
  uint8_t permission;
};

constexpr uint64_t kFrontend = 0x7f00'0000'0000;
constexpr uint64_t kGuest = 0x1000'0000;
constexpr uint64_t kMemory = 256 * kPage;

const std::shared_ptr<GuestMemory>& Memory() {
  static const std::shared_ptr<GuestMemory> memory = [] {
    Result<ScopedFd> fd = CreateMemfd("iotlb-fuzz", kMemory);
    MUST(fd.ok());
    const RegionSpec spec{kGuest, kMemory, kFrontend, 0, fd.value().get()};
    auto mapped = GuestMemory::Map({&spec, 1});
    MUST(mapped.ok());
    return std::move(mapped).value();
  }();
  return memory;
}

uint64_t AnyNumber(Input& input) {
  const uint64_t near = input.Among({0, 1, kPage, kBase, kBase + kPages * kPage, ~uint64_t{0}, uint64_t{1} << 63});
  return input.OneIn(2) ? near + input.Below(3) - 1 : input.Any<uint64_t>();
}

using Model = std::array<std::optional<Page>, kPages>;

void Forget(Iotlb& iotlb, Model& model, uint64_t iova, uint64_t size) {
  iotlb.Invalidate(iova, size);
  const uint64_t last = size == 0 ? ~uint64_t{0} : size - 1 > ~iova ? ~uint64_t{0} : iova + (size - 1);
  for (uint64_t page = 0; page < kPages; ++page) {
    const uint64_t start = kBase + page * kPage;
    if (size == 0 || (iova < start + kPage && start <= last)) model[page].reset();
  }
}

}  // namespace

FUZZ_TARGET(Iotlb, "translations of an IOMMU") {
  auto iotlb = std::make_shared<Iotlb>();
  const auto behind = GuestMemory::Behind(iotlb, Memory());
  Model model;
  for (uint64_t step = input.Below(48); step > 0; --step) {
    if (input.OneIn(4)) {
      // What makes no sense is refused; what happens to make some is taken away again, with everything else.
      const uint64_t iova = AnyNumber(input);
      const uint64_t size = AnyNumber(input);
      const uint64_t frontend = AnyNumber(input);
      const Status strange = iotlb->Update(iova, size, frontend, input.Any<uint8_t>());
      if (!strange.ok()) continue;
      Forget(*iotlb, model, AnyNumber(input), 0);
      continue;
    }
    const uint64_t first = input.Below(kPages);
    const uint64_t count = 1 + input.Below(kPages - first);
    if (input.OneIn(3)) {
      const uint64_t iova = input.OneIn(3) ? AnyNumber(input) : kBase + first * kPage + input.Below(kPage);
      Forget(*iotlb, model, iova, input.OneIn(3) ? AnyNumber(input) : input.Below(count * kPage));
      continue;
    }
    const uint64_t frontend = kFrontend + input.Below(300) * kPage;
    const auto permission = static_cast<uint8_t>(1 + input.Below(3));
    MUST(iotlb->Update(kBase + first * kPage, count * kPage, frontend, permission).ok());
    for (uint64_t page = first; page < first + count; ++page)
      model[page] = Page{frontend + (page - first) * kPage, permission};
  }
  MUST(iotlb->size() <= Iotlb::kMaxEntries);
  for (uint64_t page = 0; page < kPages; ++page) {
    const uint64_t within = input.Below(kPage);
    const auto permission = static_cast<uint8_t>(1 + input.Below(3));
    const auto found = iotlb->Find(kBase + page * kPage + within, permission);
    if (!found.has_value()) continue;
    MUST(model[page].has_value());
    MUST(found->frontend_address == model[page]->frontend_address + within);
    MUST((model[page]->permission & permission) == permission);
    MUST(found->length > 0);
  }
  const uint64_t iova = input.OneIn(2) ? kBase + input.Below(kPages * kPage) : AnyNumber(input);
  const uint64_t length = 1 + input.Below(kPages * kPage);
  const auto resolved = behind->Resolve(iova, length, Iotlb::kRead);
  MUST(resolved.length <= length);
  if (resolved.data == nullptr) return;
  const uint64_t guest = Memory()->ToGuest(resolved.data);
  MUST(Memory()->FromGuest(guest, resolved.length) == resolved.data);
  // Every byte of it may be touched: the sanitizer would see one outside.
  MUST(resolved.data[0] == std::byte{0} && resolved.data[resolved.length - 1] == std::byte{0});
}

}  // namespace doorbell::fuzz::iotlb_fuzz
