#include "addon/memory.h"

#include <vector>

#include "addon/addon.h"
#include "addon/answers.h"
#include "addon/arguments.h"
#include "addon/fd.h"
#include "addon/iotlb.h"

namespace doorbell {

namespace {

RegionSpec ToRegion(Napi::Value value) {
  const Napi::Object object = ToObject(value, "region");
  RegionSpec region;
  region.guest_address = ToU64(object.Get("guestAddress"), "region.guestAddress");
  region.size = ToU64(object.Get("size"), "region.size");
  region.frontend_address = ToU64(object.Get("frontendAddress"), "region.frontendAddress");
  region.mmap_offset = ToU64(object.Get("mmapOffset"), "region.mmapOffset");
  region.fd = UnwrapFd(object.Get("fd"), "region.fd");
  return region;
}

}  // namespace

Napi::Value Memory::Holders(const Napi::CallbackInfo&) {
  return Napi::Number::New(env(), static_cast<double>(memory_.use_count()));
}

Napi::Value Memory::Behind(const Napi::CallbackInfo& info) {
  return NewHandle<Memory>(addon(), GuestMemory::Behind(Unwrap<IotlbHandle>(info[0], "iotlb").get(), memory_));
}

void DefineMemory(Addon& addon) {
  DefineHandle<Memory>(addon, {Method<&Memory::Holders>("holders"), Method<&Memory::Behind>("behind")});
}

Napi::Value MapMemory(Addon& addon, Napi::Value regions) {
  const Napi::Array array = ToArray(regions, "regions");
  std::vector<RegionSpec> specs;
  for (uint32_t i = 0; i < array.Length(); ++i) specs.push_back(ToRegion(array.Get(i)));
  Result<std::shared_ptr<GuestMemory>> memory = GuestMemory::Map(specs);
  if (!memory.ok()) return NativeErr(addon.env(), memory.error());
  return NativeOk(addon.env(), NewHandle<Memory>(addon, std::move(memory).value()));
}

}  // namespace doorbell
