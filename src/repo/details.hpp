// An error about many things shows the first few and counts the rest.
#pragma once

#include <string>
#include <vector>

#include "base/text.hpp"
#include "cairn/error.hpp"

namespace cairn::repo {

inline Error with_first(Error error, const std::vector<std::string>& lines) {
  constexpr std::size_t kShown = 5;
  const auto add = [&](std::string line) {
    Error longer = std::move(error).detail(std::move(line));
    error = std::move(longer);
  };
  for (std::size_t i = 0; i < lines.size() && i < kShown; ++i) add(lines[i]);
  if (lines.size() > kShown) add("and " + base::human_count(lines.size() - kShown) + " more");
  return error;
}

// The same failure with other advice: the one who noticed it did not know what it was for.
inline Error with_only_hint(const Error& error, std::string hint) {
  Error out(error.code(), error.message());
  for (const auto& line : error.details()) {
    Error longer = std::move(out).detail(line);
    out = std::move(longer);
  }
  return std::move(out).hint(std::move(hint)).slug(error.slug());
}

}  // namespace cairn::repo
