// The shared second half of checkout and restore: carrying out a TreePlan.
#pragma once

#include "repo/operations.hpp"
#include "repo/tree_plan.hpp"
#include "workdir/ignore.hpp"

namespace cairn::repo {

workdir::Selection make_selection(const std::vector<std::string>& include,
                                  const std::vector<std::string>& exclude);

// --include and --exclude select no file.
Error no_match();

// Removes what blocks a write, writes, removes the rest and the folders left empty.
Status apply_plan(const Context& context, const store::Store& store, const workdir::TreeRoot& root,
                  const TreePlan& plan, const workdir::WriteOptions& options,
                  const workdir::WrittenVisit& written);

void count_plan(const TreePlan& plan, CheckoutReport& report);

}  // namespace cairn::repo
