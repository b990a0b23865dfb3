#include "repo/exact_fetch.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "repo/below.hpp"
#include "repo/details.hpp"
#include "repo/materialise_plan.hpp"
#include "repo/tree_state.hpp"
#include "repo/versions.hpp"
#include "sync/gaps.hpp"

namespace cairn::repo {

namespace {

char type_letter(const format::ManifestEntry& entry) {
  if (entry.type == format::EntryType::kLink) return 'l';
  if (entry.type == format::EntryType::kEmptyFolder) return 'd';
  return entry.executable ? 'x' : 'f';
}

FileId entry_id(const format::ManifestEntry& entry) {
  if (entry.type == format::EntryType::kLink) return link_id(entry.target);
  if (entry.type == format::EntryType::kEmptyFolder) return link_id("");
  return entry.file_id;
}

void hash_line(crypto::Sha256& hash, const format::ManifestEntry& entry, const std::string& path) {
  std::string line{type_letter(entry), ' '};
  line += entry_id(entry).hex() + ' ' + path;
  line += '\0';
  hash.update({reinterpret_cast<const std::uint8_t*>(line.data()), line.size()});
}

// So that folders stand where their files stand among the others.
std::string place_of(const Selected& item) {
  const bool folder = item.tracked.pointer.kind == format::Pointer::Kind::kFolder;
  return folder ? item.tracked.path + "/" : item.tracked.path;
}

// Whether the store lacks some of what is wanted.
Result<bool> lacks(const Context& context, Repository& repository,
                   const std::vector<Selected>& selected, const workdir::Selection& selection) {
  auto store = repository.store(context, store::Store::Access::kRead);
  if (!store && store.error().code() == Code::kMissing) return true;
  if (!store) return std::move(store).error();
  for (const auto& item : selected) {
    const auto wants = [&](std::string_view path) {
      return item.covers(path) && selection.wants(path);
    };
    CAIRN_TRY(const auto gaps, sync::find_gaps(**store, plain_version(item.tracked), wants, 1));
    if (!gaps.none()) return true;
  }
  return false;
}

}  // namespace

Status check_expected(const Fingerprint& found, const std::string& expect) {
  if (expect.empty() || expect == found.text()) return {};
  return Error(Code::kAnswerNo,
               "this is not the expected version: its fingerprint is " + found.text())
      .detail("expected: " + base::printable(expect))
      .hint("the same paths and patterns must be selected as when the fingerprint was printed")
      .slug("unexpected-version");
}

Status check_budget(std::uint64_t plain_bytes, std::uint64_t max_bytes) {
  if (plain_bytes <= max_bytes) return {};
  return Error(Code::kAnswerNo, base::human_bytes(plain_bytes) +
                                    " of data would have to come, more than " +
                                    base::human_bytes(max_bytes))
      .hint("`--include` takes fewer files, a greater `--max-bytes` allows them")
      .slug("over-budget");
}

Result<Fingerprint> fingerprint_of(const std::vector<Selected>& selected,
                                   const workdir::Selection& selection,
                                   const format::PageFetch& pages, const std::string& revision) {
  auto ordered = selected;
  std::ranges::sort(ordered, {}, place_of);
  crypto::Sha256 hash;
  Fingerprint out;
  for (const auto& item : ordered) {
    const auto& tracked = item.tracked;
    auto entries = load_entries(tracked.pointer, pages);
    if (!entries) return not_here(std::move(entries).error(), tracked.path, revision);
    for (const auto& entry : *entries) {
      const auto path = path_below(tracked.path, entry.path);
      if (!item.covers(path) || !selection.wants(path)) continue;
      hash_line(hash, entry, path);
      ++out.files;
      out.bytes += entry.size_bytes;
    }
  }
  out.digest = hash.finish();
  return out;
}

Status require_lists(const Context& context, Repository& repository,
                     const std::vector<Selected>& selected, const std::string& revision) {
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kRead));
  const auto pages = store::page_fetch(*store);
  for (const auto& item : selected) {
    auto entries = load_entries(item.tracked.pointer, pages);
    if (!entries) return not_here(std::move(entries).error(), item.tracked.path, revision);
  }
  return {};
}

Error name_no_remote(const Repository& repository, Error error) {
  if (error.code() != Code::kMissing || !repository.settings().remotes.empty()) return error;
  return with_only_hint(
      error,
      "no remote is known in this clone: `cairn remote add NAME URL` adds one; a directory is a "
      "URL too, and each clone has to add it");
}

Result<Brought> bring_exact(const Context& context, Repository& repository,
                            const std::vector<Selected>& selected, const FetchCommandOptions& how,
                            const FetchLimits& limits, bool offline) {
  const auto selection = make_selection(how.include, how.exclude);
  Brought out;
  const bool reachable = !offline && !(repository.settings().remotes.empty() && how.remote.empty());
  CAIRN_TRY(const bool incomplete, lacks(context, repository, selected, selection));
  out.asked = reachable && incomplete;
  if (out.asked && (limits.max_bytes || !limits.expect.empty())) {
    auto lists = how;
    lists.lists_only = true;
    lists.include.clear();  // a list may tell that a pattern matches nothing
    CAIRN_CHECK(fetch(context, repository, lists));
  }
  const auto identify = [&]() -> Status {
    CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kRead));
    CAIRN_TRY(out.fingerprint,
              fingerprint_of(selected, selection, store::page_fetch(*store), how.revision));
    return check_expected(out.fingerprint, limits.expect);
  };
  if (!out.asked) {
    CAIRN_CHECK(identify());
    return out;
  }
  if (!limits.expect.empty()) CAIRN_CHECK(identify());
  if (limits.max_bytes) {
    auto plan = how;
    plan.dry_run = true;
    CAIRN_TRY(const auto planned, fetch(context, repository, plan));
    CAIRN_CHECK(check_budget(planned.plain_bytes, *limits.max_bytes));
  }
  CAIRN_TRY(out.fetched, fetch(context, repository, how));
  CAIRN_CHECK(identify());
  return out;
}

}  // namespace cairn::repo
