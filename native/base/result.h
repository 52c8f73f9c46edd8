// Expected failure is a value: nothing in native/ throws for what a peer, a guest or the system did.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace doorbell {

// `code` is an errno name ("EINVAL") or a named code of the call; `message` is for people.
struct Error {
  std::string code;
  std::string message;
};

// "EAGAIN" for EAGAIN; "E123" for a number without a name here.
std::string ErrnoName(int error_number);

// From an errno value: code is its name, message "<what>: <strerror>".
Error ErrnoError(int error_number, const std::string& what);

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Only when ok().
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }

  // Only when !ok().
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }

  // Only when !ok().
  const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace doorbell
