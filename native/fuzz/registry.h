// The fuzz targets of a program, in the order of their names.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "fuzz/target.h"

namespace doorbell::fuzz {

struct Entry {
  // As it stands in FUZZ_TARGET: a word, and the name of its folder in the corpus.
  std::string id;
  void (*body)(Input&);
};

std::span<const Entry> Entries();
// nullptr: there is none of that name.
const Entry* Find(std::string_view id);

// The one way into a target.
void Run(const Entry& entry, std::span<const uint8_t> bytes);

}  // namespace doorbell::fuzz
