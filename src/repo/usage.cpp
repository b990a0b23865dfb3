// du: logical, unique and stored bytes of what is tracked, over all versions that git keeps.
#include <array>
#include <map>
#include <set>
#include <unordered_set>

#include "codec/codec.hpp"
#include "repo/liveness.hpp"
#include "repo/operations.hpp"

namespace cairn::repo {

namespace {

struct Share {
  std::uint64_t bytes = 0;
  std::uint8_t codec = 0;
};
// A chunk's share of its record: the record's bytes by plain length.
Share stored_share(const store::Store& store, const ChunkId& id) {
  const auto place = store.find(id);
  if (!place || place->record.plain_bytes == 0) return {};
  return {std::uint64_t{place->record.record_bytes} * place->length / place->record.plain_bytes,
          place->record.codec};
}

// Of one path, or of all.
using BytesByCodec = std::array<std::uint64_t, 256>;
UsageReport::Codecs named(const BytesByCodec& bytes) {
  UsageReport::Codecs out;
  for (unsigned codec = 0; codec < bytes.size(); ++codec) {
    if (bytes[codec] > 0) out[codec::codec_name(static_cast<std::uint8_t>(codec))] = bytes[codec];
  }
  return out;
}

struct Tally {
  UsageReport::Path out;
  std::unordered_set<ChunkId> seen;
  BytesByCodec codecs{};
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
  BytesByCodec codecs{};
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
      if (first_here) {
        tally.out.unique += bytes;
        tally.out.stored += stored.bytes;
        tally.codecs[stored.codec] += stored.bytes;
      }
      if (first) {
        report.unique += bytes;
        report.stored += stored.bytes;
        codecs[stored.codec] += stored.bytes;
      }
      return {};
    };
    auto walked = walk_version(*store, item.tracked, visit);
    if (!walked && walked.error().code() != Code::kMissing) return std::move(walked).error();
  }
  for (auto& [path, tally] : tallies) {
    tally.out.codecs = named(tally.codecs);
    report.paths.push_back(std::move(tally.out));
  }
  report.codecs = named(codecs);
  report.store_bytes = store->usage().pack_bytes;
  return report;
}

}  // namespace cairn::repo
