#include "merge/folder_merge.hpp"

#include <algorithm>

namespace cairn::merge {

namespace {

using format::EntryType;
using format::ManifestChange;
using format::ManifestEntry;

bool same(const EntryRef& a, const EntryRef& b) {
  if (a == b) return true;
  return a && b && a->same_content(*b);
}

EntryRef shared(const ManifestEntry* entry) {
  return entry ? std::make_shared<const ManifestEntry>(*entry) : nullptr;
}

bool is_empty_folder(const EntryRef& entry) {
  return entry && entry->type == EntryType::kEmptyFolder;
}

Conflict::Kind kind_of(const EntryRef& base, const EntryRef& ours, const EntryRef& theirs) {
  if (!base) return Conflict::Kind::kBothAdded;
  if (!ours) return Conflict::Kind::kDeletedByUs;
  if (!theirs) return Conflict::Kind::kDeletedByThem;
  return Conflict::Kind::kBothChanged;
}

struct Difference {
  EntryRef before, after;
  [[nodiscard]] const std::string& path() const { return before ? before->path : after->path; }
};

Result<std::vector<Difference>> differences(const ChunkId& before, const ChunkId& after,
                                            const format::PageFetch& fetch) {
  std::vector<Difference> out;
  CAIRN_CHECK(
      format::diff_manifests(before, after, fetch, [&](const ManifestChange& change) -> Status {
        out.push_back({shared(change.before), shared(change.after)});
        return {};
      }));
  return out;
}

}  // namespace

const EntryRef& FolderMerge::Change::of(Side side) const {
  switch (side) {
    case Side::kBase:
      return base;
    case Side::kTheirs:
      return theirs;
    case Side::kOurs:
      break;
  }
  return ours;
}

// Something stands here unless a choice takes it away.
bool FolderMerge::Change::may_be_there() const {
  return conflict == kNoConflict ? of(decided) != nullptr : ours != nullptr || theirs != nullptr;
}

Result<FolderMerge> FolderMerge::compare(const Folders& folders, const format::PageFetch& fetch) {
  FolderMerge merge(folders.ours);
  if (!folders.base) {
    CAIRN_TRY(auto between, differences(folders.ours, folders.theirs, fetch));
    for (auto& item : between) {
      auto path = item.path();
      merge.changes_.push_back(
          {std::move(path), nullptr, std::move(item.before), std::move(item.after)});
    }
  } else {
    CAIRN_TRY(auto ours, differences(*folders.base, folders.ours, fetch));
    CAIRN_TRY(auto theirs, differences(*folders.base, folders.theirs, fetch));
    auto left = ours.begin();
    auto right = theirs.begin();
    while (left != ours.end() || right != theirs.end()) {
      const int order = left == ours.end()      ? 1
                        : right == theirs.end() ? -1
                                                : left->path().compare(right->path());
      const Difference& any = order <= 0 ? *left : *right;
      Change change{any.path(), any.before, any.before, any.before};
      if (order <= 0) change.ours = (left++)->after;
      if (order >= 0) change.theirs = (right++)->after;
      merge.changes_.push_back(std::move(change));
    }
  }
  merge.decide();
  merge.find_clashes();
  return merge;
}

void FolderMerge::decide() {
  for (Change& change : changes_) {
    const auto& [path, base, ours, theirs, decided, conflict] = change;
    if (same(ours, theirs) || same(theirs, base)) continue;
    if (same(ours, base)) {
      change.decided = Side::kTheirs;
      continue;
    }
    change.conflict = conflicts_.size();
    conflicts_.push_back({kind_of(base, ours, theirs), path, base, ours, theirs});
  }
}

// Indexes of the changes below a folder.
std::pair<std::size_t, std::size_t> FolderMerge::below(const std::string& path) const {
  const auto by_path = [](const Change& change, const std::string& key) {
    return change.path < key;
  };
  const auto first =
      std::lower_bound(changes_.begin(), changes_.end(), path + "/", by_path) - changes_.begin();
  // '0' follows '/'.
  const auto last =
      std::lower_bound(changes_.begin(), changes_.end(), path + "0", by_path) - changes_.begin();
  return {static_cast<std::size_t>(first), static_cast<std::size_t>(last)};
}

// A file of one side at the place of a folder of the other. Both sides changed there, since each is
// a tree by itself; an empty folder gives way instead (outcome).
void FolderMerge::find_clashes() {
  std::vector<bool> subsumed(conflicts_.size(), false);
  std::vector<Conflict> clashes;
  for (Change& change : changes_) {
    const bool file = (change.ours && !is_empty_folder(change.ours)) ||
                      (change.theirs && !is_empty_folder(change.theirs));
    if (!file || !change.may_be_there()) continue;
    const auto [first, last] = below(change.path);
    const auto begin = changes_.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = changes_.begin() + static_cast<std::ptrdiff_t>(last);
    if (std::none_of(begin, end, [](const Change& child) { return child.may_be_there(); }))
      continue;
    const auto number = subsumed.size() + clashes.size();
    const auto take = [&](Change& taken) {
      if (taken.conflict < subsumed.size()) subsumed[taken.conflict] = true;
      taken.conflict = number;
    };
    take(change);
    std::for_each(begin, end, take);
    clashes.push_back(
        {Conflict::Kind::kFileAndFolder, change.path, change.base, change.ours, change.theirs});
  }
  if (clashes.empty()) return;
  // Numbered anew: what is part of a clash is no conflict of its own.
  std::vector<Conflict> all = std::move(conflicts_);
  all.insert(all.end(), clashes.begin(), clashes.end());
  subsumed.resize(all.size(), false);
  std::vector<std::size_t> places(all.size());
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!subsumed[i]) order.push_back(i);
  }
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::string_view(all[i].path); });
  conflicts_.clear();
  for (const std::size_t i : order) {
    places[i] = conflicts_.size();
    conflicts_.push_back(std::move(all[i]));
  }
  for (Change& change : changes_) {
    if (change.conflict != kNoConflict) change.conflict = places[change.conflict];
  }
}

