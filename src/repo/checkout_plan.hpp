// What checkout and `pull --no-store` share: the targets, what must change to make each match its
// pointer, and carrying that out.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "repo/materialise_plan.hpp"
#include "repo/operations.hpp"
#include "repo/tree_plan.hpp"
#include "sync/gaps.hpp"

namespace cairn::repo {

struct CheckoutTarget {
  Selected selected;
  LocalTree local;
  TreePlan plan;
  bool matched = false;  // a file of the version is wanted
  bool all = false;      // what a partly checked out folder left out comes, too
};

// What the tree holds. plan.up_to_date says that there is nothing to do; no list is read for that.
Result<CheckoutTarget> look_at_target(const Context& context, const Repository& repository,
                                      const Selected& selected,
                                      std::optional<workdir::LinkMode> link);
// Plans the rest; lists of the version are in `here`, whose chunks may be lost from the tree.
Status plan_target(const Context& context, const Repository& repository, const sync::Holdings& here,
                   const workdir::Selection& selection, std::optional<workdir::LinkMode> link,
                   CheckoutTarget& target);
// What would be lost if they were carried out: changes made here, or data that stands nowhere else.
Status refuse_losses(const Repository& repository, const sync::Holdings& here,
                     const std::vector<CheckoutTarget>& targets);

// What the trees hold is looked at no more once losses were refused: of a large folder it is much.
void forget_trees(std::vector<CheckoutTarget>& targets);

// Carries the plan out and saves what is known of the tree then.
Status write_target(const Repository& repository, const WritePlan& write, CheckoutTarget& target,
                    CheckoutReport& report);
// The same for many: files that are tracked on their own are written together.
Status write_targets(const Repository& repository, const WritePlan& write,
                     std::span<CheckoutTarget> targets, CheckoutReport& report);

// checkout() of what was selected already; options.paths counts for nothing.
Result<CheckoutReport> checkout_selected(const Context& context, Repository& repository,
                                         std::vector<Selected> selected,
                                         const CheckoutOptions& options);

}  // namespace cairn::repo
