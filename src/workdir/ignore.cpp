// gitignore(5) rules one by one; ignore_test.cpp holds them against `git check-ignore`.
#include "workdir/ignore.hpp"

#include <algorithm>
#include <optional>

namespace cairn::workdir {
namespace {

constexpr std::string_view kGlobCharacters = "*?[\\";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// Spaces at the end do not count, unless a backslash stands before them.
std::string_view without_trailing_spaces(std::string_view line) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      if (++i == line.size()) return line;
      end = i + 1;
    } else if (line[i] != ' ') {
      end = i + 1;
    }
  }
  return line.substr(0, end);
}

// The path as seen from a folder; nothing when it is not below it.
std::optional<std::string_view> path_below(std::string_view base, std::string_view path) {
  if (base.empty()) return path;
  if (path.size() <= base.size() || path[base.size()] != '/' || !path.starts_with(base)) {
    return std::nullopt;
  }
  return path.substr(base.size() + 1);
}

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// git compares what stands before the first glob character as it is, and only then globs; so a
// double star behind it counts as if it stood first ("foo**/bar").
bool anchored_match(std::string_view glob, std::string_view path) {
  const std::size_t literal = std::min(glob.find_first_of(kGlobCharacters), glob.size());
  if (!path.starts_with(glob.substr(0, literal))) return false;
  return glob_match(glob.substr(literal), path.substr(literal));
}

// Calls visit for every parent, the topmost first, until one answers true.
template <typename Visit>
bool any_parent(std::string_view path, const Visit& visit) {
  for (std::size_t at = path.find('/'); at != std::string_view::npos; at = path.find('/', at + 1)) {
    if (visit(path.substr(0, at))) return true;
  }
  return false;
}

}  // namespace

void PatternList::add(std::string_view line, std::string_view base) {
  if (line.starts_with('#')) return;
  line = without_trailing_spaces(line);
  Rule rule;
  rule.base = base;
  rule.negated = line.starts_with('!');
  if (rule.negated) line.remove_prefix(1);
  rule.directories_only = line.ends_with('/');
  if (rule.directories_only) line.remove_suffix(1);
  rule.anchored = line.find('/') != std::string_view::npos;
  if (line.starts_with('/')) line.remove_prefix(1);
  if (line.empty()) return;
  rule.glob = line;
  rules_.push_back(std::move(rule));
}

void PatternList::add_file(std::string_view text, std::string_view base) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    add(line, base);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

PatternList::Match PatternList::match(std::string_view path, bool is_directory) const {
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (rule->directories_only && !is_directory) continue;
    const auto below = path_below(rule->base, path);
    if (!below) continue;
    const bool matches = rule->anchored ? anchored_match(rule->glob, *below)
                                        : glob_match(rule->glob, last_part(*below));
    if (matches) return rule->negated ? Match::kNegated : Match::kMatched;
  }
  return Match::kNone;
}

bool PatternList::covers(std::string_view path, bool is_directory) const {
  if (rules_.empty()) return false;
  const auto folder_matches = [&](std::string_view folder) {
    return match(folder, true) == Match::kMatched;
  };
  return any_parent(path, folder_matches) || match(path, is_directory) == Match::kMatched;
}

bool PatternList::may_match_below(std::string_view folder) const {
  return std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
    if (rule.negated) return false;
    // The folder that surely holds every match of this rule: all parts before the first glob.
    std::string home = rule.base;
    if (rule.anchored) {
      const std::string_view glob = rule.glob;
      const std::string_view literal = glob.substr(0, glob.find_first_of(kGlobCharacters));
      const std::size_t end = literal.size() == glob.size() ? glob.size() : literal.rfind('/');
      if (end != std::string_view::npos) {
        if (!home.empty()) home += '/';
        home += literal.substr(0, end);
      }
    }
    return home.empty() || home == folder || path_below(home, folder) || path_below(folder, home);
  });
}

bool Selection::wants(std::string_view path) const {
  return (include.empty() || include.covers(path, false)) && !exclude.covers(path, false);
}

bool Selection::may_want_below(std::string_view folder) const {
  if (folder.empty()) return true;
  if (exclude.covers(folder, true)) return false;
  return include.empty() || include.covers(folder, true) || include.may_match_below(folder);
}

}  // namespace cairn::workdir
