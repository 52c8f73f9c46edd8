// Prints the corpus: of COUNT runs of each target those that reach an edge which none before them did. Built by
// tools/fuzz-corpus.mjs with clang, whose instrumentation calls what is defined here.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "fuzz/registry.h"

namespace {

bool reached = false;

}  // namespace

extern "C" void __sanitizer_cov_trace_pc_guard_init(uint32_t* begin, uint32_t* end);
extern "C" void __sanitizer_cov_trace_pc_guard(uint32_t* guard);

extern "C" void __sanitizer_cov_trace_pc_guard_init(uint32_t* begin, uint32_t* end) {
  for (; begin < end; ++begin) *begin = 1;
}

extern "C" void __sanitizer_cov_trace_pc_guard(uint32_t* guard) {
  if (*guard == 0) return;
  *guard = 0;
  reached = true;
}

int main(int argc, char** argv) {
  constexpr uint64_t kSeed = 7;
  const uint64_t runs = argc > 1 ? std::strtoull(argv[1], nullptr, 0) : 0;
  for (const doorbell::fuzz::Entry& entry : doorbell::fuzz::Entries()) {
    for (uint64_t run = 0; run < runs; ++run) {
      reached = false;
      doorbell::fuzz::RunOne(entry, kSeed, run);
      if (reached)
        std::printf("%s %llu %llu\n", entry.id.c_str(), static_cast<unsigned long long>(kSeed),
                    static_cast<unsigned long long>(run));
    }
  }
}
