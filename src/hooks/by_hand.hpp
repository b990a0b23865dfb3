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

// The lefthook file whose entry does not, by its path from the top; empty: none.
std::string deaf_lefthook_file(const repo::Repository& repository);

// The file that does, and that git comes to; empty where there is none.
Result<std::string> written_by_hand(const repo::Repository& repository, const Site& site,
                                    const HookFile& hook);

}  // namespace cairn::hooks
