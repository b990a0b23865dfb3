// ObjectSource: which reader gives the objects of a repository. libgit2 takes 12 ms to load and to
// start, as long as four git children; so it is asked for many objects only, and only where a probe
// finds nothing that it would read otherwise than git. What it does not answer, git does: an error
// is always git's. Private to this folder; not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "git/object_reader.hpp"

namespace cairn::git {

using ConfigListing = std::vector<std::pair<std::string, std::string>>;

enum class Reading {
  kAuto,
  kExecutable,
  kLibrary,  // for few objects too, where the probe allows it
};

// Why libgit2 may not read this repository; empty: it may. `config` is what git listed.
std::string why_not_library(const GitPaths& paths, const ConfigListing& config);

class ObjectSource {
 public:
  ObjectSource(const GitPaths& paths, const GitCommand& command)
      : paths_(paths), executable_(executable_reader(command)) {}

  void choose(Reading reading) { reading_ = reading; }
  // As in ObjectReader.
  Status read(const ConfigListing& config, const std::vector<std::string>& blobs,
              std::size_t max_bytes, std::vector<std::string>& out);
  Status compare(const ConfigListing& config, const std::vector<Comparison>& comparisons,
                 PointerSet& pointers);
  // Whether the settings count for so many: else an empty listing does.
  [[nodiscard]] bool needs_config(std::size_t objects) const;
  // "git and libgit2", or why git alone. Opens the library.
  std::string description(const ConfigListing& config);

 private:
  ObjectReader* library(const ConfigListing& config);  // null: not here

  const GitPaths& paths_;
  std::unique_ptr<ObjectReader> executable_, library_;
  Reading reading_ = Reading::kAuto;
  bool tried_ = false;
  std::string why_not_;
};

}  // namespace cairn::git
