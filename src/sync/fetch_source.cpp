#include "sync/fetch_source.hpp"

#include <algorithm>

namespace cairn::sync {
namespace {

constexpr std::size_t kTablesKept = 16;

}  // namespace

Status FetchSource::prepare() {
  CAIRN_TRY(const bool ready, is_ready());
  return ready ? Status() : no_remote_here(counter_);
}

Result<bool> FetchSource::is_ready() {
  if (!ready_) {
    CAIRN_TRY(ready_, view_.read_config());
  }
  return *ready_;
}

void FetchSource::keep_pages_beside(const store::Store& store) {
  if (pages_) return;
  view_.use_cache(&pages_.emplace(view_.context(), store));
}

void FetchSource::save_pages() {
  if (pages_) pages_->save();
}

Result<std::optional<SeenRoot>> FetchSource::root_again(const std::string& project,
                                                        const Digest& closure) {
  return note(closure, view_.read_root(project, closure));
}

Result<std::vector<std::optional<SeenRoot>>> FetchSource::roots(const std::string& project,
                                                                std::span<const Digest> closures) {
  std::vector<Digest> unknown;
  for (const Digest& closure : closures) {
    if (!roots_.contains(closure)) unknown.push_back(closure);
  }
  CAIRN_TRY(auto answers, read_roots(view_, project, unknown));
  for (std::size_t i = 0; i < unknown.size(); ++i)
    CAIRN_CHECK(note(unknown[i], std::move(answers[i])));
  std::vector<std::optional<SeenRoot>> out;
  for (const Digest& closure : closures) {
    const auto known = roots_.find(closure);
    out.push_back(known == roots_.end() ? std::nullopt : std::optional(known->second));
  }
  return out;
}

// A damaged one is of no use, and known.
Result<std::optional<SeenRoot>> FetchSource::note(const Digest& closure,
                                                  Result<std::optional<SeenRoot>> root) {
  if (!root.ok() && is_gone_or_damaged(root.error())) {
    view_.context().log.warn(root.error().message());
    SeenRoot damaged;
    damaged.root.closure = closure;
    root = std::optional(std::move(damaged));
  }
  if (root.ok() && *root) roots_.insert_or_assign(closure, **root);
  return root;
}

Result<std::vector<Result<RemoteTablePtr>>> FetchSource::tables(
    std::span<const format::Root> roots) {
  std::vector<std::optional<Result<RemoteTablePtr>>> found(roots.size());
  std::vector<format::Root> unknown;
  std::vector<std::size_t> place;
  for (std::size_t i = 0; i < roots.size(); ++i) {
    const auto known =
        std::ranges::find(tables_, roots[i].table, [](const auto& kept) { return kept.first; });
    if (known != tables_.end()) {
      found[i] = known->second;
    } else {
      unknown.push_back(roots[i]);
      place.push_back(i);
    }
  }
  const auto keep = [&](std::size_t i, Result<RemoteTable> table) -> Status {
    if (!table.ok() && !is_gone_or_damaged(table.error())) return std::move(table).error();
    if (!table.ok()) {
      found[place[i]] = std::move(table).error();
      return {};
    }
    auto shared = std::make_shared<const RemoteTable>(*std::move(table));
    if (tables_.size() == kTablesKept) tables_.erase(tables_.begin());
    tables_.emplace_back(unknown[i].table, shared);
    found[place[i]] = std::move(shared);
    return {};
  };
  CAIRN_CHECK(read_tables(view_, unknown, keep));
  std::vector<Result<RemoteTablePtr>> out;
  for (auto& table : found) out.push_back(*std::move(table));
  return out;
}

}  // namespace cairn::sync
