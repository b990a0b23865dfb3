// BlobReader: contents of blobs through one `git cat-file --batch` child, which git keeps honest
// about replaced objects, alternates and partial clones (it fetches what a promisor remote still
// has).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/process.hpp"
#include "git/git_command.hpp"

namespace cairn::git {

class BlobReader {
 public:
  static Result<BlobReader> start(const GitCommand& command);

  // Appends the contents to `out`, in order. After an error the child is in an unknown place and
  // must go.
  Status read(const std::vector<std::string>& blobs, std::size_t max_bytes,
              std::vector<std::string>& out);

 private:
  explicit BlobReader(base::CoProcess process) : process_(std::move(process)) {}
  Result<std::string> read_one(const std::string& blob, std::size_t max_bytes);

  base::CoProcess process_;
};

// 40 or 64 lower-case hex digits: an object id of either format.
bool is_object_id(std::string_view text);

}  // namespace cairn::git
