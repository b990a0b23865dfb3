// The record of pushes that went past the check, in $GIT_COMMON_DIR/cairn/skipped-pushes: one line
// each, "2026-11-22T10:00:00Z origin refs/heads/main 0123…".
#pragma once

#include <string>
#include <vector>

#include "cairn/context.hpp"
#include "repo/repository.hpp"

namespace cairn::hooks {

Status note_skipped(const Context& context, const repo::Repository& repository,
                    const std::vector<std::string>& refs);
// The last ones, newest last.
Result<std::vector<std::string>> skipped_pushes(const repo::Repository& repository);

}  // namespace cairn::hooks
