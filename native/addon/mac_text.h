// MAC addresses as people write them: 52:54:00:12:34:56.
#pragma once

#include <napi.h>

#include <optional>

#include "net/ethernet.h"

namespace doorbell {

// null for none.
Napi::Value MacText(Napi::Env env, std::optional<MacNumber> mac);
// As MacText() writes it; throws a TypeError for what is none of that.
std::optional<MacNumber> ToMac(Napi::Value value, const char* name);

}  // namespace doorbell
