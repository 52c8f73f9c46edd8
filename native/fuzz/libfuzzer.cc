// The fuzz targets under libFuzzer: native_libfuzzer --target=NAME [libFuzzer's flags] [FOLDER…]. libFuzzer passes over
// flags of two dashes and gives them on to the processes that it starts, such as those of a merge.
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "fuzz/registry.h"

namespace {

const doorbell::fuzz::Entry* chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  constexpr std::string_view kFlag = "--target=";
  for (int i = 1; i < *argc; ++i) {
    const std::string_view word = (*argv)[i];
    if (word.starts_with(kFlag)) chosen = doorbell::fuzz::Find(word.substr(kFlag.size()));
  }
  if (chosen != nullptr) return 0;
  std::fputs("--target=NAME is wanted, one of:", stderr);
  for (const doorbell::fuzz::Entry& entry : doorbell::fuzz::Entries()) std::fprintf(stderr, " %s", entry.id.c_str());
  std::fputs("\n", stderr);
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  doorbell::fuzz::Run(*chosen, {data, size});
  return 0;
}
