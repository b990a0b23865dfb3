// fetch_versions, pass_versions and fetch_chunks.
#include <algorithm>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "sync/fetch_by_index.hpp"
#include "sync/fetch_by_root.hpp"
#include "sync/fetch_source.hpp"
#include "sync/passing.hpp"
#include "sync/transfer.hpp"

namespace cairn::sync {
namespace {

constexpr std::size_t kGapsAtOnce = 200'000;
constexpr int kIndexRounds = 64;  // a page that arrives may show more gaps, one level at a time

// Who may not list the bucket is refused what is not there in the same words as what he may not
// read.
Error absent_if_denied(const Error& error) {
  if (error.slug() != "access-denied") return error;
  return Error(Code::kMissing, error.message())
      .hint(
          "push from a clone that has this version, or give this identity s3:GetObject: "
          "cairn-s3(7)")
      .slug(error.slug());
}

// Versions whose data is committed, and so synced, at once: small files on their own, no two of one
// path, which share more than they differ in.
std::span<const Version> next_batch(std::span<const Version> rest) {
  constexpr std::size_t kAtOnce = 256;
  constexpr std::uint64_t kBytesAtOnce = std::uint64_t{16} << 20;
  std::set<std::string_view> paths;
  std::set<Digest> closures;
  std::uint64_t bytes = 0;
  std::size_t count = 0;
  for (; count < std::min(rest.size(), kAtOnce); ++count) {
    const Version& version = rest[count];
    const auto closure = version.pointer.closure_id();
    bytes += version.pointer.size_bytes;
    const bool joins = version.pointer.kind == format::Pointer::Kind::kFile &&
                       bytes <= kBytesAtOnce && paths.insert(version.path).second &&
                       (!closure || closures.insert(*closure).second);
    if (!joins) break;
  }
  return rest.first(std::max<std::size_t>(count, 1));
}

class Fetch {
 public:
  Fetch(FetchSource& source, Arrivals& arrivals, const FetchOptions& options)
      : context_(source.view().context()),
        source_(source),
        options_(options),
        arrivals_(arrivals),
        here_(arrivals.holdings()) {}

  Result<FetchReport> run(const std::vector<Version>& versions) {
    const std::uint64_t requests = source_.counter().requests();
    const std::uint64_t bytes = source_.counter().downloaded_bytes();
    context_.progress.begin("fetching", 0, arrivals_.files_to_come());
    for (std::span<const Version> rest = versions; !rest.empty();) {
      const auto batch = next_batch(rest);
      rest = rest.subspan(batch.size());
      const Status done = fetch(batch);
      if (done.ok()) continue;
      (void)arrivals_.commit();  // what came need not come again
      return asked_ ? absent_if_denied(done.error()) : done.error();
    }
    for (const PackId& pack : arrivals_.archived())
      report_.archived.push_back(format::pack_key(pack));
    report_.chunks += arrivals_.chunks();
    report_.plain_bytes += arrivals_.plain_bytes();
    report_.requests = source_.counter().requests() - requests;
    report_.downloaded_bytes = source_.counter().downloaded_bytes() - bytes;
    return std::move(report_);
  }

 private:
  struct Begun {
    const Version* version = nullptr;
    SeenRoot root;
  };

  // By the roots; if something is missing then, by the root read again (its places may have been
  // renewed); then by the index.
  Status fetch(std::span<const Version> batch) {
    CAIRN_TRY(const auto begun, begin(batch));
    if (begun.empty()) return {};
    CAIRN_CHECK(by_roots(begun));
    if (options_.dry_run) return {};
    CAIRN_CHECK(arrivals_.commit());
    for (const auto& [version, root] : begun) CAIRN_CHECK(finish(*version, root));
    return {};
  }

  // Those of which something is lacking, and that have a root.
  Result<std::vector<Begun>> begin(std::span<const Version> batch) {
    std::vector<const Version*> lacking;
    std::vector<Digest> closures;
    for (const Version& version : batch) {
      CAIRN_TRY(const Gaps gaps, find_gaps(here_, version, options_.wants, 1));
      if (gaps.none()) continue;
      lacking.push_back(&version);
      closures.push_back(*version.pointer.closure_id());
    }
    std::vector<Begun> begun;
    if (lacking.empty()) return begun;
    CAIRN_TRY(const bool ready, source_.is_ready());
    asked_ |= ready;
    if (!ready) {
      for (const Version* version : lacking) CAIRN_CHECK(not_there(*version));
      return begun;
    }
    CAIRN_TRY(auto roots, source_.roots(options_.project, closures));
    for (std::size_t i = 0; i < lacking.size(); ++i) {
      if (!roots[i]) {
        CAIRN_CHECK(without_root(*lacking[i]));
        continue;
      }
      report_.rooted.push_back(closures[i]);
      begun.push_back({lacking[i], *std::move(roots[i])});
    }
    return begun;
  }

