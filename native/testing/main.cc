// Runs every registered test, or those whose name or file contains the first argument.
#include <atomic>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "testing/test.h"

namespace doorbell::testing {

namespace {

struct Test {
  const char* file;
  const char* name;
  void (*body)();
};

// A function's static: registrations of other files may run before this file's.
std::vector<Test>& Tests() {
  static std::vector<Test> tests;
  return tests;
}

// Checks may fail on any thread of a test.
std::atomic<int> failures_in_test = 0;

void Run(const Test& test) {
  try {
    test.body();
  } catch (const RequirementFailed&) {
    // Already reported.
  } catch (const std::exception& error) {
    Fail(test.file, 0, std::string("exception: ") + error.what());
  }
}

}  // namespace

Registration::Registration(const char* file, const char* name, void (*body)()) {
  Tests().push_back({file, name, body});
}

void Fail(const char* file, int line, const std::string& what) {
  ++failures_in_test;
  std::printf("    %s:%d: %s\n", file, line, what.c_str());
}

}  // namespace doorbell::testing

int main(int argc, char** argv) {
  using namespace doorbell::testing;
  const char* filter = argc > 1 ? argv[1] : "";
  int passed = 0;
  int failed = 0;
  for (const Test& test : Tests()) {
    if (std::strstr(test.name, filter) == nullptr && std::strstr(test.file, filter) == nullptr)
      continue;
    failures_in_test = 0;
    Run(test);
    (failures_in_test == 0 ? passed : failed)++;
    if (failures_in_test != 0) std::printf("  failed: %s\n", test.name);
    std::fflush(stdout);
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
