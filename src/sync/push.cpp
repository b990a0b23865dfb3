#include "sync/push.hpp"

#include <algorithm>
#include <utility>

#include "base/cpu_pool.hpp"
#include "base/error_lines.hpp"
#include "sync/index_repair.hpp"
#include "sync/missing_files.hpp"
#include "sync/publish.hpp"
#include "sync/request_threads.hpp"

namespace cairn::sync {
namespace {

constexpr int kMaxRounds = 8;  // each needs another pack condemned, or damage found, in between
constexpr int kRootAttempts = 3;
constexpr std::size_t kRootsAtOnce = 64;  // after one look at the time
constexpr std::size_t kRootsByGet = 8;    // more are found by listing
constexpr std::size_t kMissingNamed = 5;
constexpr std::uint64_t kRequestsAround = 8;  // lease, times and lists of a push that writes

}  // namespace

Push::Push(const Context& context, const store::Store& store, Remote& remote,
           const std::vector<Version>& versions, const PushOptions& options,
           const std::string& journal_directory)
    : context_(context),
      store_(store),
      remote_(remote),
      versions_(versions),
      options_(options),
      view_(context, remote_),
      pages_(context, store),
      journal_(journal_directory, remote.describe()),
      lease_(view_, options.project, options.program) {
  if (!options.repair) view_.use_cache(&pages_);
}

// The order of steps is PROTOCOL's; a round that finds out that something it relied on is condemned
// starts over at P2.
Result<PushReport> Push::run() {
  format::Id128 project{};
  if (!base::from_hex(options_.project, project)) {
    return Error(Code::kInternal, "the project id is not 32 hex digits");
  }
  collect_targets();
  if (targets_.empty()) return report();
  if (options_.dry_run) {
    CAIRN_CHECK(view_.read_config());
  } else {
    CAIRN_CHECK(prepare(view_, MayCreate::kYes));  // P0
  }
  CAIRN_CHECK(journal_.load());
  CAIRN_CHECK(look_for_roots());
  if (!anything(Target::State::kPending)) {
    CAIRN_CHECK(read_lists());
    CAIRN_CHECK(confirm_visible());
  }
  bool again = anything(Target::State::kPending);
  for (int round = 0; again; ++round) {
    if (round == kMaxRounds) {
      return Error(Code::kConflict,
                   remote_.describe() +
                       ": packs are condemned faster than this push can replace them")
          .hint("push again when no collection is running");
    }
    CAIRN_TRY(const Round end, push_round());
    again = end == Round::kAgain;
  }
  if (lease_.begun()) CAIRN_CHECK(lease_.end());  // P8
  if (options_.dry_run) return report();
  journal_.clear();
  pages_.save();
  return report();
}

void Push::collect_targets() {
  for (const Version& version : versions_) {
    const auto kind = closure_kind(version.pointer);
    if (!kind) continue;
    const Digest closure = *version.pointer.closure_id();
    if (!target_of_.try_emplace(closure, targets_.size()).second) continue;
    Target target;
    target.version.asked = &version;
    target.version.kind = *kind;
    target.version.closure = closure;
    targets_.push_back(std::move(target));
  }
}

bool Push::anything(Target::State state) const {
  for (const Target& target : targets_) {
    if (target.state == state) return true;
  }
  return false;
}

// With many versions one listing replaces a request for each.
Result<std::vector<bool>> Push::which_roots_may_exist() {
  if (targets_.size() <= kRootsByGet) return std::vector<bool>(targets_.size(), true);
  std::vector<bool> may(targets_.size(), false);
  const std::string prefix = "roots/" + options_.project + "/";
  const auto note = [&](const ObjectInfo& object) -> Status {
    const auto closure = Digest::from_hex(std::string_view(object.key).substr(prefix.size()));
    if (!closure) return {};
    if (const auto at = target_of_.find(*closure); at != target_of_.end()) may[at->second] = true;
    return {};
  };
  CAIRN_CHECK(remote_.list(prefix, note, context_.stop));
  return may;
}

Status Push::look_for_roots() {
  CAIRN_TRY(const auto may_exist, which_roots_may_exist());
  std::vector<Target*> asked;
  std::vector<Digest> closures;
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    targets_[i].state = Target::State::kPending;
    if (!may_exist[i]) continue;
    asked.push_back(&targets_[i]);
    closures.push_back(targets_[i].version.closure);
  }
  CAIRN_TRY(auto roots, read_roots(view_, options_.project, closures));
  for (std::size_t i = 0; i < asked.size(); ++i) note_root(*asked[i], std::move(roots[i]));
  return {};
}

