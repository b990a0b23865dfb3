#include "repo/export.hpp"

#include "base/text.hpp"
#include "foreign/tar_writer.hpp"
#include "repo/exact_fetch.hpp"
#include "repo/materialise_plan.hpp"
#include "repo/write_below.hpp"
#include "store/chunk_reader.hpp"
#include "workdir/materialise.hpp"

namespace cairn::repo {

namespace {

Result<std::int64_t> commit_time_s(const Repository& repository, const std::string& revision) {
  CAIRN_TRY(const auto commit, repository.git().resolve_commit(revision));
  CAIRN_TRY(const auto answer,
            repository.git().run({"log", "-1", "--no-show-signature", "--format=%ct", commit}));
  std::uint64_t seconds = 0;
  if (!base::parse_u64(std::string_view(answer).substr(0, answer.find('\n')), seconds)) return 0;
  return static_cast<std::int64_t>(seconds);
}

Status write_member(const Context& context, const store::Store& store,
                    const workdir::WriteItem& item, foreign::TarWriter& tar) {
  const auto& entry = item.entry;
  if (entry.type == format::EntryType::kLink) return tar.link(item.path, entry.target);
  if (entry.type == format::EntryType::kEmptyFolder) return tar.folder(item.path);
  CAIRN_CHECK(tar.file(item.path, entry.size_bytes, entry.executable));
  const auto sink = [&](base::ByteView bytes) { return tar.data(bytes); };
  auto streamed = workdir::stream_range(context, store, entry, 0, entry.size_bytes, sink);
  if (!streamed) return std::move(streamed).error().with("`" + base::printable(item.path) + "`");
  return {};
}

}  // namespace

Result<CheckoutReport> export_tar(const Context& context, Repository& repository,
                                  const RestoreOptions& options,
                                  const std::function<Status(base::ByteView)>& sink) {
  const FetchCommandOptions how = what_to_fetch(options);
  CAIRN_TRY(const auto selected, select_at(repository, how.revision, how.paths));
  CAIRN_TRY(const auto brought, bring_exact(context, repository, selected, how,
                                            {options.max_bytes, options.expect}, options.offline));
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kRead));
  CAIRN_TRY(const auto items, wanted_items(store::page_fetch(*store), selected, options));
  CheckoutReport report;
  report.fingerprint = brought.fingerprint.text();
  CAIRN_TRY(const auto mtime_s, commit_time_s(repository, how.revision));
  std::optional<foreign::TarWriter> tar;
  if (!options.dry_run) {
    CAIRN_TRY(tar, foreign::TarWriter::create(sink, mtime_s));
  }
  for (const auto& item : items) {
    if (tar) CAIRN_CHECK(write_member(context, *store, item, *tar));
  }
  if (tar) CAIRN_CHECK(tar->finish());
  count_items(items, report);
  return report;
}

}  // namespace cairn::repo
