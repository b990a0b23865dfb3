// du: logical, unique and stored bytes of what is tracked, over all versions that git keeps.
#include <map>
#include <set>
#include <unordered_set>

#include "repo/liveness.hpp"
#include "repo/operations.hpp"

namespace cairn::repo {

namespace {

// A chunk's share of its record: the record's bytes by plain length.
std::uint64_t stored_share(const store::Store& store, const ChunkId& id) {
  const auto place = store.find(id);
  if (!place || place->record.plain_bytes == 0) return 0;
  return std::uint64_t{place->record.record_bytes} * place->length / place->record.plain_bytes;
}

struct Tally {
  UsageReport::Path out;
  std::unordered_set<ChunkId> seen;
};

}  // namespace

Result<UsageReport> usage(const Context& context, Repository& repository,
                          const std::vector<std::string>& typed) {
  CAIRN_TRY(const auto paths, repository.resolve_arguments(typed));
  CAIRN_TRY(const auto versions, all_versions(repository));
  CAIRN_TRY(const auto selected, select(versions, paths));
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kRead));
  std::map<std::string, Tally> tallies;
  std::unordered_set<ChunkId> everywhere;
  UsageReport report;
  for (const auto& item : selected) {
    auto& tally = tallies[item.tracked.path];
    tally.out.path = item.tracked.path;
    ++tally.out.versions;
    const auto visit = [&](const ChunkId& id, std::uint64_t bytes, const std::string&) -> Status {
      tally.out.logical += bytes;
      report.logical += bytes;
      const bool first_here = tally.seen.insert(id).second, first = everywhere.insert(id).second;
      if (!first_here && !first) return {};
      const auto stored = stored_share(*store, id);
      if (first_here) tally.out.unique += bytes;
      if (first_here) tally.out.stored += stored;
      if (first) report.unique += bytes;
      if (first) report.stored += stored;
      return {};
    };
    auto walked = walk_version(*store, item.tracked, visit);
    if (!walked && walked.error().code() != Code::kMissing) return std::move(walked).error();
  }
  for (auto& [path, tally] : tallies) report.paths.push_back(std::move(tally.out));
  report.store_bytes = store->usage().pack_bytes;
  return report;
}

}  // namespace cairn::repo
