// Hooks that people wrote for the tool that manages theirs, from the lines that `cairn hooks
// install` prints: found in the files of husky, lefthook, pre-commit and others, so that status and
// doctor do not ask for them again.
#pragma once

#include <string>

#include "hooks/site.hpp"

namespace cairn::hooks {

// Whether a text of shell, YAML or whatever runs `cairn hook EVENT`, outside of comments.
bool calls_cairn(std::string_view text, Event event);

// Whether the entry of a lefthook file that runs `cairn hook pre-push` passes on what git says on
// standard input: which commits go out.
bool passes_stdin(std::string_view text);

// The lefthook file whose entry does not, by its path from the top. Empty: none, or git runs the
// hook of its settings besides.
std::string deaf_lefthook_file(const repo::Repository& repository, const Site& site);

// What is told of that file.
inline constexpr const char* kDeafEntry =
    "runs `cairn hook pre-push` without `use_stdin: true`, so that it never learns which commits "
    "go out";

// The file that does, and that git comes to; empty where there is none.
Result<std::string> written_by_hand(const repo::Repository& repository, const Site& site,
                                    const HookFile& hook);

}  // namespace cairn::hooks
