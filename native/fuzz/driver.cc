// Runs every fuzz target for a bounded number of runs: native_fuzz [RUNS [SEED [ONLY_RUN]]]. Run n of a seed is
// always the same, so that what is printed at a crash repeats it.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "fuzz/target.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>

// A failed assertion of the standard library aborts, and is to be told like any other failure.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "handle_abort=1"; }
#endif

namespace doorbell::fuzz {

namespace {

struct Entry {
  const char* name;
  void (*body)(Random&);
};

std::vector<Entry>& Entries() {
  static std::vector<Entry> entries;
  return entries;
}

const char* current_name = "";
uint64_t current_seed = 0;
uint64_t current_run = 0;

void PrintWhere() {
  std::fprintf(stderr, "fuzz: %s failed; repeat with: native_fuzz 0 %llu %llu\n", current_name,
               static_cast<unsigned long long>(current_seed),
               static_cast<unsigned long long>(current_run));
}

void RunOne(const Entry& entry, uint64_t seed, uint64_t run) {
  current_name = entry.name;
  current_seed = seed;
  current_run = run;
  Random random(seed ^ (run * 0xd1342543de82ef95));
  entry.body(random);
}

}  // namespace

Target::Target(const char* name, void (*body)(Random&)) { Entries().push_back({name, body}); }

void Violated(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "%s:%d: must hold: %s\n", file, line, condition);
#if !defined(__SANITIZE_ADDRESS__)
  PrintWhere();
#endif
  std::abort();
}

}  // namespace doorbell::fuzz

int main(int argc, char** argv) {
  using namespace doorbell::fuzz;
  constexpr uint64_t kRuns = 20'000;
  constexpr uint64_t kSeed = 1;
  const uint64_t runs = argc > 1 ? std::strtoull(argv[1], nullptr, 0) : kRuns;
  const uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 0) : kSeed;
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_set_death_callback(PrintWhere);
#endif
  for (const Entry& entry : Entries()) {
    if (argc > 3) RunOne(entry, seed, std::strtoull(argv[3], nullptr, 0));
    for (uint64_t run = 0; run < runs; ++run) RunOne(entry, seed, run);
  }
  std::printf("%zu passed, 0 failed\n", Entries().size());
  return 0;
}
