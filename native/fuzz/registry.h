// The fuzz targets of a program, in the order of their names, and the runs of each.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "fuzz/target.h"

namespace doorbell::fuzz {

struct Entry {
  // As it stands in FUZZ_TARGET: a word.
  std::string id;
  void (*body)(Random&);
};

std::span<const Entry> Entries();

// Run `run` of a seed is always the same. A sanitizer's report, or what Violated() says, names it.
void RunOne(const Entry& entry, uint64_t seed, uint64_t run);

}  // namespace doorbell::fuzz
