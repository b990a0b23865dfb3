// The merge of one tracked path: its pointers, and for folders the lists that they name, which are
// fetched where they are not here. What the merge driver and `cairn merge` share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "merge/folder_merge.hpp"
#include "merge/pointer_merge.hpp"
#include "repo/repository.hpp"

namespace cairn::repo {

// Nothing: the path is not tracked on that side.
struct MergeSides {
  std::optional<format::Pointer> base, ours, theirs;
  bool base_unreadable = false;  // there is a common version, but nobody can say which
};

// One side of a conflict, for people.
struct SideFacts {
  char type = 'f';  // f, x, l, d: as ls has it; D: a tracked folder
  std::uint64_t size = 0;
  std::string id;  // hex; of links the target
};

struct MergeConflict {
  merge::Conflict::Kind kind = merge::Conflict::Kind::kBothChanged;
  std::string path;  // inside the folder; empty: the tracked path as a whole
  std::optional<SideFacts> base, ours, theirs;
};

class VersionMerge {
 public:
  // kMissing or the remote's error where the lists are not here and cannot be had.
  static Result<VersionMerge> compare(const Context& context, Repository& repository,
                                      const std::string& path, const MergeSides& sides);

  [[nodiscard]] const std::vector<MergeConflict>& conflicts() const { return conflicts_; }

  struct Merged {
    std::optional<format::Pointer> pointer;  // nothing: removed
    merge::FolderMerge::Totals totals;       // against ours
  };
  // `choices`, one for each conflict, in order. New pages are in the store when it returns.
  Result<Merged> write(const Context& context, Repository& repository,
                       const std::vector<merge::Side>& choices) const;

 private:
  VersionMerge(std::string path, MergeSides sides)
      : path_(std::move(path)), sides_(std::move(sides)) {}
  void conflict_as_a_whole();
  Status compare_folders(const Context& context, Repository& repository);
  Result<Merged> write_folder(const Context& context, Repository& repository,
                              const std::vector<merge::Side>& choices) const;

  std::string path_;
  MergeSides sides_;
  std::optional<format::Pointer> decided_;  // for folders: beside the files
  std::optional<merge::FolderMerge> folder_;
  std::vector<MergeConflict> conflicts_;
};

}  // namespace cairn::repo
