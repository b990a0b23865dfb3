// Three-way merge of folders, file by file. Two page-wise comparisons with the common base give the
// paths that either side changed; everything else is as it was on both sides and is never read.
// Pure over manifests: pages come from a fetcher and go to a sink, file data is not looked at.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "format/tree.hpp"

namespace cairn::merge {

enum class Side { kBase, kOurs, kTheirs };

// Of one path; null: not there. Sides that are the same share their entry.
using EntryRef = std::shared_ptr<const format::ManifestEntry>;

// What both sides did differently to one path.
struct Conflict {
  enum class Kind {
    kBothChanged,
    kBothAdded,
    kDeletedByUs,    // and changed by them
    kDeletedByThem,  // and changed by us
    kFileAndFolder,  // one side has a file there, the other files below it: decided together
  };
  Kind kind = Kind::kBothChanged;
  std::string path;  // inside the folder
  EntryRef base, ours, theirs;
};

struct Folders {
  std::optional<ChunkId> base;  // nothing: both sides added the folder
  ChunkId ours, theirs;
};

// Which side a conflict is to take.
using Choice = std::function<Side(const Conflict&)>;

class FolderMerge {
 public:
  // Memory grows with the number of paths that changed, not with the folders.
  static Result<FolderMerge> compare(const Folders& folders, const format::PageFetch& fetch);

  [[nodiscard]] const std::vector<Conflict>& conflicts() const { return conflicts_; }

  // What becomes different from ours.
  struct Totals {
    std::uint64_t added = 0, changed = 0, removed = 0;
  };
  struct Merged {
    format::TreeTop top;
    Totals totals;
  };
  // The merged manifest: ours, with what they changed. Only pages along their changes are read and
  // emitted.
  Result<Merged> write(const Choice& choice, const format::PageFetch& fetch,
                       const format::PageSink& sink) const;

 private:
  static constexpr std::size_t kNoConflict = static_cast<std::size_t>(-1);
  struct Change {
    std::string path;
    EntryRef base, ours, theirs;
    Side decided = Side::kOurs;
    std::size_t conflict = kNoConflict;  // that decides instead

    [[nodiscard]] const EntryRef& of(Side side) const;
    [[nodiscard]] bool may_be_there() const;
  };
  using Changes = std::vector<Change>;

  explicit FolderMerge(ChunkId ours) : ours_(ours) {}
  void decide();
  void find_clashes();
  [[nodiscard]] std::pair<std::size_t, std::size_t> below(const std::string& path) const;
  [[nodiscard]] std::vector<EntryRef> outcome(const Choice& choice) const;

  ChunkId ours_;
  Changes changes_;  // ascending by path
  std::vector<Conflict> conflicts_;
};

}  // namespace cairn::merge
