#include "repo/passage.hpp"

#include "base/text.hpp"
#include "repo/versions.hpp"

namespace cairn::repo {

Passage::Passage(const Context& context, Repository& repository, std::string remote, bool offline)
    : context_(context),
      repository_(repository),
      remote_(std::move(remote)),
      reachable_(!offline && !(repository.settings().remotes.empty() && remote_.empty())) {}

Passage::Passage(const Context& context, Repository& repository, const PullSource& from)
    : context_(context),
      repository_(repository),
      reachable_(true),
      keep_(from.keep),
      order_(&from.order) {}

Status Passage::open() {
  if (keep_ == Keep::kAll) {
    CAIRN_TRY(kept_in_, repository_.store(context_, store::Store::Access::kWrite));
    passing_.beside = kept_in_;
    return {};
  }
  const auto store = repository_.store(context_, store::Store::Access::kRead);
  if (store.ok()) passing_.beside = *store;
  return store.ok() || store.error().code() == Code::kMissing ||
                 store.error().code() == Code::kNotRepository
             ? Status()
             : store.error();
}

sync::Holdings Passage::holdings() const {
  const auto has = [this](const ChunkId& id) {
    return passing_.beside && passing_.beside->has(id);
  };
  return {sync::pages_of(passing_), has};
}

Status Passage::bring_lists(const std::vector<Tracked>& versions) {
  std::vector<sync::Version> wanted;
  const auto none = [](std::string_view) { return false; };
  for (const auto& item : versions) {
    CAIRN_TRY(const auto gaps, sync::find_gaps(holdings(), plain_version(item), none, 1));
    if (!gaps.none()) wanted.push_back(plain_version(item));
  }
  if (wanted.empty() || !reachable_) return {};
  sync::FetchOptions how;
  how.wants = none;
  return ask(wanted, how, nullptr);
}

Status Passage::bring(const std::vector<Tracked>& versions, const sync::Wants& wants,
                      sync::ChunkSink& sink) {
  return ask_for_data(versions, wants, false, sink);
}

Status Passage::plan(const std::vector<Tracked>& versions, const sync::Wants& wants,
                     sync::ChunkSink& sink) {
  return ask_for_data(versions, wants, true, sink);
}

Status Passage::ask_for_data(const std::vector<Tracked>& versions, const sync::Wants& wants,
                             bool dry_run, sync::ChunkSink& sink) {
  std::vector<sync::Version> wanted;
  for (const auto& item : versions) wanted.push_back(plain_version(item));
  sync::FetchOptions how;
  how.wants = wants;
  how.dry_run = dry_run;
  return ask(wanted, how, &sink);
}

Status Passage::ask(const std::vector<sync::Version>& wanted, sync::FetchOptions how,
                    sync::ChunkSink* sink) {
  how.project = repository_.settings().project;
  if (!order_) {
    CAIRN_TRY(own_order_, reading_order(repository_, remote_));
    order_ = &own_order_;
  }
  passing_.sink = sink;
  const auto bring = [&](sync::FetchSource& source) {
    return kept_in_ ? sync::fetch_versions(*kept_in_, source, wanted, how, sink)
                    : sync::pass_versions(passing_, source, wanted, how);
  };
  FarFetch fetch{context_, repository_, wanted.size(), how.dry_run, bring};
  fetch.note = !read_only_;
  const auto report = fetch_in_order(fetch, *order_);
  passing_.sink = nullptr;
  if (!report.ok()) return report.error();
  asked_ = true;
  add_fetched(*report, fetched_);
  return {};
}

Error nobody_to_ask(std::uint64_t bytes) {
  return Error(Code::kMissing, base::human_bytes(bytes) +
                                   " of data is not in the local store, and no remote is asked")
      .hint("run it without `--offline`; `cairn remote add NAME URL` tells where the data is")
      .slug("missing-object");
}

}  // namespace cairn::repo
