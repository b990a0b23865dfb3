// restore: a version of some paths into another directory; pointers and tree stay as they are.
#include <algorithm>

#include "base/counted.hpp"
#include "base/file.hpp"
#include "base/shell.hpp"
#include "base/text.hpp"
#include "repo/below.hpp"
#include "repo/details.hpp"
#include "repo/exact_fetch.hpp"
#include "repo/materialise_plan.hpp"
#include "repo/operations.hpp"
#include "repo/pass_through.hpp"
#include "repo/tree_state.hpp"
#include "repo/versions.hpp"
#include "repo/write_below.hpp"
#include "store/ingest.hpp"

namespace cairn::repo {

namespace {

std::string stripped(const std::string& path, const std::string& prefix) {
  if (prefix.empty()) return path;
  if (path == prefix) return std::string(base::name_of(path));
  if (path.starts_with(prefix + "/")) return path.substr(prefix.size() + 1);
  return path;
}

}  // namespace

FetchCommandOptions what_to_fetch(const RestoreOptions& options) {
  FetchCommandOptions how;
  how.remote = options.remote;
  how.revision = options.revision.empty() ? "HEAD" : options.revision;
  how.paths = options.paths;
  how.include = options.include;
  how.exclude = options.exclude;
  return how;
}

Result<std::vector<workdir::WriteItem>> wanted_items(const format::PageFetch& pages,
                                                     const std::vector<Selected>& selected,
                                                     const RestoreOptions& options) {
  const auto selection = make_selection(options.include, options.exclude);
  std::string strip = options.strip;
  while (!strip.empty() && strip.back() == '/') strip.pop_back();
  std::vector<workdir::WriteItem> out;
  bool below_prefix = strip.empty();
  for (const auto& item : selected) {
    PlaceSearch places(item);
    if (selection.everything() && item.inside.empty())
      out.reserve(out.size() + expected_entries(item.tracked.pointer));
    const auto choose = [&](const format::ManifestEntry& entry) -> Status {
      places.look_at(entry.path);
      const auto path = path_below(item.tracked.path, entry.path);
      if (!item.covers(path) || !selection.wants(path)) return {};
      auto to = stripped(path, strip);
      below_prefix = below_prefix || to != path || path == strip;
      out.push_back(workdir::write_item(std::move(to), entry));
      return {};
    };
    const auto walked = for_each_entry(item.tracked.pointer, pages, choose);
    if (!walked) return not_here(walked.error(), item.tracked.path, options.revision);
    CAIRN_CHECK(places.verdict());
  }
  if (out.empty() && !(options.include.empty() && options.exclude.empty())) return no_match();
  if (!below_prefix && !out.empty()) {
    return Error(Code::kUsage, "no selected file is below `" + base::printable(strip) + "`")
        .hint("`--strip` takes a folder as the repository has it, such as `data/images`")
        .slug("no-match");
  }
  std::ranges::sort(out, {}, &workdir::WriteItem::path);
  const auto twin = std::ranges::adjacent_find(out, {}, &workdir::WriteItem::path);
  if (twin != out.end()) {
    return Error(Code::kConflict,
                 "two files would be written to `" + base::printable(twin->path) + "`")
        .hint("a shorter `--strip`, or none, keeps them apart");
  }
  return out;
}

namespace {

// Drops items that already stand there with the same content; others that exist are conflicts.
Result<std::vector<std::string>> drop_present(const Context& context, const workdir::TreeRoot& root,
                                              std::vector<workdir::WriteItem>& items,
                                              std::uint64_t& unchanged) {
  std::vector<store::SourceFile> sources;
  std::vector<std::size_t> of;
  std::vector<std::string> conflicts;
  std::vector<bool> present(items.size(), false);
  for (std::size_t i = 0; i < items.size(); ++i) {
    CAIRN_TRY(const auto found, root.lstat(items[i].path));
    if (!found) continue;
    const auto& entry = items[i].entry;
    const bool file = entry.type == format::EntryType::kFile && S_ISREG(found->st_mode);
    if (file && static_cast<std::uint64_t>(found->st_size) == entry.size_bytes &&
        ((found->st_mode & 0100) != 0) == entry.executable) {
      sources.push_back({items[i].path, entry.size_bytes});
      of.push_back(i);
    } else if (entry.type == format::EntryType::kEmptyFolder && S_ISDIR(found->st_mode)) {
      present[i] = true;
    } else if (entry.type == format::EntryType::kLink && S_ISLNK(found->st_mode)) {
      CAIRN_TRY(const auto target, root.read_link(items[i].path));
      present[i] = target == entry.target;
      if (!present[i]) conflicts.push_back(items[i].path);
    } else {
      conflicts.push_back(items[i].path);
    }
  }
  const auto open = [&](std::size_t i) { return root.open_read(sources[i].path); };
  const auto visit = [&](std::size_t i, const store::StoredFile& stored) -> Status {
    present[of[i]] = stored.id == items[of[i]].entry.file_id;
    if (!present[of[i]]) conflicts.push_back(sources[i].path);
    return {};
  };
  CAIRN_CHECK(store::hash_files(context, sources, open, visit));
  std::size_t left = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (present[i]) continue;
    if (left != i) items[left] = std::move(items[i]);
    ++left;
  }
  unchanged += items.size() - left;
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(left), items.end());
  return conflicts;
}

}  // namespace

