#include "repo/pass_through.hpp"

#include <algorithm>

#include "base/free_memory.hpp"
#include "repo/checkout_plan.hpp"
#include "repo/outside.hpp"
#include "repo/versions.hpp"
#include "repo/work_tree.hpp"
#include "repo/write_below.hpp"
#include "workdir/landing.hpp"

namespace cairn::repo {

namespace {

class LandingSink final : public sync::ChunkSink {
 public:
  explicit LandingSink(workdir::Landing& landing) : landing_(landing) {}
  [[nodiscard]] bool lacks(const ChunkId& id) const override { return landing_.lacks(id); }
  Status land(const ChunkId& id, base::ByteView bytes) override { return landing_.land(id, bytes); }
  [[nodiscard]] bool hashes(const ChunkId& id) const override { return landing_.hashes(id); }
  Result<bool> settle(const ChunkId& id, base::ByteView bytes) override {
    return landing_.settle(id, bytes);
  }
  [[nodiscard]] std::uint64_t files_to_come() const override { return landing_.files_to_come(); }

 private:
  workdir::Landing& landing_;
};

// Asked which chunks would come, and never given one.
class PlannedSink final : public sync::ChunkSink {
 public:
  using Lacks = std::function<bool(const ChunkId&)>;
  explicit PlannedSink(Lacks lacks) : lacks_(std::move(lacks)) {}
  [[nodiscard]] bool lacks(const ChunkId& id) const override { return lacks_(id); }
  [[nodiscard]] bool hashes(const ChunkId&) const override { return false; }
  Status land(const ChunkId&, base::ByteView) override { return {}; }
  Result<bool> settle(const ChunkId&, base::ByteView) override { return true; }

 private:
  const Lacks lacks_;
};

bool broke_off(const Error& error) {
  return error.code() == Code::kNetwork || error.code() == Code::kInterrupted ||
         error.code() == Code::kUnauthenticated;
}

// Where files go, and how they are noted.
struct Destination {
  const workdir::TreeRoot& root;
  std::vector<std::string> tops;
  std::string notes;
};

// Everything that `landing` lacks, from the store beside and from afar.
Status bring_data(Passage& passage, const std::vector<Tracked>& versions,
                  workdir::Landing& landing) {
  if (passage.store()) CAIRN_CHECK(landing.land_from(*passage.store()));
  const std::uint64_t lacking = landing.lacking().bytes;
  if (lacking == 0) return {};
  if (!passage.reachable()) return nobody_to_ask(lacking);
  LandingSink sink(landing);
  Status done = passage.bring(versions, {}, sink);
  // What is complete need not come again. What is damaged or missing afar changes nothing here.
  if (!done.ok() && broke_off(done.error())) landing.keep_what_came();
  return done;
}

// What bring_data() would say before the first byte of data comes.
Status plan_data(Passage& passage, const std::vector<Tracked>& versions,
                 const workdir::Landing& landing) {
  const std::uint64_t lacking = landing.lacking(passage.store()).bytes;
  if (lacking == 0) return {};
  if (!passage.reachable()) return nobody_to_ask(lacking);
  const auto stored = passage.holdings().has;
  PlannedSink sink([&](const ChunkId& id) { return landing.lacks(id) && !stored(id); });
  return passage.plan(versions, {}, sink);
}

std::vector<Tracked> tracked_of(const std::vector<Selected>& selected) {
  std::vector<Tracked> out;
  for (const auto& item : selected) out.push_back(item.tracked);
  return out;
}

Result<std::unique_ptr<workdir::Landing>> plan_landing(
    const Context& context, const Passage& passage, const Destination& to,
    const std::vector<const workdir::WriteItem*>& items, const FetchLimits& limits) {
  CAIRN_TRY(auto landing,
            workdir::Landing::plan(context, to.root, items, passage.holdings().pages));
  if (!passage.keeps()) landing->cover_by_files();
  if (limits.max_bytes)
    CAIRN_CHECK(check_budget(landing->lacking(passage.store()).bytes, *limits.max_bytes));
  CAIRN_CHECK(workdir::check_places(context, to.root, items, to.notes));
  return landing;
}

// The same for a directory that is not there yet, so that all files have to be written.
Status plan_elsewhere(Passage& passage, const std::vector<Selected>& selected,
                      const workdir::Selection& selection, std::uint64_t bytes) {
  const auto wants = [&](std::string_view path) {
    const auto covers = [&](const Selected& item) { return item.covers(path); };
    return selection.wants(path) && std::ranges::any_of(selected, covers);
  };
  const auto stored = passage.holdings();
  std::vector<Tracked> lacking;
  for (const auto& item : selected) {
    CAIRN_TRY(const auto gaps, sync::find_gaps(stored, plain_version(item.tracked), wants, 1));
    if (!gaps.none()) lacking.push_back(item.tracked);
  }
  if (lacking.empty()) return {};
  if (!passage.reachable()) return nobody_to_ask(bytes);
  PlannedSink sink([&](const ChunkId& id) { return !stored.has(id); });
  return passage.plan(lacking, wants, sink);
}

// --- into the work tree ---

// What stands in the tree already need not be listed, unless a fingerprint is wanted.
enum class Lists { kWhereNeeded, kAll };

class TreePassage {
 public:
  TreePassage(const Context& context, Repository& repository, const ThroughOptions& options)
      : context_(context),
        repository_(repository),
        options_(options),
        passage_(context, repository, options.how.remote, options.offline) {}
  TreePassage(const Context& context, Repository& repository, const ThroughOptions& options,
              const PullSource& from)
      : context_(context),
        repository_(repository),
        options_(options),
        passage_(context, repository, from) {}

