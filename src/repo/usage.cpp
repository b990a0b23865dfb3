#include "repo/usage.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "base/cpu_pool.hpp"
#include "base/text.hpp"
#include "codec/codec.hpp"
#include "format/limits.hpp"
#include "repo/liveness.hpp"
#include "repo/versions.hpp"

namespace cairn::repo {

namespace {

struct Share {
  std::uint64_t bytes = 0;
  std::uint8_t codec = 0;
};
// A chunk's share of its record, by plain length: those of a record add up to it.
std::optional<Share> stored_share(const store::Store& store, const ChunkId& id) {
  const auto place = store.find(id);
  if (!place || place->record.plain_bytes == 0) return std::nullopt;
  const auto up_to = [&](std::uint64_t plain) {
    return place->record.record_bytes * plain / place->record.plain_bytes;
  };
  return Share{up_to(std::uint64_t{place->offset} + place->length) - up_to(place->offset),
               place->record.codec};
}

class Tally {
 public:
  void add_logical(std::uint64_t bytes) { use_.logical += bytes; }

  // Of a chunk that is not counted yet; nothing: it is not here.
  void add(std::uint64_t plain_bytes, const std::optional<Share>& share) {
    use_.unique += plain_bytes;
    if (!share) {
      use_.absent += plain_bytes;
      return;
    }
    use_.stored += share->bytes;
    CodecUse& codec = codecs_[share->codec];
    ++codec.chunks;
    codec.unique += plain_bytes;
    codec.stored += share->bytes;
  }

  [[nodiscard]] Use use() const {
    Use out = use_;
    for (unsigned codec = 0; codec < codecs_.size(); ++codec) {
      if (codecs_[codec].chunks == 0) continue;
      out.codecs.push_back(codecs_[codec]);
      out.codecs.back().codec = codec::codec_name(static_cast<std::uint8_t>(codec));
    }
    return out;
  }

 private:
  Use use_;
  std::array<CodecUse, 256> codecs_;
};

// Each version of each path once.
Result<std::vector<Tracked>> versions_of_paths(const Repository& repository) {
  CAIRN_TRY(const auto blobs, repository.git().pointers_of_everything(kReflogDays));
  CAIRN_TRY(auto versions, read_pointers(repository, blobs, BadPointers::kFail));
  if (!repository.git().paths().bare) {
    CAIRN_TRY(auto here, repository.tracked());
    versions.insert(versions.end(), std::make_move_iterator(here.begin()),
                    std::make_move_iterator(here.end()));
  }
  std::set<std::pair<std::string, Digest>> seen;
  std::erase_if(versions, [&](const Tracked& version) {
    const auto id = version.pointer.closure_id();
    return !id || !seen.emplace(version.path, *id).second;
  });
  return versions;
}

// Which commit of HEAD's history brought a version first, and how many commits come before it.
struct Brought {
  std::size_t rank = 0;
  git::CommitInfo commit;
};
using History = std::map<std::pair<std::string, Digest>, Brought>;  // by path and closure

// Parents before children.
Result<std::unordered_map<std::string, std::size_t>> ranks_of_commits(const git::GitRepo& git) {
  CAIRN_TRY(const auto list, git.run({"rev-list", "--topo-order", "--reverse", "HEAD"}));
  std::unordered_map<std::string, std::size_t> ranks;
  for (const auto line : base::split(list, '\n')) ranks.emplace(line, ranks.size());
  return ranks;
}

// Of all these paths at once: how often git is asked does not grow with them.
Result<History> history_of(const git::GitRepo& git, const std::set<std::string>& paths) {
  History out;
  CAIRN_TRY(const auto head, git.head());
  if (!head) return out;
  CAIRN_TRY(auto pointers, git.pointers_in_history({"HEAD"}));
  std::erase_if(pointers, [&](const git::PointerBlob& pointer) {
    return !paths.contains(path_of_pointer(pointer.path));
  });
  std::vector<std::string> blobs;
  for (const auto& pointer : pointers) blobs.push_back(pointer.blob);
  CAIRN_TRY(const auto texts, git.read_blobs(blobs, std::size_t{1} << 20));
  CAIRN_TRY(auto commits, git.introductions({"HEAD"}, pointers));
  CAIRN_TRY(const auto ranks, ranks_of_commits(git));
  for (std::size_t i = 0; i < pointers.size(); ++i) {
    const auto parsed = format::decode_pointer(texts[i]);
    const auto id = parsed ? parsed->pointer.closure_id() : std::nullopt;
    const auto rank = commits[i] ? ranks.find(commits[i]->id) : ranks.end();
    if (!id || rank == ranks.end()) continue;
    const auto [at, is_new] = out.try_emplace({path_of_pointer(pointers[i].path), *id},
                                              Brought{rank->second, *commits[i]});
    if (!is_new && rank->second < at->second.rank) at->second = {rank->second, *commits[i]};
  }
  return out;
}

class Counting {
 public:
  Counting(const Context& context, const store::Store& store, const History* history)
      : context_(context), store_(store), history_(history) {}

