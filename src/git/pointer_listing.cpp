#include "git/pointer_listing.hpp"

#include <algorithm>

#include "base/counted.hpp"
#include "base/error_lines.hpp"
#include "base/text.hpp"
#include "git/git_command.hpp"
#include "git/raw_diff.hpp"

namespace cairn::git {
namespace {

constexpr std::string_view kSuffix = ".cairn";
constexpr std::size_t kMaxNamedConflicts = 10;

struct ListedEntry {
  std::vector<std::string_view> fields;  // before the tab
  std::string_view path;
};

ListedEntry split_entry(std::string_view entry) {
  const std::size_t tab = std::min(entry.find('\t'), entry.size());
  return {base::split(entry.substr(0, tab), ' '), entry.substr(std::min(tab + 1, entry.size()))};
}

}  // namespace

bool is_pointer(std::string_view mode, std::string_view path) {
  if ((mode != "100644" && mode != "100755") || !path.ends_with(kSuffix)) return false;
  path.remove_suffix(kSuffix.size());
  return !path.empty() && !path.ends_with('/');
}

bool is_of_tree(std::string_view path) { return !path.starts_with(".cairn/"); }

std::vector<PointerBlob> parse_tree_listing(std::string_view output) {
  std::vector<PointerBlob> pointers;
  for_each_part(output, '\0', [&](std::string_view text) {
    if (!text.ends_with(kSuffix)) return;  // most entries, before any work
    const ListedEntry entry = split_entry(text);
    if (entry.fields.size() != 3 || !is_pointer(entry.fields[0], entry.path)) return;
    if (!is_of_tree(entry.path)) return;
    pointers.push_back({std::string(entry.path), std::string(entry.fields[2])});
  });
  return pointers;
}

Result<std::vector<PointerBlob>> parse_index_listing(std::string_view output, Stages stages,
                                                     std::vector<std::string>* in_conflict) {
  std::vector<PointerBlob> pointers;
  std::vector<std::string> conflicts;
  for_each_part(output, '\0', [&](std::string_view text) {
    const ListedEntry entry = split_entry(text);
    if (entry.fields.size() != 3 || !is_pointer(entry.fields[0], entry.path)) return;
    if (stages == Stages::kMergedOnly && !is_of_tree(entry.path)) return;
    const std::string path(entry.path);
    if (entry.fields[2] == "0" || stages == Stages::kAll) {
      pointers.push_back({path, std::string(entry.fields[1])});
    } else if (conflicts.empty() || conflicts.back() != path) {
      conflicts.push_back(path);
    }
  });
  if (in_conflict != nullptr) {
    *in_conflict = std::move(conflicts);
    return pointers;
  }
  if (conflicts.empty()) return pointers;
  Error error(Code::kConflict,
              base::counted(conflicts.size(), "pointer") + " in git's index with merge conflicts");
  for (std::size_t i = 0; i < std::min(conflicts.size(), kMaxNamedConflicts); ++i) {
    base::add_detail(error, base::printable(conflicts[i]));
  }
  return std::move(error)
      .hint("`cairn merge` lists what is in conflict")
      .hint("`cairn merge PATH --pick all=ours` or `=theirs` decides a path")
      .slug("pointer-conflict");
}

std::vector<PointerConflict> parse_conflicts(std::string_view output) {
  std::vector<PointerConflict> conflicts;
  for_each_part(output, '\0', [&](std::string_view text) {
    const ListedEntry entry = split_entry(text);
    if (entry.fields.size() != 3 || !is_pointer(entry.fields[0], entry.path)) return;
    const std::string_view stage = entry.fields[2];
    if (stage == "0") return;
    if (conflicts.empty() || conflicts.back().path != entry.path)
      conflicts.push_back({std::string(entry.path), {}, {}, {}});
    auto& conflict = conflicts.back();
    (stage == "1"   ? conflict.base
     : stage == "2" ? conflict.ours
                    : conflict.theirs) = std::string(entry.fields[1]);
  });
  return conflicts;
}

void PointerSet::add(std::string_view path, std::string_view blob) {
  std::string key(blob);
  key += path;  // ids of one repository have one length
  if (!seen_.insert(std::move(key)).second) return;
  pointers_.push_back({std::string(path), std::string(blob)});
}

void PointerSet::add_raw_diff(std::string_view output) {
  for_each_raw_change(output, [&](const auto& fields, std::string_view path) {
    if (is_pointer(fields[1], path)) add(path, fields[3]);
  });
}

}  // namespace cairn::git