void Push::note_root(Target& target, RootAnswer root) {
  if (!root.ok()) {
    context_.log.warn(root.error().message() + "; writing it again");
    target.version.replaces_root = true;
    return;
  }
  target.root = *std::move(root);
  if (!target.root) return;
  if (options_.repair) {
    target.version.replaces_root = true;
  } else {
    target.state = Target::State::kUnknown;
  }
}

// Versions whose root is visible: are they complete, on packs that may be relied on? The lists were
// read after the roots, so that this is P7 for them.
Status Push::confirm_visible() {
  for (Target& target : targets_) {
    if (target.state == Target::State::kUnknown) CAIRN_CHECK(confirm_target(target));
  }
  return {};
}

Status Push::confirm_target(Target& target) {
  CAIRN_CHECK(view_.need_packs());
  const auto why = [&]() -> Result<std::optional<std::string>> {
    CAIRN_TRY(auto table, read_table(view_, target.root->root));
    CAIRN_TRY(auto found, fault_of_version(view_, table, Judge::kCounts, nullptr));
    if (tables_.size() == kMaxOlderRoots) tables_.erase(tables_.begin());
    tables_.push_back(std::make_shared<const RemoteTable>(std::move(table)));
    return found;
  }();
  if (!why.ok() && !is_gone_or_damaged(why.error())) return why.error();
  const std::optional<std::string> fault =
      why.ok() ? *why : std::optional<std::string>(why.error().message());
  if (!fault) {
    target.state = Target::State::kThere;
    return {};
  }
  context_.log.verbose("`" + target.version.asked->path + "` is not complete on " +
                       remote_.describe() + ": " + *fault);
  target.state = Target::State::kPending;
  target.version.replaces_root = true;
  return {};
}

Status Push::read_lists() {
  view_.forget_packs();
  CAIRN_CHECK(view_.read_condemned());
  return view_.read_bad();
}

// Before anything is planned: it is then found by the index what a damaged root does not tell.
Status Push::repair_index_once() {
  if (!options_.repair || named_again_) return {};
  const auto how = options_.dry_run ? IndexRepair::kCountOnly : IndexRepair::kWrite;
  CAIRN_TRY(named_again_, repair_index(view_, journal_, how));
  return {};
}

Result<Push::Round> Push::push_round() {
  if (!options_.dry_run && (!lease_.begun() || lease_expired_)) {
    CAIRN_CHECK(lease_.begin());  // P1
    lease_expired_ = false;
    listed_ms_ = lease_.known_ms();
  }
  CAIRN_CHECK(read_lists());  // P2
  CAIRN_CHECK(repair_index_once());
  CAIRN_CHECK(confirm_visible());
  CAIRN_CHECK(plan_round());
  if (planned_targets_.empty() || options_.dry_run) return Round::kDone;
  CAIRN_TRY(const bool uploaded, upload_round());  // P3, P4
  if (!uploaded) return Round::kAgain;
  CAIRN_TRY(const bool clean_before, nothing_condemned());  // P5
  if (!clean_before) return Round::kAgain;
  CAIRN_TRY(const bool written, write_roots());  // P6
  if (!written) return Round::kAgain;
  CAIRN_TRY(const bool clean_after, nothing_condemned());  // P7
  return clean_after ? Round::kDone : Round::kAgain;
}

Status Push::plan_round() {
  std::vector<PlanVersion> versions;
  planned_targets_.clear();
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    Target& target = targets_[i];
    if (target.state != Target::State::kPending && target.state != Target::State::kPushed) continue;
    versions.push_back(target.version);
    planned_targets_.push_back(i);
  }
  const PlanInputs inputs{context_, store_, view_, journal_, options_, tables_};
  CAIRN_TRY(plan_, make_plan(inputs, std::move(versions)));
  bool any_live = false;
  for (std::size_t i = 0; i < plan_->versions.size(); ++i) {
    const PlanVersion& planned = plan_->versions[i];
    Target& target = targets_[planned_targets_[i]];
    any_live |= !planned.missing;
    if (planned.missing) {
      CAIRN_CHECK(note_missing(target, planned));
    } else if (options_.dry_run) {
      target.state = Target::State::kPushed;
    }
  }
  if (options_.dry_run) {
    CAIRN_TRY(const UploadEstimate estimate, estimate_upload(*plan_));
    totals_.chunks = estimate.chunks;
    totals_.plain_bytes = estimate.plain_bytes;
    totals_.pack_bytes = estimate.stored_bytes;
    totals_.packs = any_live ? estimate.packs : 0;
  }
  if (!any_live) planned_targets_.clear();
  return {};
}

