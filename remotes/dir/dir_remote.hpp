// DirRemote: a remote in a directory (local disk, mounted share). Each key is a file; a file whose
// name starts with
// ".tmp-" is one being written, and no object. Owns nothing but a few open descriptors.
#pragma once

#include <memory>
#include <string>

#include "cairn/remote.hpp"
#include "remotes/dir/fd_cache.hpp"

namespace cairn::remotes {

class DirRemote final : public Remote {
 public:
  // The URL is a path or file://path. The directory need not be there yet: the first put creates it
  // when its parent is there; kIo with a hint when that is missing too (a disk that is not
  // mounted).
  static Result<std::unique_ptr<Remote>> open(const RemoteConfig& config);
  DirRemote(std::string name, std::string base) : name_(std::move(name)), base_(std::move(base)) {}

  [[nodiscard]] std::string describe() const override;
  Result<std::int64_t> now_ms(std::stop_token stop) override;
  Result<std::optional<ObjectInfo>> stat(const std::string& key, std::stop_token stop) override;
  Result<std::vector<std::uint8_t>> get(const std::string& key, std::size_t max_bytes,
                                        std::stop_token stop) override;
  Status get_range(const std::string& key, std::uint64_t offset, std::span<std::uint8_t> out,
                   std::stop_token stop) override;
  Result<PutOutcome> put(const std::string& key, ObjectSource& source, PutCondition condition,
                         std::stop_token stop) override;
  Status list(const std::string& prefix, const std::function<Status(const ObjectInfo&)>& visit,
              std::stop_token stop) override;
  Status remove(const std::string& key, std::stop_token stop) override;

 private:
  // The file of a key: kUsage for a key that could leave the directory, kIo where base and its
  // parent are missing.
  Result<std::string> path_of(const std::string& key) const;
  Status check_base() const;
  Status make_parents(const std::string& directory) const;
  Status list_folder(const std::string& folder_key, const std::string& prefix,
                     const std::function<Status(const ObjectInfo&)>& visit,
                     const std::stop_token& stop);

  std::string name_;
  std::string base_;
  FdCache open_files_;
};

}  // namespace cairn::remotes
