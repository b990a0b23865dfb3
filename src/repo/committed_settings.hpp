// .cairn/config, the settings that are committed: a file of the work tree; where a sparse checkout
// leaves it out, git's index has it, and in a bare repository the commit at HEAD.
#pragma once

#include <optional>
#include <string>

#include "config/config.hpp"
#include "git/git_repo.hpp"
#include "workdir/tree_root.hpp"

namespace cairn::repo {

// Nothing where `cairn init` was never run. `tree` is null in a bare repository.
Result<std::optional<config::KeyValues>> committed_settings(const git::GitRepo& git,
                                                            const workdir::TreeRoot* tree);

// Text of a small file of the project that is about to be changed: of the work tree, else of the
// index where a sparse checkout keeps it out.
Result<std::optional<std::string>> project_text(const git::GitRepo& git,
                                                const workdir::TreeRoot& tree,
                                                const std::string& path, std::size_t max_bytes);

// Puts .cairn/config into the work tree where it is kept out, so that git can change it there.
Status bring_settings_here(const git::GitRepo& git, const workdir::TreeRoot& tree);

}  // namespace cairn::repo
