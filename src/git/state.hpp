// What a GitRepo holds: its directories, the command prefix, and what is kept from call to call:
// the config listing and the readers of objects. Private to this folder.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/process.hpp"
#include "git/git_command.hpp"
#include "git/git_repo.hpp"
#include "git/object_source.hpp"

namespace cairn::git {

struct GitRepo::State {
  explicit State(GitPaths found)
      : paths(std::move(found)), command(paths), objects(paths, command) {}

  // What git lists; asked once.
  Result<ConfigListing> listed_config();
  // As in ObjectSource.
  Status read(const std::vector<std::string>& blobs, std::size_t max_bytes,
              std::vector<std::string>& out);
  Status compare(const std::vector<Comparison>& comparisons, PointerSet& pointers);

  const GitPaths paths;
  const GitCommand command;

  std::mutex config_mutex;
  std::optional<ConfigListing> config;
  std::optional<base::RunningProcess> asked_config;  // git lists them; nobody has looked yet
  std::mutex index_mutex;
  std::optional<base::RunningProcess> asked_index;  // the same of pointers_in_index
  std::optional<std::string> index_listing;         // what it answered, where it is kept
  std::mutex objects_mutex;                         // taken first
  ObjectSource objects;

 private:
  Result<ConfigListing> config_for(std::size_t objects);
};

}  // namespace cairn::git
