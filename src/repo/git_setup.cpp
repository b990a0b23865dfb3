#include "repo/git_setup.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/shell.hpp"
#include "base/text.hpp"

namespace cairn::repo {

namespace {

constexpr std::array<std::string_view, 1> kOlderAttributes = {"*.cairn text eol=lf"};
// Two branches that each track a new path in one folder both add a line to its .gitignore.
constexpr std::string_view kIgnoreAttributes = ".gitignore merge=union";
constexpr const char* kDriverKey = "merge.cairn.driver";
constexpr const char* kTextconvKey = "diff.cairn.textconv";

// "$cairn" becomes the program, or its bare name.
std::string choose_program(const std::string& program) {
  if (program.empty() || base::has_control_character(program)) return "cairn=cairn; ";
  return "cairn=" + base::shell_quoted(program) + "; [ -x \"$cairn\" ] || cairn=cairn; ";
}

// git replaces %O and its kin, and writes a percent sign for two.
std::string percent_doubled(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '%' ? std::string("%%") : std::string(1, c);
  return out;
}

}  // namespace

std::string merge_driver_line(const std::string& program) {
  return percent_doubled(choose_program(program)) +
         "if command -v \"$cairn\" >/dev/null; then "
         "\"$cairn\" merge-driver %O %A %B %L %P; else "
         "echo 'cairn is not installed: this pointer is left in conflict' >&2; "
         "git merge-file -q -L ours -L base -L theirs %A %O %B; exit 1; fi";
}

std::string textconv_line(const std::string& program) {
  // git adds the file's name behind it.
  return "show() { " + choose_program(program) +
         "if command -v \"$cairn\" >/dev/null; then \"$cairn\" textconv \"$1\"; "
         "else cat \"$1\"; fi; }; show";
}

Status set_up_drivers(const git::GitRepo& git, const std::string& program) {
  const std::array<std::pair<const char*, std::string>, 3> wanted = {
      {{"merge.cairn.name", "cairn: pointers file by file"},
       {kDriverKey, merge_driver_line(program)},
       {kTextconvKey, textconv_line(program)}}};
  for (const auto& [key, value] : wanted) {
    CAIRN_TRY(const auto now, git.config_value(key));
    if (now != value) CAIRN_CHECK(git.set_config(key, value));
  }
  return {};
}

Result<bool> has_drivers(const git::GitRepo& git) {
  CAIRN_TRY(const auto driver, git.config_value(kDriverKey));
  CAIRN_TRY(const auto textconv, git.config_value(kTextconvKey));
  return !driver.empty() && !textconv.empty();
}

std::string with_pointer_attributes(std::string_view text) {
  std::string out;
  bool there = false, ignore_there = false;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (std::ranges::find(kOlderAttributes, line) != kOlderAttributes.end())
      line = kPointerAttributes;
    const bool repeated = there && line == kPointerAttributes;
    there = there || line == kPointerAttributes;
    ignore_there = ignore_there || line.starts_with(".gitignore ");  // whatever it says
    if (!repeated) out += std::string(line) + "\n";
  }
  if (!there) out += std::string(kPointerAttributes) + "\n";
  if (!ignore_there) out += std::string(kIgnoreAttributes) + "\n";
  return out;
}

}  // namespace cairn::repo
