#include "repo/materialise_plan.hpp"

#include <algorithm>

#include "base/file.hpp"
#include "base/shell.hpp"
#include "base/text.hpp"

namespace cairn::repo {

namespace {

// A removal stands in the way of a write when one path is a folder of the other, or is a folder
// where a file goes.
bool blocks(const std::string& removal, const std::vector<workdir::WriteItem>& writes) {
  const auto below = [](const std::string& path, const std::string& folder) {
    return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
  };
  const auto at = std::ranges::lower_bound(writes, removal, {}, &workdir::WriteItem::path);
  if (at != writes.end() && below(at->path, removal)) return true;
  for (auto parent = base::parent_of(removal); !parent.empty(); parent = base::parent_of(parent)) {
    if (std::ranges::binary_search(writes, parent, {}, &workdir::WriteItem::path)) return true;
  }
  return false;
}

Status remove_path(const workdir::TreeRoot& root, const std::string& path) {
  CAIRN_TRY(const auto found, root.lstat(path));
  if (found && S_ISDIR(found->st_mode)) return root.remove_empty_directories(path);
  CAIRN_CHECK(root.remove_file(path));
  const auto parent = base::parent_of(path);
  return parent.empty() ? Status() : root.remove_empty_directories(parent);
}

}  // namespace

workdir::Selection make_selection(const std::vector<std::string>& include,
                                  const std::vector<std::string>& exclude) {
  workdir::Selection selection;
  for (const auto& pattern : include) selection.include.add(pattern, "");
  for (const auto& pattern : exclude) selection.exclude.add(pattern, "");
  return selection;
}

Error no_match() {
  return Error(Code::kUsage, "no file matches `--include` and `--exclude`")
      .hint("`cairn ls` lists the files; patterns are those of gitignore, from the repository root")
      .slug("no-match");
}

Error not_in_version(const std::string& folder, const std::string& place) {
  return Error(Code::kUsage,
               "`" + base::printable(folder + "/" + place) + "` is not in this version")
      .hint("`cairn ls " + base::shell_word(folder) + "` lists its files")
      .slug("no-such-path");
}

Status require_places(const Selected& selected, const std::vector<format::ManifestEntry>& entries) {
  for (const auto& place : selected.inside) {
    const auto at = std::ranges::lower_bound(entries, place, {}, &format::ManifestEntry::path);
    const auto below =
        std::ranges::lower_bound(entries, place + "/", {}, &format::ManifestEntry::path);
    if (at != entries.end() && at->path == place) continue;
    if (below != entries.end() && below->path.starts_with(place + "/")) continue;
    return not_in_version(selected.tracked.path, place);
  }
  return {};
}

Status apply_plan(const workdir::TreeRoot& root, const TreePlan& plan, const WritePlan& write,
                  const workdir::WrittenVisit& written) {
  std::vector<std::string> later;
  for (const auto& path : plan.remove) {
    if (blocks(path, plan.writes)) {
      CAIRN_CHECK(remove_path(root, path));
    } else {
      later.push_back(path);
    }
  }
  CAIRN_CHECK(write(plan, written));
  for (const auto& path : later) CAIRN_CHECK(remove_path(root, path));
  return {};
}

void count_plan(const TreePlan& plan, CheckoutReport& report) {
  report.written += plan.writes.size();
  for (const auto& item : plan.writes) report.written_bytes += item.entry.size_bytes;
  report.removed += plan.remove.size();
  report.unchanged += plan.unchanged;
  report.untracked_kept += plan.untracked_kept;
  report.left_out += plan.unwanted;
}

}  // namespace cairn::repo
