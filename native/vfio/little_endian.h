// Words in bytes that a device or the kernel wrote: little-endian, at any alignment, never beyond the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace doorbell {

using Bytes = std::span<const std::byte>;

// 0 where it would end beyond `bytes`: callers check sizes first, this only keeps a mistake harmless.
template <typename Word>
Word LoadLittle(Bytes bytes, size_t offset) {
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
  Word word = 0;
  if (offset <= bytes.size() && bytes.size() - offset >= sizeof word)
    std::memcpy(&word, bytes.data() + offset, sizeof word);
  return word;
}

}  // namespace doorbell
