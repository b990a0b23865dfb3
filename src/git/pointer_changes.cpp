// Which pointers differ between two commits, or came with the commits of a range: proportional to
// what changed, however many files the trees hold.
#include <unordered_set>

#include "base/text.hpp"
#include "git/pointer_listing.hpp"
#include "git/raw_diff.hpp"
#include "git/revision.hpp"
#include "git/state.hpp"

namespace cairn::git {
namespace {

std::vector<PointerChange> parse_changes(std::string_view output) {
  std::vector<PointerChange> changes;
  for_each_raw_change(output, [&](const auto& fields, std::string_view path) {
    const bool was = is_pointer(fields[0].substr(1), path), is = is_pointer(fields[1], path);
    if ((!was && !is) || !is_of_tree(path)) return;
    changes.push_back(
        {std::string(path), was ? std::string(fields[2]) : "", is ? std::string(fields[3]) : ""});
  });
  return changes;
}

// "commit parent…" lines.
std::vector<IntroducedPointers::Commit> parse_walk(std::string_view walk) {
  std::vector<IntroducedPointers::Commit> out;
  for_each_part(walk, '\n', [&](std::string_view line) {
    const auto ids = base::split(line, ' ');
    out.push_back({std::string(ids[0]), std::string(ids.size() > 1 ? ids[1] : "")});
  });
  return out;
}

}  // namespace

Result<std::vector<PointerChange>> GitRepo::pointer_changes(const std::string& from,
                                                            const std::string& to) const {
  CAIRN_CHECK(check_revision(from));
  CAIRN_CHECK(check_revision(to));
  GitCall call;
  call.pathspecs = Pathspecs::kPatterns;
  call.arguments = {"diff-tree",        "-r", "-z", "--raw", "--no-renames", "--no-ext-diff",
                    "--end-of-options", from, to,   "--",    kPointerGlob};
  CAIRN_TRY(const std::string output, state_->command.run(call));
  return parse_changes(output);
}

Result<IntroducedPointers> GitRepo::pointers_introduced(
    const std::vector<std::string>& range) const {
  CAIRN_CHECK(check_range(range));
  GitCall list;
  list.arguments = {"rev-list", "--parents"};
  list.arguments.insert(list.arguments.end(), range.begin(), range.end());
  list.arguments.emplace_back("--");
  CAIRN_TRY(const auto walk, state_->command.try_run(list));
  if (walk.exit_code != 0) return range_failure(walk, state_->paths);
  IntroducedPointers out{parse_walk(walk.output), {}};
  std::vector<Comparison> comparisons;
  for (const auto& commit : out.commits)
    comparisons.push_back({commit.first_parent, commit.id, {}});
  PointerSet pointers;
  CAIRN_CHECK(state_->compare(comparisons, pointers));
  out.pointers = std::move(pointers).take();
  return out;
}

}  // namespace cairn::git
