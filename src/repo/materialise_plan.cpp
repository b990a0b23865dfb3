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

PlaceSearch::PlaceSearch(const Selected& selected)
    : tracked_(selected.tracked.path),
      places_(selected.inside),
      missing_(places_.begin(), places_.end()) {}

void PlaceSearch::look_at(const std::string& inside) {
  if (missing_.empty()) return;
  for (std::size_t cut = inside.find('/');; cut = inside.find('/', cut + 1)) {
    missing_.erase(std::string_view(inside).substr(0, cut));
    if (cut == std::string::npos) return;
  }
}

Status PlaceSearch::verdict() const {
  const auto lacks = [&](const std::string& place) { return missing_.contains(place); };
  const auto first = std::ranges::find_if(places_, lacks);
  return first == places_.end() ? Status() : not_in_version(tracked_, *first);
}

Status require_places(const Selected& selected, const std::vector<format::ManifestEntry>& entries) {
  PlaceSearch search(selected);
  for (const auto& entry : entries) search.look_at(entry.path);
  return search.verdict();
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
