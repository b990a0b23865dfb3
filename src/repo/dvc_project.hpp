// Where the data of one DVC project lies: its cache, and its remotes as far as we have a backend.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "foreign/dvc_config.hpp"
#include "foreign/dvc_object.hpp"
#include "repo/repository.hpp"

namespace cairn::repo {

class DvcProject {
 public:
  // The project that `folder` (from the top) belongs to: its settings are those of the nearest
  // `.dvc` above, or none.
  static Result<DvcProject> find(const Repository& repository, std::string folder);

  [[nodiscard]] const std::string& folder() const { return folder_; }  // where `.dvc` is
  // What the cache has under that name, not looked at yet; nothing where it has none.
  [[nodiscard]] Result<std::optional<base::Fd>> open_cached(const foreign::DvcObject& object) const;
  [[nodiscard]] std::string cached_path(const foreign::DvcObject& object) const;

  // The remote of that name, "" for the default one; null where there is none. Opened once, under
  // the rules of trust for places that only committed files name. kUsage (slug
  // "unsupported-remote") for kinds without a backend. Thread-safe.
  Result<Remote*> remote(const std::string& name) const;

 private:
  DvcProject(const Repository& repository, std::string folder);
  Result<std::unique_ptr<Remote>> open_remote(const std::string& name) const;

  const Repository* repository_;
  std::string folder_, cache_;
  foreign::DvcSettings settings_;
  struct Opened {
    std::mutex mutex;
    std::map<std::string, std::unique_ptr<Remote>> remotes;
  };
  std::unique_ptr<Opened> opened_ = std::make_unique<Opened>();
};

// The bytes of an object on a remote, into a file without a name. Verified; kMissing where it is
// not there, kCorrupt where it is something else.
Result<base::Fd> download_object(const Context& context, Remote& remote,
                                 const foreign::DvcObject& object, const std::string& directory);

// Opened for reading, as a regular file; nothing when it is absent or something else.
Result<std::optional<base::Fd>> open_plain_file(const std::string& path);

}  // namespace cairn::repo
