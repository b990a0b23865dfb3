// What a GitRepo holds: its directories, the command prefix, and two things kept from call to call:
// the config listing and one `git cat-file --batch` child. Private to this folder.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "git/blob_reader.hpp"
#include "git/git_command.hpp"
#include "git/git_repo.hpp"

namespace cairn::git {

struct GitRepo::State {
  explicit State(GitPaths found) : paths(std::move(found)), command(paths) {}

  const GitPaths paths;
  const GitCommand command;

  std::mutex mutex;  // guards what follows
  std::optional<std::vector<std::pair<std::string, std::string>>> config;
  std::optional<BlobReader> blobs;
};

}  // namespace cairn::git
