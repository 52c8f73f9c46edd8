// A fuzz target is a function of an input's decisions: it makes what a hostile guest or front-end would, close enough to
// valid that the deep paths are reached, feeds it to the real code and checks what must hold. Nothing of a run shows in
// the next. driver.cc runs the targets, and where there is clang libfuzzer.cc does. In a target each statement takes one
// decision: operands are evaluated in no order that the language names, and an input is to mean the same to every
// compiler.
#pragma once

#include "fuzz/input.h"

namespace doorbell::fuzz {

struct Target {
  Target(const char* id, void (*body)(Input&));
};

// Says what was violated and aborts; whoever runs the target tells the input.
[[noreturn]] void Violated(const char* file, int line, const char* condition);

}  // namespace doorbell::fuzz

// `what` is for readers.
#define FUZZ_TARGET(id, what)                                             \
  static void Fuzz##id(::doorbell::fuzz::Input& input);                   \
  static const ::doorbell::fuzz::Target fuzz_target_##id{#id, Fuzz##id};  \
  static void Fuzz##id(::doorbell::fuzz::Input& input)

#define MUST(condition) \
  ((condition) ? void() : ::doorbell::fuzz::Violated(__FILE__, __LINE__, #condition))
