// ls, cat: reading versions from pages and chunks; nothing is locked or written.
#include "base/shell.hpp"
#include "base/text.hpp"
#include "repo/materialise_plan.hpp"
#include "repo/one_file.hpp"
#include "repo/operations.hpp"
#include "repo/tree_state.hpp"
#include "repo/versions.hpp"
#include "workdir/materialise.hpp"

namespace cairn::repo {

namespace {

Result<std::vector<Tracked>> tracked_of(const Repository& repository, const std::string& revision,
                                        const std::vector<std::string>& paths) {
  if (revision.empty()) return repository.tracked_for(paths);
  CAIRN_TRY(const auto commit, repository.git().resolve_commit(revision));
  return repository.tracked_at(commit);
}

ListedFile listed(const std::string& tracked, const format::ManifestEntry& entry) {
  ListedFile out;
  out.path = entry.path.empty() ? tracked : tracked + "/" + entry.path;
  out.size = entry.size_bytes;
  switch (entry.type) {
    case format::EntryType::kLink:
      out.type = 'l';
      out.target = entry.target;
      return out;
    case format::EntryType::kEmptyFolder:
      out.type = 'd';
      return out;
    case format::EntryType::kFile:
      break;
  }
  out.type = entry.executable ? 'x' : 'f';
  out.id = entry.file_id.hex();
  return out;
}

// The file that `path` (from the repository root) names in a version: pages on the way to it only.
Result<format::ManifestEntry> find_file(const store::Store& store, const Selected& item) {
  const auto& pointer = item.tracked.pointer;
  if (pointer.kind == format::Pointer::Kind::kFile) return file_entry(pointer);
  const auto shown =
      base::printable(item.tracked.path + (item.inside.empty() ? "" : "/" + item.inside.front()));
  if (item.inside.empty()) {
    return Error(Code::kUsage, "`" + shown + "` is a folder")
        .hint("`cairn ls " + base::shell_word(item.tracked.path) + "` lists its files");
  }
  const auto& wanted = item.inside.front();
  std::optional<format::ManifestEntry> found;
  const auto visit = [&](const ChunkId&,
                         const std::vector<format::ManifestEntry>& entries) -> Status {
    for (const auto& entry : entries) {
      if (entry.path == wanted) found = entry;
    }
    return {};
  };
  const auto on_the_way = [&](std::string_view after, std::string_view upto) {
    return after < wanted && wanted <= upto;
  };
  auto walked =
      format::walk_manifest(pointer.oid.as<ChunkId>(), store::page_fetch(store), visit, on_the_way);
  if (!walked) return not_here(std::move(walked).error(), item.tracked.path);
  if (!found) return not_in_version(item.tracked.path, wanted);
  if (found->type != format::EntryType::kFile)
    return Error(Code::kUsage, "`" + shown + "` is not a file");
  return *std::move(found);
}

}  // namespace

Status list_files(const Context& context, Repository& repository, const ListOptions& options,
                  const std::function<Status(const ListedFile&)>& visit) {
  CAIRN_TRY(const auto paths, repository.resolve_arguments(options.paths));
  CAIRN_TRY(const auto tracked, tracked_of(repository, options.revision, paths));
  if (tracked.empty() && paths.empty()) return {};
  CAIRN_TRY(const auto selected, select(tracked, paths));
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kRead));
  for (const auto& item : selected) {
    if (item.tracked.pointer.kind == format::Pointer::Kind::kFile) {
      CAIRN_CHECK(visit(listed(item.tracked.path, file_entry(item.tracked.pointer))));
      continue;
    }
    auto unseen = item.inside;  // places that no entry was at or below yet
    const auto on_leaf = [&](const ChunkId&,
                             const std::vector<format::ManifestEntry>& entries) -> Status {
      for (const auto& entry : entries) {
        const auto file = listed(item.tracked.path, entry);
        if (!item.covers(file.path)) continue;
        std::erase_if(unseen, [&](const std::string& place) {
          return entry.path == place || entry.path.starts_with(place + "/");
        });
        CAIRN_CHECK(visit(file));
      }
      return {};
    };
    auto walked = format::walk_manifest(item.tracked.pointer.oid.as<ChunkId>(),
                                        store::page_fetch(*store), on_leaf);
    if (!walked) return not_here(std::move(walked).error(), item.tracked.path);
    if (!unseen.empty()) return not_in_version(item.tracked.path, unseen.front());
  }
  return {};
}

Result<OneFile> find_one_file(const Context& context, Repository& repository,
                              const std::string& revision, const std::string& typed) {
  CAIRN_TRY(const auto path, repository.resolve_argument(typed));
  CAIRN_TRY(const auto tracked, tracked_of(repository, revision, {path}));
  CAIRN_TRY(const auto selected, select(tracked, {path}));
  if (selected.size() != 1) {
    return Error(Code::kUsage, "`" + base::printable(typed) + "` names more than one path")
        .hint("`cairn ls " + base::printable(typed) + "` lists them");
  }
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kRead));
  CAIRN_TRY(auto entry, find_file(*store, selected.front()));
  return OneFile{path, std::move(entry)};
}

Status cat(const Context& context, Repository& repository, const CatOptions& options,
           const std::function<Status(base::ByteView)>& sink) {
  CAIRN_TRY(const auto file, find_one_file(context, repository, options.revision, options.path));
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kRead));
  const auto& [path, entry] = file;
  if (options.offset > entry.size_bytes) {
    return Error(Code::kUsage, "the range starts behind the end: the file has " +
                                   std::to_string(entry.size_bytes) + " bytes")
        .slug("bad-range");
  }
  const auto rest = entry.size_bytes - options.offset;
  const auto length = std::min(options.length.value_or(rest), rest);
  auto streamed = workdir::stream_range(context, *store, entry, options.offset, length, sink);
  if (!streamed) return not_here(std::move(streamed).error(), path);
  return {};
}

}  // namespace cairn::repo
