// Which git entries are pointers, and the parsers of the three listings that name them.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "cairn/result.hpp"
#include "git/git_repo.hpp"

namespace cairn::git {

// Glob for git; its answers are filtered again, since it also matches `.cairn` itself.
inline constexpr const char* kPointerGlob = "*.cairn";

// A regular file whose name is more than ".cairn". Links and submodules of such a name are not
// pointers.
bool is_pointer(std::string_view mode, std::string_view path);

// Pointers below `.cairn/` keep data that older commits need (repo/aliases.hpp): they are listed
// with history, and never as part of a tree.
bool is_of_tree(std::string_view path);

// "mode blob id\tpath" entries of `ls-tree -z`, those of the tree.
std::vector<PointerBlob> parse_tree_listing(std::string_view output);

enum class Stages {
  kMergedOnly,  // those of the tree; a conflicted pointer is an error
  kAll,         // every side of a conflict, and what is not of the tree
};
// "mode id stage\tpath" entries of `ls-files -s -z`; as GitRepo::pointers_in_index.
Result<std::vector<PointerBlob>> parse_index_listing(
    std::string_view output, Stages stages, std::vector<std::string>* in_conflict = nullptr);

// The same entries, those in conflict alone.
std::vector<PointerConflict> parse_conflicts(std::string_view output);

// Distinct (path, blob) pairs in the order of their first appearance.
class PointerSet {
 public:
  void add(std::string_view path, std::string_view blob);
  // New sides of ":mode mode id id status", "path" entries of `diff-tree --raw -z`.
  void add_raw_diff(std::string_view output);
  [[nodiscard]] std::vector<PointerBlob> take() && { return std::move(pointers_); }

 private:
  std::vector<PointerBlob> pointers_;
  std::unordered_set<std::string> seen_;
};

}  // namespace cairn::git