// What stands at each changed path in the end.
std::vector<EntryRef> FolderMerge::outcome(const Choice& choice) const {
  std::vector<Side> sides;
  sides.reserve(conflicts_.size());
  for (const Conflict& conflict : conflicts_) sides.push_back(choice(conflict));
  std::vector<EntryRef> out;
  out.reserve(changes_.size());
  for (const Change& change : changes_) {
    out.push_back(
        change.of(change.conflict == kNoConflict ? change.decided : sides[change.conflict]));
  }
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    if (!is_empty_folder(out[i])) continue;
    const auto [first, last] = below(changes_[i].path);
    const auto filled = std::any_of(out.begin() + static_cast<std::ptrdiff_t>(first),
                                    out.begin() + static_cast<std::ptrdiff_t>(last),
                                    [](const EntryRef& entry) { return entry != nullptr; });
    if (filled) out[i] = nullptr;
  }
  return out;
}

Result<FolderMerge::Merged> FolderMerge::write(const Choice& choice, const format::PageFetch& fetch,
                                               const format::PageSink& sink) const {
  const auto wanted = outcome(choice);
  std::vector<format::ManifestEdit> edits;
  Merged merged;
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const auto& ours = changes_[i].ours;
    if (same(wanted[i], ours)) continue;
    auto& totals = merged.totals;
    ++(!ours ? totals.added : !wanted[i] ? totals.removed : totals.changed);
    edits.push_back(
        {changes_[i].path, wanted[i] ? std::optional<ManifestEntry>(*wanted[i]) : std::nullopt});
  }
  CAIRN_TRY(merged.top, format::edit_manifest(ours_, edits, fetch, sink));
  return merged;
}

}  // namespace cairn::merge
