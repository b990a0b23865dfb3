// Result<T>: a value or an Error. Expected absence is std::optional, not an Error.
#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "cairn/error.hpp"

namespace cairn {

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit on purpose
  Result(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit on purpose

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  [[nodiscard]] T& value() & { return std::get<0>(state_); }
  [[nodiscard]] const T& value() const& { return std::get<0>(state_); }
  [[nodiscard]] T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  [[nodiscard]] Error& error() & { return std::get<1>(state_); }
  [[nodiscard]] const Error& error() const& { return std::get<1>(state_); }
  [[nodiscard]] Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit on purpose

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] Error& error() & { return *error_; }
  [[nodiscard]] const Error& error() const& { return *error_; }
  [[nodiscard]] Error&& error() && { return *std::move(error_); }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace cairn

#define CAIRN_CONCAT_INNER(a, b) a##b
#define CAIRN_CONCAT(a, b) CAIRN_CONCAT_INNER(a, b)

// CAIRN_TRY(auto x, expr): binds the value of a Result<T> or returns its error.
#define CAIRN_TRY_IMPL(tmp, decl, ...)          \
  auto tmp = (__VA_ARGS__);                     \
  if (!tmp.ok()) return std::move(tmp).error(); \
  decl = *std::move(tmp)
#define CAIRN_TRY(decl, ...) CAIRN_TRY_IMPL(CAIRN_CONCAT(cairn_try_, __LINE__), decl, __VA_ARGS__)

// CAIRN_CHECK(expr): returns the error of a Status (or drops the value of a Result).
#define CAIRN_CHECK_IMPL(tmp, ...) \
  if (auto tmp = (__VA_ARGS__); !tmp.ok()) return std::move(tmp).error()
#define CAIRN_CHECK(...) CAIRN_CHECK_IMPL(CAIRN_CONCAT(cairn_check_, __LINE__), __VA_ARGS__)
