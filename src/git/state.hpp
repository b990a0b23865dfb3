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

// A listing that git was asked for before anybody wanted it.
class AskedAhead {
 public:
  void start(Result<base::RunningProcess> listing);  // one that did not start counts for nothing
  void forget() { process_.reset(); }
  // What git answered, once; nothing where it was not asked or failed: who wants it asks plainly.
  std::optional<std::string> take();

 private:
  std::optional<base::RunningProcess> process_;
};

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
  AskedAhead asked_config;
  std::mutex index_mutex;
  AskedAhead asked_index;                    // of pointers_in_index
  std::optional<std::string> index_listing;  // what it answered, where it is kept
  std::mutex objects_mutex;                  // taken first
  ObjectSource objects;

 private:
  Result<ConfigListing> config_for(std::size_t objects);
};

}  // namespace cairn::git
