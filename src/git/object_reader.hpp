// ObjectReader: blobs, and comparisons of trees, for callers that need very many. There are two:
// the git executable, which is right about every repository, and libgit2 in this process, which
// costs no pipe but knows fewer formats. GitRepo asks the second only where a probe allows it, and
// the first about everything that the second does not answer. Private to this folder.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/result.hpp"
#include "git/git_command.hpp"
#include "git/pointer_listing.hpp"

namespace cairn::git {

// What `commit` changed against `before`; all that it holds where that is empty.
struct Comparison {
  std::string_view before;  // a commit
  std::string_view commit;
  std::string_view tree;  // of commit; may be empty where `before` is all its parents
};

class ObjectReader {
 public:
  ObjectReader() = default;
  ObjectReader(const ObjectReader&) = delete;
  ObjectReader& operator=(const ObjectReader&) = delete;
  virtual ~ObjectReader() = default;

  // Appends the contents to `out`, in order, up to the first blob that it cannot give.
  virtual Status read(const std::vector<std::string>& blobs, std::size_t max_bytes,
                      std::vector<std::string>& out) = 0;
  // Adds the pointers that each comparison finds new or changed, in the order of git's diffs.
  virtual Status compare(const std::vector<Comparison>& comparisons, PointerSet& pointers) = 0;
};

bool libgit2_is_built_in();
std::unique_ptr<ObjectReader> executable_reader(const GitCommand& command);
// kIo where libgit2 is not there, was left out of this program, or refuses the repository.
Result<std::unique_ptr<ObjectReader>> library_reader(const GitPaths& paths);

}  // namespace cairn::git
