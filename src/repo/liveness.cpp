#include "repo/liveness.hpp"

#include <set>

#include "repo/tree_state.hpp"
#include "repo/versions.hpp"
#include "store/chunk_reader.hpp"

namespace cairn::repo {

namespace {

Status walk_chunks(const format::PageFetch& fetch, const format::ManifestEntry& entry,
                   const std::string& path, const ChunkVisit& visit) {
  if (entry.type != format::EntryType::kFile || entry.size_bytes == 0) return {};
  if (entry.has_recipe) {
    const auto leaf = [&](const ChunkId&, const std::vector<format::ChunkRef>& chunks) -> Status {
      for (const auto& chunk : chunks) CAIRN_CHECK(visit(chunk.id, chunk.length, path));
      return {};
    };
    const auto page = [&](const ChunkId& id, const format::PageHeader&) {
      return visit(id, 0, path);
    };
    CAIRN_CHECK(format::walk_recipe(entry.recipe, fetch, leaf, page));
    return {};
  }
  if (entry.chunks.empty()) return visit(entry.file_id.as<ChunkId>(), entry.size_bytes, path);
  for (const auto& chunk : entry.chunks) CAIRN_CHECK(visit(chunk.id, chunk.length, path));
  return {};
}

// A bare repository has commits only.
Result<std::vector<Tracked>> tracked_here(const Repository& repository) {
  if (repository.git().paths().bare) return std::vector<Tracked>();
  return repository.tracked();
}

}  // namespace

Status walk_version(const store::Store& store, const Tracked& version, const ChunkVisit& visit) {
  const auto fetch = store::page_fetch(store);
  const auto& pointer = version.pointer;
  if (pointer.kind == format::Pointer::Kind::kFile)
    return walk_chunks(fetch, file_entry(pointer), version.path, visit);
  const auto leaf = [&](const ChunkId&,
                        const std::vector<format::ManifestEntry>& entries) -> Status {
    for (const auto& entry : entries)
      CAIRN_CHECK(walk_chunks(fetch, entry, version.path + "/" + entry.path, visit));
    return {};
  };
  const auto page = [&](const ChunkId& id, const format::PageHeader&) {
    return visit(id, 0, version.path);
  };
  return format::walk_manifest(pointer.oid.as<ChunkId>(), fetch, leaf, {}, page);
}

Result<bool> is_stored(const store::Store& store, const Tracked& version) {
  const auto visit = [&](const ChunkId& id, std::uint64_t bytes,
                         const std::string& path) -> Status {
    const bool page = bytes == 0;  // fetching it tells
    if (page || store.has(id)) return {};
    return Error(Code::kMissing, "a chunk of `" + path + "` is not in the store");
  };
  auto walked = walk_version(store, version, visit);
  if (walked) return true;
  if (walked.error().code() == Code::kMissing) return false;
  return std::move(walked).error();
}

Status collect_chunks(const store::Store& store, const Tracked& version,
                      std::unordered_set<ChunkId>& into) {
  const auto visit = [&](const ChunkId& id, std::uint64_t, const std::string&) -> Status {
    into.insert(id);
    return {};
  };
  auto walked = walk_version(store, version, visit);
  if (!walked && walked.error().code() == Code::kMissing) return {};
  return walked;
}

Result<std::vector<Tracked>> all_versions(const Repository& repository) {
  CAIRN_TRY(const auto blobs, repository.git().pointers_of_everything(kReflogDays));
  CAIRN_TRY(const auto history, read_pointers(repository, blobs, BadPointers::kFail));
  CAIRN_TRY(const auto here, tracked_here(repository));
  std::vector<Tracked> out;
  std::set<Digest> seen;
  for (const auto* list : {&here, &history}) {
    for (const auto& version : *list) {
      const auto id = version.pointer.closure_id();
      if (id && seen.insert(*id).second) out.push_back(version);
    }
  }
  return out;
}

}  // namespace cairn::repo
