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

Result<std::optional<SeenRoot>> FetchSource::root(const std::string& project,
                                                  const Digest& closure) {
  const auto known = roots_.find(closure);
  return known == roots_.end() ? root_again(project, closure) : std::optional(known->second);
}

Result<std::optional<SeenRoot>> FetchSource::root_again(const std::string& project,
                                                        const Digest& closure) {
  auto root = view_.read_root(project, closure);
  if (!root.ok() && is_gone_or_damaged(root.error())) {
    view_.context().log.warn(root.error().message());
    SeenRoot damaged;
    damaged.root.closure = closure;
    root = std::optional(std::move(damaged));
  }
  if (root.ok() && *root) roots_.insert_or_assign(closure, **root);
  return root;
}

Result<std::shared_ptr<const RemoteTable>> FetchSource::table(const format::Root& root) {
  const auto known =
      std::ranges::find(tables_, root.table, [](const auto& kept) { return kept.first; });
  if (known != tables_.end()) return known->second;
  CAIRN_TRY(auto table, read_table(view_, root));
  if (tables_.size() == kTablesKept) tables_.erase(tables_.begin());
  tables_.emplace_back(root.table, std::make_shared<const RemoteTable>(std::move(table)));
  return tables_.back().second;
}

}  // namespace cairn::sync
