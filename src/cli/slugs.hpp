// Every error slug with its explanation, for `cairn help SLUG`; a test holds the table against the
// sources.
#pragma once

#include <string>
#include <vector>

namespace cairn::cli {

struct Slug {
  const char* name;
  const char* text;
};

const std::vector<Slug>& all_slugs();
const Slug* find_slug(const std::string& name);  // null when unknown

}  // namespace cairn::cli