  Result<UsageReport::Path> path(std::vector<Selected> versions) {
    UsageReport::Path out;
    out.path = versions.front().tracked.path;
    out.versions = versions.size();
    const auto rank = [&](const Selected& version) {
      const Brought* brought = brought_by(version);
      return brought ? brought->rank : SIZE_MAX;
    };
    if (history_) std::ranges::stable_sort(versions, {}, rank);
    std::unordered_set<ChunkId> seen;
    Tally tally;
    for (const Selected& version : versions) {
      CAIRN_CHECK(base::check_stop(context_));
      CAIRN_TRY(auto added, count(version, seen, tally));
      if (!history_) continue;
      if (const Brought* brought = brought_by(version)) note(brought->commit, added);
      out.history.push_back(std::move(added));
    }
    out.use = tally.use();
    return out;
  }

  [[nodiscard]] Use use() const { return all_.use(); }

 private:
  [[nodiscard]] const Brought* brought_by(const Selected& version) const {
    const Tracked& tracked = version.tracked;
    const auto found = history_->find({tracked.path, *tracked.pointer.closure_id()});
    return found == history_->end() ? nullptr : &found->second;
  }

  Result<UsedVersion> count(const Selected& version, std::unordered_set<ChunkId>& seen,
                            Tally& of_path) {
    Tally added;
    const auto visit = [&](const ChunkId& id, std::uint64_t bytes,
                           const std::string& path) -> Status {
      if (!version.covers(path)) return {};
      for (Tally* tally : {&added, &of_path, &all_}) tally->add_logical(bytes);
      const bool first_here = seen.insert(id).second;
      const bool first = everywhere_.insert(id).second;
      if (!first_here && !first) return {};
      const auto share = stored_share(store_, id);
      if (first) all_.add(bytes, share);
      if (!first_here) return {};
      added.add(bytes, share);
      of_path.add(bytes, share);
      return {};
    };
    UsedVersion out;
    out.oid = version.tracked.pointer.oid.hex();
    auto walked = walk_version(store_, version.tracked, visit);
    if (!walked.ok() && walked.error().code() != Code::kMissing) return std::move(walked).error();
    out.lists_here = walked.ok();
    out.added = added.use();
    return out;
  }

  static void note(const git::CommitInfo& commit, UsedVersion& version) {
    version.commit = commit.id;
    version.subject = commit.subject;
    version.time_s = commit.time_s;
  }

  const Context& context_;
  const store::Store& store_;
  const History* const history_;  // where it is asked for
  std::unordered_set<ChunkId> everywhere_;
  Tally all_;
};

}  // namespace

Result<UsageReport> usage(const Context& context, Repository& repository,
                          const UsageOptions& options) {
  CAIRN_TRY(const auto paths, repository.resolve_arguments(options.paths));
  CAIRN_TRY(const auto versions, versions_of_paths(repository));
  CAIRN_TRY(auto selected, select(versions, paths));
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kRead));
  std::map<std::string, std::vector<Selected>> by_path;
  std::set<std::string> names;
  for (auto& item : selected) {
    names.insert(item.tracked.path);
    by_path[item.tracked.path].push_back(std::move(item));
  }
  History history;
  if (options.history) {
    CAIRN_TRY(history, history_of(repository.git(), names));
  }
  Counting counting(context, *store, options.history ? &history : nullptr);
  UsageReport report;
  for (auto& [path, items] : by_path) {
    CAIRN_TRY(auto counted, counting.path(std::move(items)));
    report.paths.push_back(std::move(counted));
  }
  report.use = counting.use();
  report.store_bytes = store->usage().pack_bytes;
  return report;
}

}  // namespace cairn::repo
