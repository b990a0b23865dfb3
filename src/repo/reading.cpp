// ls, cat: reading versions from pages and chunks; nothing is locked or written.
#include "repo/reading.hpp"

#include "repo/below.hpp"
#include "repo/materialise_plan.hpp"
#include "repo/tree_state.hpp"
#include "repo/versions.hpp"
#include "workdir/materialise.hpp"

namespace cairn::repo {

namespace {

ListedFile listed(const std::string& tracked, const format::ManifestEntry& entry) {
  ListedFile out;
  out.path = path_below(tracked, entry.path);
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

}  // namespace

Status list_files(const Context& context, Repository& repository, const ListOptions& options,
                  const std::function<Status(const ListedFile&)>& visit) {
  CAIRN_TRY(const auto paths, repository.resolve_arguments(options.paths));
  CAIRN_TRY(const auto tracked, tracked_in(repository, options.revision, paths));
  if (tracked.empty() && paths.empty()) return {};
  CAIRN_TRY(const auto selected, select(tracked, paths));
  for (const auto& item : selected) {
    if (item.tracked.pointer.kind == format::Pointer::Kind::kFile) {
      CAIRN_CHECK(visit(listed(item.tracked.path, file_entry(item.tracked.pointer))));
      continue;
    }
    CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kRead));
    auto unseen = item.inside;  // places that no entry was at or below yet
    const auto on_leaf = [&](const ChunkId&,
                             const std::vector<format::ManifestEntry>& entries) -> Status {
      for (const auto& entry : entries) {
        const auto file = listed(item.tracked.path, entry);
        if (!item.covers(file.path)) continue;
        std::erase_if(unseen,
                      [&](const std::string& place) { return is_at_or_below(entry.path, place); });
        CAIRN_CHECK(visit(file));
      }
      return {};
    };
    auto walked = format::walk_manifest(item.tracked.pointer.oid.as<ChunkId>(),
                                        store::page_fetch(*store), on_leaf);
    if (!walked) return not_here(std::move(walked).error(), item.tracked.path, options.revision);
    if (!unseen.empty()) return not_in_version(item.tracked.path, unseen.front());
  }
  return {};
}

Status cat(const Context& context, Repository& repository, const CatOptions& options,
           const std::function<Status(base::ByteView)>& sink) {
  CAIRN_TRY(auto reading, FileReading::open(context, repository, options.file));
  const auto& entry = reading.entry();
  if (options.offset > entry.size_bytes) {
    return Error(Code::kUsage, "the range starts behind the end: the file has " +
                                   std::to_string(entry.size_bytes) + " bytes")
        .slug("bad-range");
  }
  const auto rest = entry.size_bytes - options.offset;
  const auto length = std::min(options.length.value_or(rest), rest);
  std::uint64_t given = 0;
  const auto count = [&](base::ByteView bytes) -> Status {
    given += bytes.size();
    return sink(bytes);
  };
  Status done = Error(Code::kMissing, "nothing was stored or fetched in this clone");
  if (reading.store())
    done = workdir::stream_range(context, *reading.store(), entry, options.offset, length, count);
  if (!done.ok() && done.error().code() == Code::kMissing && reading.reachable()) {
    const auto go_on = [&]() -> Status {
      CAIRN_TRY(auto file, reading.chunks());
      return file.stream(context, options.offset + given, length - given, sink);
    };
    done = go_on();
    reading.tell_traffic();
  }
  return done.ok() ? done : reading.explain(std::move(done).error());
}

}  // namespace cairn::repo
