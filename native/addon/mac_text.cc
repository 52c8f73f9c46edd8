#include "addon/mac_text.h"

#include <string>

#include "addon/arguments.h"

namespace doorbell {

namespace {

constexpr int kBytes = 6;
// Two digits, and a colon behind all but the last.
constexpr size_t kTextBytes = kBytes * 3 - 1;
constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

Napi::Value MacText(Napi::Env env, std::optional<MacNumber> mac) {
  if (!mac.has_value()) return env.Null();
  std::string text;
  for (int byte = kBytes - 1; byte >= 0; --byte) {
    const auto value = static_cast<unsigned>(*mac >> (8 * byte) & 0xff);
    text += {kDigits[value >> 4], kDigits[value & 0xf]};
    if (byte > 0) text += ':';
  }
  return Napi::String::New(env, text);
}

std::optional<MacNumber> ToMac(Napi::Value value, const char* name) {
  if (value.IsNull()) return std::nullopt;
  const std::string text = ToText(value, name);
  MacNumber mac = 0;
  bool valid = text.size() == kTextBytes;
  for (size_t i = 0; valid && i < kTextBytes; ++i) {
    if (i % 3 == 2) {
      valid = text[i] == ':';
      continue;
    }
    const size_t digit = kDigits.find(text[i]);
    valid = digit != std::string_view::npos;
    mac = mac << 4 | digit;
  }
  if (!valid) throw Napi::TypeError::New(value.Env(), std::string(name) + ": not a MAC address");
  return mac;
}

}  // namespace doorbell
