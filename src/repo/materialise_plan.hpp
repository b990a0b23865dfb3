// The shared second half of checkout and restore: carrying out a TreePlan.
#pragma once

#include <functional>
#include <set>

#include "repo/operations.hpp"
#include "repo/tree_plan.hpp"
#include "workdir/ignore.hpp"

namespace cairn::repo {

workdir::Selection make_selection(const std::vector<std::string>& include,
                                  const std::vector<std::string>& exclude);

// --include and --exclude select no file.
Error no_match();

// kUsage for a place inside of a tracked folder that its version does not have.
Error not_in_version(const std::string& folder, const std::string& place);
Status require_places(const Selected& selected, const std::vector<format::ManifestEntry>& entries);
// The same where entries pass one by one.
class PlaceSearch {
 public:
  explicit PlaceSearch(const Selected& selected);
  PlaceSearch(const PlaceSearch&) = delete;
  void look_at(const std::string& inside);  // the path of an entry
  [[nodiscard]] Status verdict() const;

 private:
  std::string tracked_;
  std::vector<std::string> places_;
  std::set<std::string_view> missing_;  // of places_
};

// Removes what blocks a write, writes, removes the rest and the folders left empty.
// `write` puts plan.writes in place and calls `written` as workdir::write_items() does.
using WritePlan = std::function<Status(const TreePlan& plan, const workdir::WrittenVisit& written)>;
Status apply_plan(const workdir::TreeRoot& root, const TreePlan& plan, const WritePlan& write,
                  const workdir::WrittenVisit& written);

void count_plan(const TreePlan& plan, CheckoutReport& report);

}  // namespace cairn::repo
