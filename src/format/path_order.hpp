// The two rules between the paths of a manifest, over any number of pages: strictly ascending
// bytes, and no path a parent of another. Amortised one comparison a path.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::format {

class PathOrder {
 public:
  // Why `path` may not follow those given before, or null.
  const char* next(std::string_view path);
  [[nodiscard]] const std::string& last() const { return last_; }

 private:
  std::string last_;
  // Lengths of the earlier paths that last_ starts with, last_ itself included. A parent of the
  // next path is among them: all that sorts between "a" and "a/b" starts with "a" ("a-b", "a.b").
  std::vector<std::uint16_t> prefixes_;
};

}  // namespace cairn::format
