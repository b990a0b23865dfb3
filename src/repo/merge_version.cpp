#include "repo/merge_version.hpp"

#include "base/text.hpp"
#include "repo/fetch_lists.hpp"
#include "repo/projects.hpp"
#include "repo/tree_state.hpp"
#include "store/chunk_reader.hpp"
#include "store/page_patches.hpp"
#include "store/session.hpp"

namespace cairn::repo {

namespace {

using merge::Conflict;
using merge::Side;

std::optional<SideFacts> facts_of(const merge::EntryRef& entry) {
  if (!entry) return std::nullopt;
  switch (entry->type) {
    case format::EntryType::kLink:
      return SideFacts{'l', 0, entry->target};
    case format::EntryType::kEmptyFolder:
      return SideFacts{'d', 0, {}};
    case format::EntryType::kFile:
      break;
  }
  return SideFacts{entry->executable ? 'x' : 'f', entry->size_bytes, entry->file_id.hex()};
}

std::optional<SideFacts> facts_of(const std::optional<format::Pointer>& pointer) {
  if (!pointer) return std::nullopt;
  const bool folder = pointer->kind == format::Pointer::Kind::kFolder;
  return SideFacts{folder                ? 'D'
                   : pointer->executable ? 'x'
                                         : 'f',
                   pointer->size_bytes, pointer->oid.hex()};
}

std::optional<ChunkId> folder_id(const std::optional<format::Pointer>& pointer) {
  if (!pointer || pointer->kind != format::Pointer::Kind::kFolder) return std::nullopt;
  return pointer->oid.as<ChunkId>();
}

Result<merge::FolderMerge> compare_lists(const Context& context, Repository& repository,
                                         const merge::Folders& folders) {
  CAIRN_TRY(const auto* store, repository.store(context, store::Store::Access::kWrite));
  return merge::FolderMerge::compare(folders, store::page_fetch(*store));
}

}  // namespace

Result<VersionMerge> VersionMerge::compare(const Context& context, Repository& repository,
                                           const std::string& path, const MergeSides& sides) {
  VersionMerge merge(path, sides);
  if (!sides.ours || !sides.theirs || sides.base_unreadable) {
    merge.conflict_as_a_whole();
    return merge;
  }
  const auto verdict = merge::merge_pointers({sides.base, *sides.ours, *sides.theirs});
  switch (verdict.kind) {
    case merge::PointerVerdict::Kind::kConflict:
      merge.conflict_as_a_whole();
      return merge;
    case merge::PointerVerdict::Kind::kFolders:
      merge.decided_ = verdict.pointer;
      CAIRN_CHECK(merge.compare_folders(context, repository));
      return merge;
    case merge::PointerVerdict::Kind::kDecided:
      break;
  }
  merge.decided_ = verdict.pointer;
  return merge;
}

void VersionMerge::conflict_as_a_whole() {
  using Kind = Conflict::Kind;
  MergeConflict conflict;
  conflict.kind = !sides_.ours     ? Kind::kDeletedByUs
                  : !sides_.theirs ? Kind::kDeletedByThem
                  : !sides_.base   ? Kind::kBothAdded
                                   : Kind::kBothChanged;
  conflict.base = facts_of(sides_.base);
  conflict.ours = facts_of(sides_.ours);
  conflict.theirs = facts_of(sides_.theirs);
  conflicts_.push_back(std::move(conflict));
}

Status VersionMerge::compare_folders(const Context& context, Repository& repository) {
  const merge::Folders folders{folder_id(sides_.base), *folder_id(sides_.ours),
                               *folder_id(sides_.theirs)};
  auto compared = compare_lists(context, repository, folders);
  if (!compared && compared.error().code() == Code::kMissing) {
    std::vector<Tracked> versions = {{path_, *sides_.ours}, {path_, *sides_.theirs}};
    if (folders.base) versions.push_back({path_, *sides_.base});
    CAIRN_CHECK(fetch_lists(context, repository, versions));
    compared = compare_lists(context, repository, folders);
  }
  if (!compared) return not_here(std::move(compared).error(), path_);
  folder_ = *std::move(compared);
  for (const Conflict& conflict : folder_->conflicts()) {
    conflicts_.push_back({conflict.kind, conflict.path, facts_of(conflict.base),
                          facts_of(conflict.ours), facts_of(conflict.theirs)});
  }
  return {};
}

Result<VersionMerge::Merged> VersionMerge::write(const Context& context, Repository& repository,
                                                 const std::vector<Side>& choices) const {
  if (choices.size() != conflicts_.size())
    return Error(Code::kInternal, "a merge with other conflicts than were decided");
  if (folder_) return write_folder(context, repository, choices);
  Merged merged;
  merged.pointer = decided_;
  if (!conflicts_.empty()) {
    merged.pointer = choices.front() == Side::kBase   ? sides_.base
                     : choices.front() == Side::kOurs ? sides_.ours
                                                      : sides_.theirs;
  }
  return merged;
}

Result<VersionMerge::Merged> VersionMerge::write_folder(const Context& context,
                                                        Repository& repository,
                                                        const std::vector<Side>& choices) const {
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kWrite));
  CAIRN_TRY(auto session, store::Session::begin(context, *store));
  const auto choose = [&](const Conflict& conflict) {
    const auto number = static_cast<std::size_t>(&conflict - folder_->conflicts().data());
    return choices[number];
  };
  store::ManifestPatches pages(context, *store, *session, sides_.ours->oid.as<ChunkId>());
  CAIRN_TRY(const auto written, folder_->write(choose, store::page_fetch(*store), pages.sink()));
  pages.finish();
  CAIRN_CHECK(session->commit());
  Merged merged;
  merged.totals = written.totals;
  merged.pointer = decided_;
  merged.pointer->oid = written.top.id.as<Digest>();
  merged.pointer->files = written.top.a;
  merged.pointer->size_bytes = written.top.b;
  const Tracked tracked{path_, *merged.pointer};
  CAIRN_CHECK(note_versions(repository, {tracked}));
  return merged;
}

}  // namespace cairn::repo
