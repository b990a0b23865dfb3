#include "git/sparse.hpp"

#include <algorithm>

#include "base/file.hpp"
#include "base/shell.hpp"
#include "base/text.hpp"

namespace cairn::git {
namespace {

// Lines of `git ls-files -t` for entries that the work tree does without.
constexpr std::string_view kKeptOut = "S ";

}  // namespace

Result<bool> is_sparse(const GitRepo& repo) {
  CAIRN_TRY(const auto value, repo.config_value("core.sparsecheckout"));
  return value == "true" || value == "yes" || value == "on" || value == "1";
}

Result<std::optional<std::string>> text_kept_out(const GitRepo& repo, const std::string& path) {
  CAIRN_TRY(const bool sparse, is_sparse(repo));
  if (!sparse) return std::optional<std::string>();
  CAIRN_TRY(const auto listed, repo.run({"ls-files", "-t", "-z", "--", path}));
  if (!listed.starts_with(kKeptOut)) return std::optional<std::string>();
  CAIRN_TRY(auto text, repo.run({"cat-file", "blob", ":" + path}));
  return std::optional(std::move(text));
}

Result<std::vector<std::string>> kept_out(const GitRepo& repo, const std::string& ending) {
  std::vector<std::string> out;
  CAIRN_TRY(const bool sparse, is_sparse(repo));
  if (!sparse) return out;
  CAIRN_TRY(const auto listed, repo.run({"ls-files", "-t", "-z"}));
  for (const auto line : base::split(listed, '\0')) {
    if (line.starts_with(kKeptOut) && line.ends_with(ending))
      out.emplace_back(line.substr(kKeptOut.size()));
  }
  std::ranges::sort(out);
  return out;
}

Error outside_sparse(Error error) {
  const auto& lines = error.details();
  const auto named = std::ranges::find_if(
      lines, [](const auto& line) { return line.find("updated in the index:") != line.npos; });
  if (named == lines.end() || named + 1 == lines.end()) return error;
  const auto path = *(named + 1);
  const auto folder = base::parent_of(path);
  return Error(Code::kUsage,
               "`" + path + "` is outside of this sparse checkout, so git takes it not")
      .hint("git sparse-checkout add " + base::shell_quoted(folder.empty() ? path : folder) +
            "  # then the same command again")
      .slug("outside-sparse");
}

}  // namespace cairn::git
