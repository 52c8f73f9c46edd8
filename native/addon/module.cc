// The entry of the .node file.
#include <napi.h>

#include "addon/addon.h"
#include "surface_id.h"

namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  auto* addon = new doorbell::Addon(env);
  // First of all: instance data is what the environment's end frees last.
  env.SetInstanceData(addon);
  doorbell::InitIo(*addon, exports);
  doorbell::InitDataPath(*addon, exports);
  doorbell::InitDeviceQueue(*addon, exports);
  doorbell::InitEmulatedDevice(*addon, exports);
  doorbell::InitGuest(*addon, exports);
  doorbell::InitGuestRam(*addon, exports);
  doorbell::InitVfioDevice(*addon, exports);
  exports.Set("surface", DOORBELL_SURFACE);
  return exports;
}

}  // namespace

NODE_API_MODULE(doorbell, Init)
