// The whole test harness: a native test needs nothing beyond the compiler.
//
//   TEST("translating beyond a region's end answers null") {
//     REQUIRE(memory.ok());          // ends this test when false
//     CHECK(p == nullptr);           // goes on
//     CHECK_EQ(actual, expected);    // prints both
//   }
#pragma once

#include <sstream>
#include <string>

namespace doorbell::testing {

// Ends the running test; thrown by REQUIRE only.
struct RequirementFailed {};

struct Registration {
  Registration(const char* file, const char* name, void (*body)());
};

void Fail(const char* file, int line, const std::string& what);

template <typename T>
std::string Show(const T& value) {
  std::ostringstream out;
  if constexpr (requires { out << value; })
    out << value;
  else
    out << "(value without <<)";
  return out.str();
}

template <typename A, typename B>
void CheckEqual(const char* file, int line, const char* text, const A& actual, const B& expected) {
  if (actual == expected) return;
  Fail(file, line, std::string(text) + ": " + Show(actual) + " != " + Show(expected));
}

}  // namespace doorbell::testing

#define DOORBELL_JOIN_(a, b) a##b
#define DOORBELL_JOIN(a, b) DOORBELL_JOIN_(a, b)
#define DOORBELL_TEST(id, name)                                                              \
  static void DOORBELL_JOIN(TestBody, id)();                                                 \
  static const ::doorbell::testing::Registration DOORBELL_JOIN(test_registration, id){       \
      __FILE__, name, DOORBELL_JOIN(TestBody, id)};                                          \
  static void DOORBELL_JOIN(TestBody, id)()

#define TEST(name) DOORBELL_TEST(__COUNTER__, name)
#define CHECK(condition) \
  ((condition) ? void() : ::doorbell::testing::Fail(__FILE__, __LINE__, #condition))
#define REQUIRE(condition)                                              \
  do {                                                                  \
    if (!(condition)) {                                                 \
      ::doorbell::testing::Fail(__FILE__, __LINE__, #condition);        \
      throw ::doorbell::testing::RequirementFailed();                   \
    }                                                                   \
  } while (false)
#define CHECK_EQ(actual, expected)                                                       \
  ::doorbell::testing::CheckEqual(__FILE__, __LINE__, #actual " == " #expected, (actual), \
                                  (expected))
