// Checked reading of JavaScript values. Each throws Napi::TypeError or Napi::RangeError that names the value:
// a wrong type is a bug of the caller, never a peer's doing.
#pragma once

#include <napi.h>

#include <cstdint>
#include <optional>
#include <string>

namespace doorbell {

bool ToBool(Napi::Value value, const char* what);
// A number without a fraction in [0, 2^32).
uint32_t ToU32(Napi::Value value, const char* what);
// A number; NaN and infinities are refused.
double ToDouble(Napi::Value value, const char* what);
// A bigint in [0, 2^64).
uint64_t ToU64(Napi::Value value, const char* what);
std::string ToText(Napi::Value value, const char* what);
Napi::Object ToObject(Napi::Value value, const char* what);
Napi::Array ToArray(Napi::Value value, const char* what);
Napi::Function ToFunction(Napi::Value value, const char* what);
// null → empty.
std::optional<Napi::Function> ToFunctionOrNull(Napi::Value value, const char* what);

}  // namespace doorbell
