// Push: one push of some versions to one remote, PROTOCOL P0 to P8.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sync/journal.hpp"
#include "sync/lease.hpp"
#include "sync/pack_upload.hpp"
#include "sync/page_cache.hpp"
#include "sync/planning.hpp"
#include "sync/remote_view.hpp"
#include "sync/request_counter.hpp"
#include "sync/transfer.hpp"

namespace cairn::sync {

class Push {
 public:
  Push(const Context& context, const store::Store& store, Remote& remote,
       const std::vector<Version>& versions, const PushOptions& options,
       const std::string& journal_directory);
  Result<PushReport> run();

 private:
  // A closure that was asked for, perhaps by several versions.
  struct Target {
    PlanVersion version;
    std::optional<SeenRoot> root;  // as seen when the push began
    enum class State { kUnknown, kPending, kThere, kPushed, kMissing } state = State::kUnknown;
    bool we_made_it_visible = false;
    std::vector<std::string> missing;
  };
  enum class Round { kDone, kAgain };

  void collect_targets();
  Status look_for_roots();
  void note_root(Target& target, RootAnswer root);
  Result<std::vector<bool>> which_roots_may_exist();
  Status confirm_visible();
  Status confirm_target(Target& target);
  [[nodiscard]] bool anything(Target::State state) const;

  Result<Round> push_round();
  Status read_lists();
  Status repair_index_once();
  Status plan_round();
  Status note_missing(Target& target, const PlanVersion& planned);
  Result<bool> upload_round();
  Status adopt_own_packs(PackUpload& upload);
  Result<bool> nothing_condemned();
  Result<bool> write_roots();
  // A root on its way.
  struct RootPut {
    std::size_t at = 0;  // of the plan's versions
    format::Root root = {};
    PutCondition condition = PutCondition::kIfAbsent;
    base::Bytes bytes = {};  // as sent last
    std::optional<Result<PutOutcome>> answer = {};
  };
  [[nodiscard]] RootPut root_of(std::size_t at) const;
  Result<bool> send_roots(std::span<RootPut> puts);
  Result<bool> settle_root(RootPut& put);
  Result<Lease::Commit> wait_for_commit();
  Result<bool> settle_existing(Target& target, const base::Bytes& ours);
  PushReport report() const;

  const Context& context_;
  const store::Store& store_;
  RequestCounter remote_;
  const std::vector<Version>& versions_;
  const PushOptions& options_;
  RemoteView view_;
  PageCache pages_;
  Journal journal_;
  Lease lease_;
  bool lease_expired_ = false;
  std::int64_t listed_ms_ = 0;  // the store's time before the last LIST gc/
  std::vector<Target> targets_;
  std::unordered_map<Digest, std::size_t> target_of_;
  std::vector<std::size_t> planned_targets_;  // of plan_->versions
  std::vector<RemoteTablePtr> tables_;        // the last ones that confirm_target() read
  std::unique_ptr<Plan> plan_;
  std::vector<format::TableTop> tops_;
  UploadTotals totals_;
  std::optional<std::uint64_t> named_again_;  // packs, by a repair
};

}  // namespace cairn::sync
