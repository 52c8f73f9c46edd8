// Runs the fuzz targets without libFuzzer:
//
//   native_fuzz runs COUNT CORPUS [SEED]    COUNT seeded inputs for each, after the files of the corpus
//   native_fuzz seconds COUNT CORPUS SEED   as many as fit, in turn, after the files of the corpus
//   native_fuzz one TARGET HEX              one input, as a failure names it
//
// The corpus is a folder with one of files for each target: inputs that between them reach every edge of the code that
// any of a great many reached. tools/fuzz-corpus.mjs writes it.
#include <sanitizer/common_interface_defs.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/registry.h"

// A failed assertion of the standard library aborts, and is to be told like any other failure.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "handle_abort=1"; }

namespace doorbell::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kSeed = 1;
// Between two looks at the clock.
constexpr uint64_t kSlice = 500;

// What runs, for whom a sanitizer stops.
const char* current_id = "";
std::span<const uint8_t> current_bytes;

void PrintWhere() {
  std::fprintf(stderr, "fuzz: repeat with: native_fuzz one %s ", current_id);
  for (const uint8_t byte : current_bytes) std::fprintf(stderr, "%02x", byte);
  std::fputs("\n", stderr);
}

void RunTold(const Entry& entry, std::span<const uint8_t> bytes) {
  current_id = entry.id.c_str();
  current_bytes = bytes;
  Run(entry, bytes);
}

// Input `run` of a seed: nothing but what seeds the generator.
void RunSeeded(const Entry& entry, uint64_t seed, uint64_t run) {
  const uint64_t state = seed ^ (run * 0xd1342543de82ef95);
  std::array<uint8_t, sizeof state> bytes;
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(state >> (8 * i));
  RunTold(entry, bytes);
}

// False: it cannot be read, is none of a target that is there, or has nothing for one.
bool Replay(const char* corpus) {
  std::error_code error;
  for (const fs::directory_entry& folder : fs::directory_iterator(corpus, error)) {
    if (Find(folder.path().filename().string()) != nullptr) continue;
    std::fprintf(stderr, "%s is of no target\n", folder.path().c_str());
    return false;
  }
  size_t count = 0;
  for (const Entry& entry : Entries()) {
    const fs::path folder = fs::path(corpus) / entry.id;
    const size_t before = count;
    for (const fs::directory_entry& file : fs::directory_iterator(folder, error)) {
      std::ifstream stream(file.path(), std::ios::binary);
      const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(stream), {}};
      RunTold(entry, bytes);
      ++count;
    }
    if (count > before) continue;
    std::fprintf(stderr, "%s has no input: %s\n", folder.c_str(), error.message().c_str());
    return false;
  }
  std::printf("%zu inputs of %s\n", count, corpus);
  return true;
}

void RunFor(uint64_t seconds, uint64_t seed) {
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  uint64_t run = 0;
  for (; std::chrono::steady_clock::now() < end; run += kSlice)
    for (const Entry& entry : Entries())
      for (uint64_t i = 0; i < kSlice; ++i) RunSeeded(entry, seed, run + i);
  std::printf("%llu runs of each target\n", static_cast<unsigned long long>(run));
}

int Usage(const char* program) {
  std::fprintf(stderr, "usage: %s runs COUNT CORPUS [SEED] | seconds COUNT CORPUS SEED | one TARGET HEX\n", program);
  return 2;
}

int RunOne(const char* program, const std::string& id, const std::string& hex) {
  const Entry* entry = Find(id);
  std::vector<uint8_t> bytes(hex.size() / 2);
  bool is_hex = hex.size() % 2 == 0;
  for (size_t i = 0; i < bytes.size() && is_hex; ++i) {
    const char* at = hex.data() + 2 * i;
    is_hex = std::from_chars(at, at + 2, bytes[i], 16).ptr == at + 2;
  }
  if (entry == nullptr || !is_hex) return Usage(program);
  RunTold(*entry, bytes);
  return 0;
}

int Main(int argc, char** argv) {
  __sanitizer_set_death_callback(PrintWhere);
  if (argc < 4) return Usage(argv[0]);
  const std::string mode = argv[1];
  if (mode == "one") return RunOne(argv[0], argv[2], argv[3]);
  if (mode != "runs" && mode != "seconds") return Usage(argv[0]);
  if (!Replay(argv[3])) return 1;
  const uint64_t count = std::strtoull(argv[2], nullptr, 0);
  const uint64_t seed = argc > 4 ? std::strtoull(argv[4], nullptr, 0) : kSeed;
  if (mode == "seconds") {
    RunFor(count, seed);
  } else {
    for (const Entry& entry : Entries())
      for (uint64_t run = 0; run < count; ++run) RunSeeded(entry, seed, run);
  }
  std::printf("%zu passed, 0 failed\n", Entries().size());
  return 0;
}

}  // namespace
}  // namespace doorbell::fuzz

int main(int argc, char** argv) { return doorbell::fuzz::Main(argc, argv); }
