#include "hooks/new_data.hpp"

#include <unordered_map>

#include "repo/below.hpp"
#include "repo/tree_state.hpp"
#include "store/chunk_reader.hpp"
#include "workdir/materialise.hpp"

namespace cairn::hooks {

namespace {

using FileVisit = std::function<Status(const format::ManifestEntry&)>;
using Lengths = std::unordered_map<ChunkId, std::uint64_t>;

Status unless_missing(const Status& status) {
  return status.ok() || status.error().code() == Code::kMissing ? Status() : status;
}

Status for_each_file(const repo::Tracked& tracked, const format::PageFetch& pages,
                     const FileVisit& visit) {
  const auto files = [&](const format::ManifestEntry& entry) {
    return entry.type == format::EntryType::kFile ? visit(entry) : Status();
  };
  return unless_missing(repo::for_each_entry(tracked.pointer, pages, files));
}

Status for_each_chunk(const format::ManifestEntry& entry, const format::PageFetch& pages,
                      const std::function<void(const format::ChunkRef&)>& visit) {
  return unless_missing(
      workdir::for_each_chunk(entry, pages, [&](const format::ChunkRef& chunk) -> Status {
        visit(chunk);
        return {};
      }));
}

// What a parent has at another path, or in files that did not change, is nothing new either.
Status take_out_known(Parents& parents, const format::PageFetch& pages, Lengths& fresh) {
  CAIRN_TRY(const auto all, parents.versions());
  for (const auto& versions : all) {
    for (const auto& version : versions) {
      const auto take_out = [&](const format::ManifestEntry& entry) -> Status {
        return for_each_chunk(entry, pages,
                              [&](const format::ChunkRef& chunk) { fresh.erase(chunk.id); });
      };
      CAIRN_CHECK(for_each_file(version, pages, take_out));
    }
  }
  return {};
}

std::uint64_t sum_of(const Lengths& lengths) {
  std::uint64_t sum = 0;
  for (const auto& [id, length] : lengths) sum += length;
  return sum;
}

}  // namespace

Status for_each_new_file(Parents& parents, const store::Store& store, const repo::Tracked& tracked,
                         const FileVisit& visit) {
  const auto pages = store::page_fetch(store);
  CAIRN_TRY(const auto is_new, files_not_inherited(parents, tracked, pages));
  return for_each_file(tracked, pages, [&](const format::ManifestEntry& entry) -> Status {
    return !is_new || is_new(repo::path_below(tracked.path, entry.path)) ? visit(entry) : Status();
  });
}

Result<std::uint64_t> new_bytes(Parents& parents, const store::Store& store,
                                const std::vector<repo::Tracked>& staged, std::uint64_t limit) {
  const auto pages = store::page_fetch(store);
  Lengths fresh;
  const auto count = [&](const format::ManifestEntry& entry) -> Status {
    return for_each_chunk(entry, pages, [&](const format::ChunkRef& chunk) {
      fresh.emplace(chunk.id, chunk.length);
    });
  };
  for (const auto& tracked : staged) CAIRN_CHECK(for_each_new_file(parents, store, tracked, count));
  if (sum_of(fresh) > limit) CAIRN_CHECK(take_out_known(parents, pages, fresh));
  return sum_of(fresh);
}

}  // namespace cairn::hooks
