#include "fuzz/registry.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>

// A failed assertion of the standard library aborts, and is to be told like any other failure.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "handle_abort=1"; }
#endif

namespace doorbell::fuzz {

namespace {

std::vector<Entry>& All() {
  static std::vector<Entry> entries;
  return entries;
}

const char* current_id = "";
uint64_t current_seed = 0;
uint64_t current_run = 0;

void PrintWhere() {
  std::fprintf(stderr, "fuzz: repeat with: native_fuzz one %s %llu %llu\n", current_id,
               static_cast<unsigned long long>(current_seed), static_cast<unsigned long long>(current_run));
}

}  // namespace

Target::Target(const char* id, void (*body)(Random&)) {
  All().push_back({id, body});
  std::sort(All().begin(), All().end(), [](const Entry& a, const Entry& b) { return a.id < b.id; });
}

std::span<const Entry> Entries() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_set_death_callback(PrintWhere);
#endif
  return All();
}

void RunOne(const Entry& entry, uint64_t seed, uint64_t run) {
  current_id = entry.id.c_str();
  current_seed = seed;
  current_run = run;
  Random random(seed ^ (run * 0xd1342543de82ef95));
  entry.body(random);
}

void Violated(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "%s:%d: must hold: %s\n", file, line, condition);
#if !defined(__SANITIZE_ADDRESS__)
  PrintWhere();
#endif
  std::abort();
}

}  // namespace doorbell::fuzz