// P7 may find that what a visible root needs is condemned, and that the chunks are nowhere else:
// that is no success.
Status Push::note_missing(Target& target, const PlanVersion& planned) {
  const PlanInputs inputs{context_, store_, view_, journal_, options_};
  CAIRN_TRY(target.missing, missing_files(inputs, *plan_, planned, kMissingNamed));
  target.state = Target::State::kMissing;
  if (!target.we_made_it_visible) return {};
  Error error(Code::kMissing, "`" + planned.asked->path + "` was pushed to " + remote_.describe() +
                                  ", but packs that it needs were condemned meanwhile, and their "
                                  "chunks are neither here nor readable there");
  for (const std::string& name : target.missing) base::add_detail(error, "missing: " + name);
  return std::move(error).hint("push from a clone that has these files");
}

// An own pack that the plan found chunks in may never have got into an index.
Status Push::adopt_own_packs(PackUpload& upload) {
  std::unordered_set<PackId> used;
  for (const PlanRecord& record : plan_->records) {
    if (record.where == PlanRecord::Where::kRemote) used.insert(plan_->packs[record.pack]);
  }
  for (std::size_t i = 0; i < journal_.size(); ++i) {
    if (journal_.indexed(i) || used.count(journal_.id(i)) == 0) continue;
    CAIRN_TRY(const auto pack, journal_.read(i));
    CAIRN_CHECK(upload.adopt(pack));
  }
  return {};
}

// False when the plan cannot be carried out: a chunk turned out to be unreadable, or the lease has
// run out.
Result<bool> Push::upload_round() {
  const PlanInputs inputs{context_, store_, view_, journal_, options_};
  PackUpload upload(view_, journal_, plan_->packs);
  upload.between_packs = [this]() -> Status {
    if (lease_expired_) return {};
    CAIRN_TRY(const bool alive, lease_.keep_alive());
    lease_expired_ = !alive;
    return {};
  };
  CAIRN_CHECK(adopt_own_packs(upload));
  CAIRN_TRY(const UploadEstimate estimate, estimate_upload(*plan_));
  context_.progress.begin("pushing", 0, 0);
  upload.expect(estimate.stored_bytes);
  CAIRN_TRY(const auto lost, upload_records(inputs, *plan_, upload));
  totals_.chunks += upload.totals().chunks;
  totals_.plain_bytes += upload.totals().plain_bytes;
  if (lost.empty()) {
    CAIRN_CHECK(upload_locators(inputs, *plan_, upload));
    CAIRN_TRY(tops_, upload_tables(inputs, *plan_, upload));
  }
  CAIRN_CHECK(upload.finish_packs());
  CAIRN_CHECK(upload.finish_index());  // P4
  totals_.pack_bytes += upload.totals().pack_bytes;
  totals_.packs += upload.totals().packs;
  if (!lost.empty() || lease_expired_) return false;
  collect_relied(*plan_);
  measure_versions(*plan_);
  return true;
}

// P5 and P7.
Result<bool> Push::nothing_condemned() {
  CAIRN_TRY(const std::int64_t now, lease_.ask_time());
  CAIRN_CHECK(view_.read_condemned());
  listed_ms_ = now;
  return !plan_->relies_on_condemned(view_);
}

Result<bool> Push::write_roots() {
  std::vector<RootPut> puts;
  for (std::size_t i = 0; i < plan_->versions.size(); ++i) {
    if (!plan_->versions[i].missing) puts.push_back(root_of(i));
  }
  for (std::span<RootPut> rest = puts; !rest.empty();) {
    const auto wave = rest.first(std::min(rest.size(), kRootsAtOnce));
    rest = rest.subspan(wave.size());
    CAIRN_TRY(const bool sent, send_roots(wave));
    if (!sent) return false;
    for (RootPut& put : wave) {
      CAIRN_TRY(const bool written, settle_root(put));
      if (!written) return false;
      Target& target = targets_[planned_targets_[put.at]];
      target.state = Target::State::kPushed;
      target.we_made_it_visible = true;
      target.version.replaces_root = true;  // should P7 ask for another round
    }
  }
  return true;
}

// P6: not allowed when the lease is over or something relied on was condemned meanwhile.
Result<Lease::Commit> Push::wait_for_commit() {
  for (int attempt = 0;; ++attempt) {
    CAIRN_TRY(const Lease::Commit commit, lease_.check_commit(listed_ms_));
    if (commit.expired) lease_expired_ = true;
    if (commit.allowed || commit.expired || attempt == kRootAttempts) return commit;
    CAIRN_TRY(const bool clean, nothing_condemned());  // the list is too old: P5 again
    if (!clean) return Lease::Commit();
  }
}

Push::RootPut Push::root_of(std::size_t at) const {
  const PlanVersion& planned = plan_->versions[at];
  const format::Pointer& pointer = planned.asked->pointer;
  const format::TableTop& top = tops_[at];
  RootPut put{at};
  put.condition = planned.replaces_root ? PutCondition::kReplace : PutCondition::kIfAbsent;
  format::Root& root = put.root;
  root.kind = planned.kind;
  root.closure = planned.closure;
  base::from_hex(options_.project, root.project);
  root.size_bytes = pointer.size_bytes;
  root.files = pointer.kind == format::Pointer::Kind::kFolder ? pointer.files : 1;
  root.stored_bytes = planned.stored_bytes;
  root.table = top.id;
  root.table_place = top.place;
  root.commit = planned.asked->commit;
  root.program = options_.program;
  return put;
}

