#include "addon/arguments.h"

#include <cmath>
#include <limits>

namespace doorbell {

namespace {

[[noreturn]] void Refuse(Napi::Value value, const char* what, const char* expected) {
  throw Napi::TypeError::New(value.Env(), std::string(what) + " must be " + expected);
}

}  // namespace

bool ToBool(Napi::Value value, const char* what) {
  if (!value.IsBoolean()) Refuse(value, what, "a boolean");
  return value.As<Napi::Boolean>().Value();
}

double ToDouble(Napi::Value value, const char* what) {
  if (!value.IsNumber()) Refuse(value, what, "a number");
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!std::isfinite(number)) Refuse(value, what, "a finite number");
  return number;
}

uint32_t ToU32(Napi::Value value, const char* what) {
  const double number = ToDouble(value, what);
  const bool fits = number >= 0 && number <= std::numeric_limits<uint32_t>::max();
  if (!fits || std::trunc(number) != number)
    throw Napi::RangeError::New(value.Env(), std::string(what) + " must be an unsigned 32-bit integer");
  return static_cast<uint32_t>(number);
}

uint64_t ToU64(Napi::Value value, const char* what) {
  if (!value.IsBigInt()) Refuse(value, what, "a bigint");
  bool lossless = false;
  const uint64_t number = value.As<Napi::BigInt>().Uint64Value(&lossless);
  if (!lossless)
    throw Napi::RangeError::New(value.Env(), std::string(what) + " must be an unsigned 64-bit bigint");
  return number;
}

std::string ToText(Napi::Value value, const char* what) {
  if (!value.IsString()) Refuse(value, what, "a string");
  return value.As<Napi::String>().Utf8Value();
}

Napi::Object ToObject(Napi::Value value, const char* what) {
  if (!value.IsObject()) Refuse(value, what, "an object");
  return value.As<Napi::Object>();
}

Napi::Array ToArray(Napi::Value value, const char* what) {
  if (!value.IsArray()) Refuse(value, what, "an array");
  return value.As<Napi::Array>();
}

Napi::Function ToFunction(Napi::Value value, const char* what) {
  if (!value.IsFunction()) Refuse(value, what, "a function");
  return value.As<Napi::Function>();
}

std::optional<Napi::Function> ToFunctionOrNull(Napi::Value value, const char* what) {
  if (value.IsNull()) return std::nullopt;
  if (!value.IsFunction()) Refuse(value, what, "a function or null");
  return value.As<Napi::Function>();
}

}  // namespace doorbell