  Result<Passed> run(const std::vector<Selected>& selected, Lists lists) {
    CAIRN_CHECK(passage_.open());
    CAIRN_CHECK(look(selected));
    CAIRN_CHECK(bring_lists(selected, lists));
    CAIRN_CHECK(plan());
    CAIRN_TRY(const auto landing,
              plan_landing(context_, passage_, destination_, items_, options_.limits));
    if (options_.how.dry_run) {
      CAIRN_CHECK(plan_data(passage_, versions_to_write(), *landing));
      out_.fetched = passage_.fetched();
      out_.fetched.dry_run = true;
      const auto lacking = landing->lacking(passage_.store());
      out_.fetched.chunks = lacking.chunks;
      out_.fetched.plain_bytes = lacking.bytes;
      for (const auto& target : targets_) count_plan(target.plan, out_.written);
      return std::move(out_);
    }
    CAIRN_CHECK(write(*landing));
    out_.fetched = passage_.fetched();
    out_.asked = passage_.asked();
    return std::move(out_);
  }

 private:
  Status look(const std::vector<Selected>& selected) {
    for (const auto& item : selected) {
      CAIRN_TRY(auto target, look_at_target(context_, repository_, item, std::nullopt));
      target.all = options_.all;
      targets_.push_back(std::move(target));
    }
    return {};
  }

  Status bring_lists(const std::vector<Selected>& selected, Lists lists) {
    std::vector<Tracked> wanted;
    for (const auto& target : targets_) {
      if (lists == Lists::kAll || !target.plan.up_to_date)
        wanted.push_back(target.selected.tracked);
    }
    CAIRN_CHECK(passage_.bring_lists(wanted));
    if (lists != Lists::kAll) return {};
    const auto selection = make_selection(options_.how.include, options_.how.exclude);
    CAIRN_TRY(out_.fingerprint, fingerprint_of(selected, selection, passage_.holdings().pages,
                                               options_.how.revision));
    return check_expected(out_.fingerprint, options_.limits.expect);
  }

  Status plan() {
    const auto selection = make_selection(options_.how.include, options_.how.exclude);
    for (auto& target : targets_) {
      CAIRN_CHECK(
          plan_target(context_, repository_, passage_.holdings(), selection, std::nullopt, target));
      const auto& plan = target.plan;
      for (const auto& item : plan.writes) items_.push_back(&item);
      const auto& tracked = target.selected.tracked;
      if (tracked.pointer.kind == format::Pointer::Kind::kFolder && !plan.writes.empty())
        destination_.tops.push_back(tracked.path);
      untracked_ += plan.untracked_kept;
    }
    const bool matched =
        std::ranges::any_of(targets_, [](const auto& target) { return target.matched; });
    if (!matched && !selection.everything()) return no_match();
    if (options_.require_clean && untracked_ > 0) return not_clean(untracked_);
    if (!options_.force) CAIRN_CHECK(refuse_losses(repository_, passage_.holdings(), targets_));
    forget_trees(targets_);
    return {};
  }

  // Of the others not even the lists are here.
  [[nodiscard]] std::vector<Tracked> versions_to_write() const {
    std::vector<Tracked> out;
    for (const auto& target : targets_) {
      if (!target.plan.writes.empty()) out.push_back(target.selected.tracked);
    }
    return out;
  }

