// What `git diff` shows in place of a pointer's text: the facts and the list of files, bounded.
#pragma once

#include <string>

#include "repo/repository.hpp"

namespace cairn::repo {

inline constexpr std::size_t kTextconvFiles = 2'000;

// `file` holds a pointer, or anything else that git calls by such a name: then its own text. Lists
// come from pages that are here; nothing is fetched, and where they are not here the pointer's text
// is shown. The same pointer always gives the same text, as long as its pages are here.
Result<std::string> textconv(const Context& context, const Environment& environment,
                             const std::string& file);

}  // namespace cairn::repo