Result<std::optional<BelowPlan>> plan_below(const Context& context, const Repository& repository,
                                            const format::PageFetch& pages,
                                            const std::vector<Selected>& selected,
                                            const RestoreOptions& options, CheckoutReport& report) {
  CAIRN_TRY(auto items, wanted_items(pages, selected, options));
  const auto& here = repository.environment().directory;
  const auto directory = base::path_from(here, options.to);
  if (!options.dry_run) CAIRN_CHECK(base::make_directories(directory));
  if (!base::stat_path(directory)) {  // a dry run into a directory that is not there yet
    count_items(items, report);
    return std::optional<BelowPlan>();
  }
  CAIRN_TRY(auto root, workdir::TreeRoot::open(directory));
  CAIRN_TRY(const auto conflicts, drop_present(context, root, items, report.unchanged));
  if (!conflicts.empty() && !options.force) {
    return Error(Code::kConflict, "`" + base::printable(options.to) + "` holds " +
                                      base::counted(conflicts.size(), "file") +
                                      " with other content")
        .detail("first: " + base::printable(conflicts.front()))
        .hint("choose an empty directory for `--to`; `--force` replaces what is there")
        .slug("local-changes");
  }
  return std::optional(BelowPlan{std::move(root), std::move(items)});
}

void count_items(const std::vector<workdir::WriteItem>& items, CheckoutReport& report) {
  for (const auto& item : items) report.written_bytes += item.entry.size_bytes;
  report.written += items.size();
}

Status write_below(const Context& context, Repository& repository,
                   const std::vector<Selected>& selected, const RestoreOptions& options,
                   CheckoutReport& report) {
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kRead));
  CAIRN_TRY(const auto plan,
            plan_below(context, repository, store::page_fetch(*store), selected, options, report));
  if (!plan) return {};
  CAIRN_CHECK(
      workdir::check_writes(context, *store, plan->root, workdir::pointers_to(plan->items)));
  if (options.dry_run) {
    count_items(plan->items, report);
    return {};
  }
  const auto written = [&](std::size_t i, const workdir::StatKey&) -> Status {
    report.written += 1;
    report.written_bytes += plan->items[i].entry.size_bytes;
    return {};
  };
  CAIRN_CHECK(workdir::write_items(context, *store, plan->root, plan->items, {}, written));
  for (const auto& item : selected) report.paths.push_back(item.tracked.path);
  return {};
}

namespace {

Result<Restored> restore_version(const Context& context, Repository& repository,
                                 const RestoreOptions& options) {
  if (options.to.empty()) {
    return Error(Code::kUsage, "`cairn restore` needs `--to DIR`")
        .hint("`cairn checkout` writes into the work tree")
        .slug("restore-needs-to");
  }
  Restored out;
  FetchCommandOptions how = what_to_fetch(options);
  CAIRN_TRY(out.commit, repository.git().resolve_commit(how.revision));
  CAIRN_TRY(const auto selected, select_at(repository, out.commit, how.paths));
  for (const auto& item : selected) out.pointers.push_back(item.tracked);
  const FetchLimits limits{options.max_bytes, options.expect};
  if (options.no_store) {
    CAIRN_TRY(auto passed, restore_through(context, repository, selected, options, limits));
    out.brought = {std::move(passed.fetched), passed.asked, passed.fingerprint};
    out.written = std::move(passed.written);
    return out;
  }
  if (options.frozen) CAIRN_CHECK(require_lists(context, repository, selected, how.revision));
  CAIRN_TRY(out.brought, bring_exact(context, repository, selected, how, limits, options.offline));
  out.written.fingerprint = out.brought.fingerprint.text();
  CAIRN_CHECK(write_below(context, repository, selected, options, out.written));
  return out;
}

}  // namespace

Result<Restored> restore_exactly(const Context& context, Repository& repository,
                                 const RestoreOptions& options) {
  auto done = restore_version(context, repository, options);
  if (done) return done;
  const auto& error = done.error();
  if (error.code() != Code::kMissing || !error.hints().empty())
    return name_no_remote(repository, error);
  return name_no_remote(
      repository, with_only_hint(error, "`cairn fetch --rev " +
                                            base::shell_word(what_to_fetch(options).revision) +
                                            "` brings it from the remote"));
}

Result<CheckoutReport> restore(const Context& context, Repository& repository,
                               const RestoreOptions& options) {
  CAIRN_TRY(auto restored, restore_exactly(context, repository, options));
  return std::move(restored.written);
}

}  // namespace cairn::repo
