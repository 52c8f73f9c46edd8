#include "addon/addon.h"

namespace doorbell {

void InitGuest(Addon&, Napi::Object) {}

}  // namespace doorbell