  Status write(workdir::Landing& landing) {
    if (!items_.empty()) CAIRN_CHECK(landing.open(destination_.tops, destination_.notes));
    CAIRN_CHECK(bring_data(passage_, versions_to_write(), landing));
    base::return_free_memory();
    std::size_t first = 0;
    for (auto& target : targets_) {
      const auto publish = [&](const TreePlan& plan,
                               const workdir::WrittenVisit& written) -> Status {
        const std::size_t begin = std::exchange(first, first + plan.writes.size());
        return landing.publish(begin, first, [&](std::size_t i, const workdir::StatKey& stat) {
          return written(i - begin, stat);
        });
      };
      CAIRN_CHECK(write_target(repository_, publish, target, out_.written));
    }
    return items_.empty() ? Status() : landing.sync();
  }

  const Context& context_;
  Repository& repository_;
  const ThroughOptions& options_;
  Passage passage_;
  Destination destination_{repository_.tree(), {}, repository_.state_directory()};
  std::vector<CheckoutTarget> targets_;
  std::vector<const workdir::WriteItem*> items_;
  std::uint64_t untracked_ = 0;
  Passed out_;
};

}  // namespace

Result<PullReport> pull_through(const Context& context, Repository& repository,
                                const FetchCommandOptions& options, bool force,
                                const PullSource& from) {
  CAIRN_TRY(const auto paths, repository.resolve_arguments(options.paths));
  CAIRN_TRY(const auto tracked, repository.tracked_for(paths));
  CAIRN_TRY(auto selected, select(tracked, paths));
  CAIRN_TRY(auto outside, leave_outside(repository, options.paths, selected));
  CAIRN_TRY(const auto links, links_in_the_way(repository, selected));
  if (!force) CAIRN_CHECK(refuse_links(links));
  ThroughOptions how;
  how.how = options;
  how.force = force;
  if (!options.dry_run) CAIRN_CHECK(remove_links(repository, links));
  auto brought = TreePassage(context, repository, how, from).run(selected, Lists::kWhereNeeded);
  if (!brought && !options.dry_run) CAIRN_CHECK(put_back_links(repository, links));
  CAIRN_TRY(auto passed, std::move(brought));
  passed.fetched.dry_run = options.dry_run;
  passed.written.outside = std::move(outside);
  if (passed.fetched.remote.empty()) passed.fetched.remote = from.order.front().setting.name;
  return PullReport{std::move(passed.fetched), std::move(passed.written)};
}

Result<Passed> checkout_through(const Context& context, Repository& repository,
                                const std::vector<Selected>& selected,
                                const ThroughOptions& options) {
  return TreePassage(context, repository, options).run(selected, Lists::kAll);
}

Result<Passed> restore_through(const Context& context, Repository& repository,
                               const std::vector<Selected>& selected, const RestoreOptions& options,
                               const FetchLimits& limits) {
  Passage passage(context, repository, options.remote, options.offline);
  CAIRN_CHECK(passage.open());
  CAIRN_CHECK(passage.bring_lists(tracked_of(selected)));
  const auto pages = passage.holdings().pages;
  const auto selection = make_selection(options.include, options.exclude);
  Passed out;
  CAIRN_TRY(out.fingerprint, fingerprint_of(selected, selection, pages, options.revision));
  CAIRN_CHECK(check_expected(out.fingerprint, limits.expect));
  out.written.fingerprint = out.fingerprint.text();
  CAIRN_TRY(const auto plan,
            plan_below(context, repository, pages, selected, options, out.written));
  if (!plan) {
    CAIRN_CHECK(plan_elsewhere(passage, selected, selection, out.written.written_bytes));
    return out;
  }
  std::vector<const workdir::WriteItem*> items;
  for (const auto& item : plan->items) items.push_back(&item);
  const Destination to{plan->root, {}, ""};
  CAIRN_TRY(const auto landing, plan_landing(context, passage, to, items, limits));
  if (options.dry_run) {
    CAIRN_CHECK(plan_data(passage, tracked_of(selected), *landing));
    count_items(plan->items, out.written);
    return out;
  }
  if (!items.empty()) {
    CAIRN_CHECK(landing->open(to.tops, to.notes));
    CAIRN_CHECK(bring_data(passage, tracked_of(selected), *landing));
    const auto ignore = [](std::size_t, const workdir::StatKey&) { return Status(); };
    CAIRN_CHECK(landing->publish(0, items.size(), ignore));
    CAIRN_CHECK(landing->sync());
  }
  count_items(plan->items, out.written);
  for (const auto& item : selected) out.written.paths.push_back(item.tracked.path);
  out.fetched = passage.fetched();
  out.asked = passage.asked();
  return out;
}

}  // namespace cairn::repo
