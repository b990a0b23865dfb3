// An error about many things shows the first few and counts the rest.
#pragma once

#include <string>
#include <vector>

#include "base/error_lines.hpp"
#include "base/text.hpp"
#include "cairn/error.hpp"

namespace cairn::repo {

inline Error with_first(Error error, const std::vector<std::string>& lines) {
  constexpr std::size_t kShown = 5;
  for (std::size_t i = 0; i < lines.size() && i < kShown; ++i) base::add_detail(error, lines[i]);
  if (lines.size() > kShown)
    base::add_detail(error, "and " + base::human_count(lines.size() - kShown) + " more");
  return error;
}

// The same failure with other advice: the one who noticed it did not know what it was for.
inline Error with_only_hint(const Error& error, std::string hint) {
  Error out(error.code(), error.message());
  for (const auto& line : error.details()) base::add_detail(out, line);
  return std::move(out).hint(std::move(hint)).slug(error.slug());
}

}  // namespace cairn::repo
