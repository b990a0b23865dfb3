#include "cli/slugs.hpp"

#include <algorithm>

namespace cairn::cli {

const std::vector<Slug>& all_slugs() {
  static const std::vector<Slug> rows = {
      {"missing-object",
       "Bytes that a pointer names are neither in the local store nor on the remote that was asked. Nothing was written.\n"
       "Whoever made that version has them: `cairn push` in their clone brings them to the remote."},
  };
  return rows;
}

const Slug* find_slug(const std::string& name) {
  const auto& rows = all_slugs();
  const auto found = std::ranges::find(rows, name, [](const Slug& slug) { return std::string(slug.name); });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace cairn::cli
