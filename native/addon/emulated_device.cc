#include "addon/addon.h"

namespace doorbell {

void InitEmulatedDevice(Addon&, Napi::Object) {}

}  // namespace doorbell
