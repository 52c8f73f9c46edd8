// A fuzz target is a function of a random generator: it makes hostile input of its own, close enough to valid
// that the deep paths are reached, feeds it to the real code and checks what must hold. See driver.cc.
#pragma once

#include "fuzz/random.h"

namespace doorbell::fuzz {

struct Target {
  Target(const char* id, void (*body)(Random&));
};

// Ends the process with the seed and the run that lead here again.
[[noreturn]] void Violated(const char* file, int line, const char* condition);

}  // namespace doorbell::fuzz

// `what` is for readers.
#define FUZZ_TARGET(id, what)                                              \
  static void Fuzz##id(::doorbell::fuzz::Random& random);                  \
  static const ::doorbell::fuzz::Target fuzz_target_##id{#id, Fuzz##id};   \
  static void Fuzz##id(::doorbell::fuzz::Random& random)

#define MUST(condition) \
  ((condition) ? void() : ::doorbell::fuzz::Violated(__FILE__, __LINE__, #condition))