  Status finish(const Version& version, const SeenRoot& root) {
    CAIRN_TRY(Gaps gaps, find_gaps(here_, version, options_.wants, kGapsAtOnce));
    if (gaps.none()) return {};
    CAIRN_TRY(const auto renewed,
              source_.root_again(options_.project, *version.pointer.closure_id()));
    if (renewed && renewed->bytes != root.bytes) {
      const Begun again{&version, *renewed};
      CAIRN_CHECK(by_roots({&again, 1}));
      CAIRN_CHECK(arrivals_.commit());
      CAIRN_TRY(gaps, find_gaps(here_, version, options_.wants, kGapsAtOnce));
    }
    CAIRN_CHECK(by_index(version, gaps));
    name_missing(gaps);
    return {};
  }

  Status not_there(const Version& version) {
    report_.missing.push_back(version.path);
    return {};
  }

  // A version that was merged here and not pushed yet: its lists are here, and what its files
  // consist of came with the versions that were merged.
  Status without_root(const Version& version) {
    CAIRN_TRY(Gaps gaps, find_gaps(here_, version, options_.wants, kGapsAtOnce));
    if (!gaps.pages.empty() || version.pointer.kind != format::Pointer::Kind::kFolder)
      return not_there(version);
    if (options_.dry_run) {
      report_.chunks += gaps.chunks.size();
      return {};
    }
    CAIRN_CHECK(by_index(version, gaps));
    name_missing(gaps);
    return {};
  }

  Status by_roots(std::span<const Begun> begun) {
    std::vector<const Version*> versions;
    std::vector<format::Root> roots;
    for (const Begun& one : begun) {
      if (one.root.root.table.is_zero()) continue;
      versions.push_back(one.version);
      roots.push_back(one.root.root);
    }
    CAIRN_TRY(const auto tables, source_.tables(roots));
    std::vector<RootedVersion> rooted;
    for (std::size_t i = 0; i < versions.size(); ++i) {
      if (tables[i].ok())
        rooted.push_back({versions[i], *tables[i]});
      else
        context_.log.verbose(tables[i].error().message());
    }
    FetchPlan plan;
    CAIRN_CHECK(fetch_by_root(source_.view(), arrivals_, rooted, options_.wants,
                              options_.dry_run ? &plan : nullptr));
    report_.chunks += plan.chunks;
    report_.plain_bytes += plan.plain_bytes;
    return {};
  }

  Status by_index(const Version& version, Gaps& gaps) {
    for (int round = 0; round < kIndexRounds && !gaps.none(); ++round) {
      std::vector<ChunkId> wanted = gaps.pages;
      wanted.insert(wanted.end(), gaps.chunks.begin(), gaps.chunks.end());
      CAIRN_CHECK(fetch_by_index(source_.view(), arrivals_, wanted));
      CAIRN_CHECK(arrivals_.commit());
      CAIRN_TRY(Gaps now, find_gaps(here_, version, options_.wants, kGapsAtOnce));
      const bool progress = now.pages != gaps.pages || now.chunks != gaps.chunks;
      gaps = std::move(now);
      if (!progress) break;
    }
    return {};
  }

  void name_missing(const Gaps& gaps) {
    if (gaps.none()) return;
    const ChunkId& first = gaps.pages.empty() ? gaps.chunks.front() : gaps.pages.front();
    const auto why = arrivals_.faults().find(first);
    const std::string reason = why == arrivals_.faults().end()
                                   ? "no copy on " + source_.counter().describe()
                                   : why->second.message();
    if (why != arrivals_.faults().end()) {
      report_.damaged |= why->second.code() == Code::kCorrupt;
      report_.too_new |= why->second.code() == Code::kTooNew;
    }
    for (const std::string& file : gaps.files) report_.missing.push_back(file + ": " + reason);
  }

  const Context& context_;
  FetchSource& source_;
  const FetchOptions& options_;
  Arrivals& arrivals_;
  const Holdings here_;
  bool asked_ = false;
  FetchReport report_;
};

}  // namespace

Result<FetchReport> fetch_versions(store::Store& store, FetchSource& source,
                                   const std::vector<Version>& versions,
                                   const FetchOptions& options, ChunkSink* sink) {
  source.keep_pages_beside(store);
  StoreArrivals arrivals(source.view(), store, sink);
  auto report = Fetch(source, arrivals, options).run(versions);
  if (report.ok() && !options.dry_run) source.save_pages();
  return report;
}

Result<FetchReport> pass_versions(const Passing& passing, FetchSource& source,
                                  const std::vector<Version>& versions,
                                  const FetchOptions& options) {
  PassingArrivals arrivals(source.view(), passing);
  return Fetch(source, arrivals, options).run(versions);
}

Result<std::vector<ChunkId>> fetch_chunks(const Context& context, store::Store& store,
                                          Remote& remote, const std::vector<ChunkId>& chunks) {
  CAIRN_CHECK(prepare_remote(context, remote, false));
  RequestCounter counted(remote);
  const RequestThreads threads(context, remote);
  const RemoteView view(threads.context(), counted);
  StoreArrivals arrivals(view, store, nullptr);
  CAIRN_CHECK(fetch_by_index(view, arrivals, chunks));
  CAIRN_CHECK(arrivals.commit());
  std::vector<ChunkId> missing;
  for (const ChunkId& id : chunks) {
    if (!store.has(id)) missing.push_back(id);
  }
  return missing;
}

}  // namespace cairn::sync
