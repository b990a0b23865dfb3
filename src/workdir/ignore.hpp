// gitignore patterns (gitignore(5) rules: anchoring, **, !, trailing slash, last match wins), used
// for .cairnignore and for
// --include / --exclude.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cairn::workdir {

class PatternList {
 public:
  // One pattern as in a gitignore file in folder `base` ("" = top). Empty lines and comments are
  // skipped.
  void add(std::string_view line, std::string_view base);
  void add_file(std::string_view text, std::string_view base);
  [[nodiscard]] bool empty() const { return rules_.empty(); }

  enum class Match { kNone, kMatched, kNegated };
  // The last rule that matches this very path (parents are the caller's business).
  [[nodiscard]] Match match(std::string_view path, bool is_directory) const;
  // As match, but a path also matches when one of its parents does.
  [[nodiscard]] bool covers(std::string_view path, bool is_directory) const;
  // False only when no rule can match anything below this folder (given that `covers` does not hold
  // for it).
  [[nodiscard]] bool may_match_below(std::string_view folder) const;

 private:
  struct Rule {
    std::string base, glob;
    bool negated = false, directories_only = false, anchored = false;
  };
  std::vector<Rule> rules_;
};

// fnmatch with WM_PATHNAME and ** as git's wildmatch has it.
bool glob_match(std::string_view pattern, std::string_view text);

// What --include and --exclude select, over paths from the repository root.
struct Selection {
  PatternList include;  // empty: everything
  PatternList exclude;
  [[nodiscard]] bool wants(std::string_view path) const;
  // False only when nothing below this folder can be wanted; lets walks skip whole pages.
  [[nodiscard]] bool may_want_below(std::string_view folder) const;
  [[nodiscard]] bool everything() const { return include.empty() && exclude.empty(); }
};

}  // namespace cairn::workdir
