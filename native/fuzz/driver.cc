// Runs the fuzz targets:
//
//   native_fuzz runs COUNT CORPUS [SEED]    COUNT runs of each, after those that the corpus names
//   native_fuzz seconds COUNT CORPUS SEED   as many as fit, in turn, after those of the corpus
//   native_fuzz one TARGET SEED RUN         one of them, as a failure names it
//
// The corpus is a text of lines `TARGET SEED RUN`: runs that between them reach every edge of the code that any of a
// great many reached. tools/fuzz-corpus.mjs writes it.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "fuzz/registry.h"

namespace doorbell::fuzz {
namespace {

constexpr uint64_t kSeed = 1;
// Between two looks at the clock.
constexpr uint64_t kSlice = 500;

const Entry* Find(const std::string& id) {
  for (const Entry& entry : Entries())
    if (entry.id == id) return &entry;
  return nullptr;
}

// False: it cannot be read, or names a target that is not there.
bool Replay(const char* corpus) {
  std::ifstream file(corpus);
  std::string id;
  uint64_t seed = 0;
  uint64_t run = 0;
  uint64_t count = 0;
  for (; file >> id >> seed >> run; ++count) {
    const Entry* entry = Find(id);
    if (entry == nullptr) {
      std::fprintf(stderr, "%s names %s, which is no target\n", corpus, id.c_str());
      return false;
    }
    RunOne(*entry, seed, run);
  }
  std::printf("%llu runs of %s\n", static_cast<unsigned long long>(count), corpus);
  return count > 0 && file.eof();
}

void RunFor(uint64_t seconds, uint64_t seed) {
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  uint64_t run = 0;
  for (; std::chrono::steady_clock::now() < end; run += kSlice)
    for (const Entry& entry : Entries())
      for (uint64_t i = 0; i < kSlice; ++i) RunOne(entry, seed, run + i);
  std::printf("%llu runs of each target\n", static_cast<unsigned long long>(run));
}

int Usage(const char* program) {
  std::fprintf(stderr,
               "usage: %s runs COUNT CORPUS [SEED] | seconds COUNT CORPUS SEED | one TARGET SEED RUN\n", program);
  return 2;
}

int Main(int argc, char** argv) {
  if (argc < 4) return Usage(argv[0]);
  const std::string mode = argv[1];
  const auto number = [&](int at, uint64_t otherwise) {
    return argc > at ? std::strtoull(argv[at], nullptr, 0) : otherwise;
  };
  if (mode == "one") {
    const Entry* entry = Find(argv[2]);
    if (entry == nullptr) return Usage(argv[0]);
    RunOne(*entry, number(3, kSeed), number(4, 0));
    return 0;
  }
  if (mode != "runs" && mode != "seconds") return Usage(argv[0]);
  if (!Replay(argv[3])) return 1;
  const uint64_t seed = number(4, kSeed);
  if (mode == "seconds") {
    RunFor(number(2, 0), seed);
  } else {
    for (const Entry& entry : Entries())
      for (uint64_t run = 0; run < number(2, 0); ++run) RunOne(entry, seed, run);
  }
  std::printf("%zu passed, 0 failed\n", Entries().size());
  return 0;
}

}  // namespace
}  // namespace doorbell::fuzz

int main(int argc, char** argv) { return doorbell::fuzz::Main(argc, argv); }