// At the same time, with the time of one check. False: it does not allow them.
Result<bool> Push::send_roots(std::span<RootPut> puts) {
  CAIRN_TRY(const Lease::Commit commit, wait_for_commit());
  if (!commit.allowed) return false;
  const auto send = [&](std::size_t i) -> Status {
    RootPut& put = puts[i];
    put.root.time_ms = static_cast<std::uint64_t>(commit.now_ms);
    put.bytes = format::encode_root(put.root);
    BytesSource source(put.bytes);
    const std::string key = format::root_key(options_.project, put.root.closure);
    put.answer = remote_.put(key, source, put.condition, context_.stop);
    return {};
  };
  CAIRN_CHECK(base::parallel_for(context_, puts.size(), send));
  return true;
}

// True once it is visible, or one that is as good.
Result<bool> Push::settle_root(RootPut& put) {
  Target& target = targets_[planned_targets_[put.at]];
  for (int attempt = 1;; ++attempt) {
    const auto& answer = *put.answer;
    if (answer.ok() && *answer == PutOutcome::kStored) return true;
    if (!answer.ok() && answer.error().code() != Code::kNetwork) return answer.error();
    CAIRN_TRY(const bool settled, settle_existing(target, put.bytes));
    if (settled) return true;
    if (attempt == kRootAttempts) {
      if (!answer.ok()) return answer.error();
      return Error(Code::kConflict, "the root of `" + plan_->versions[put.at].asked->path +
                                        "` on " + remote_.describe() +
                                        " is broken and cannot be replaced");
    }
    // What is there is of no use to anyone.
    if (answer.ok()) put.condition = PutCondition::kReplace;
    CAIRN_TRY(const bool sent, send_roots({&put, 1}));
    if (!sent) return false;
  }
}

// After an answer that did not say "stored": is what is there now ours, or as good as ours?
Result<bool> Push::settle_existing(Target& target, const base::Bytes& ours) {
  const auto seen = view_.read_root(options_.project, target.version.closure);
  if (!seen.ok() && !is_gone_or_damaged(seen.error())) return seen.error();
  if (!seen.ok() || !*seen) return false;
  if ((*seen)->bytes == ours) return true;
  const format::Root& root = (*seen)->root;
  const format::Pointer& pointer = target.version.asked->pointer;
  if (root.kind != target.version.kind || root.size_bytes != pointer.size_bytes) return false;
  view_.forget_packs();
  CAIRN_CHECK(view_.need_packs());
  const auto table = read_table(view_, root);
  if (!table.ok()) return is_gone_or_damaged(table.error()) ? Result<bool>(false) : table.error();
  CAIRN_TRY(const auto fault, fault_of_version(view_, *table, Judge::kCounts, &plan_->relied));
  return !fault.has_value();
}

PushReport Push::report() const {
  PushReport out;
  for (const Version& version : versions_) {
    VersionResult result;
    const auto closure = version.pointer.closure_id();
    const auto at = closure ? target_of_.find(*closure) : target_of_.end();
    if (at == target_of_.end() || targets_[at->second].state == Target::State::kThere) {
      result.state = VersionState::kAlreadyThere;
    } else if (targets_[at->second].state == Target::State::kMissing) {
      result.state = VersionState::kMissingLocally;
      result.missing = targets_[at->second].missing;
    }
    out.versions.push_back(std::move(result));
  }
  out.chunks = totals_.chunks;
  out.new_plain_bytes = totals_.plain_bytes;
  out.uploaded_bytes = options_.dry_run ? totals_.pack_bytes : remote_.uploaded_bytes();
  out.packs = totals_.packs;
  out.packs_named_again = named_again_.value_or(0);
  out.requests = remote_.requests();
  if (options_.dry_run && totals_.packs > 0) {  // what follows the reading that was done
    const auto roots = static_cast<std::uint64_t>(
        std::ranges::count(out.versions, VersionState::kPushed, &VersionResult::state));
    out.requests += totals_.packs + 1 + roots + kRequestsAround;
  }
  return out;
}

Result<PushReport> push_versions(const Context& context, const store::Store& store, Remote& remote,
                                 const std::vector<Version>& versions, const PushOptions& options,
                                 const std::string& journal_directory) {
  const RequestThreads threads(context, remote);
  return Push(threads.context(), store, remote, versions, options, journal_directory).run();
}

}  // namespace cairn::sync
