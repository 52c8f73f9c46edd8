#include "addon/addon.h"

namespace doorbell {

void InitDataPath(Addon&, Napi::Object) {}

}  // namespace doorbell
