#include "fuzz/registry.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace doorbell::fuzz {

namespace {

std::vector<Entry>& All() {
  static std::vector<Entry> entries;
  return entries;
}

}  // namespace

Target::Target(const char* id, void (*body)(Input&)) {
  All().push_back({id, body});
  std::sort(All().begin(), All().end(), [](const Entry& a, const Entry& b) { return a.id < b.id; });
}

std::span<const Entry> Entries() { return All(); }

const Entry* Find(std::string_view id) {
  for (const Entry& entry : All())
    if (entry.id == id) return &entry;
  return nullptr;
}

void Run(const Entry& entry, std::span<const uint8_t> bytes) {
  Input input(bytes);
  entry.body(input);
}

void Violated(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "%s:%d: must hold: %s\n", file, line, condition);
  std::abort();
}

}  // namespace doorbell::fuzz
