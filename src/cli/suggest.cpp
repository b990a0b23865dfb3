#include "cli/suggest.hpp"

#include <algorithm>
#include <numeric>

#include "base/text.hpp"

namespace cairn::cli {

namespace {

struct Verb {
  const char* word;
  const char* instead;
};

constexpr Verb kVerbs[] = {
    {"commit",
     "`git commit`: a version is a git commit; `cairn add` stored and staged the data before"},
    {"switch", "`git switch BRANCH`, then `cairn checkout`"},
    {"branch", "`git branch`"},
    {"tag", "`git tag NAME`: it names the data of that commit too"},
    {"stash", "`git stash`, then `cairn checkout`"},
    {"move", "`cairn mv FROM TO`"},
    {"rename", "`cairn mv FROM TO`"},
    {"remove", "`cairn rm PATH`"},
    {"unprotect", "`cairn checkout --link copy PATH` makes linked files editable"},
    {"repro", "`make`, or the pipeline tool at hand: cairn versions data, it runs nothing"},
    {"run", "`make`, or the pipeline tool at hand: cairn versions data, it runs nothing"},
    {"install", "`cairn init`"},
    {"track", "`cairn add PATH`"},
    {"list", "`cairn ls [PATH]`"},
    {"show", "`cairn log PATH`, or `cairn ls --rev REV PATH`"},
    {"prune", "`cairn gc`"},
    {"reset", "`cairn checkout PATH` brings back the data of the pointer"},
    {"revert", "`git revert`, then `cairn checkout`"},
};

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i;
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const auto above = row[k];
      const auto change = diagonal + (a[i - 1] == b[k - 1] ? 0U : 1U);
      row[k] = std::min({row[k] + 1, row[k - 1] + 1, change});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<Error> foreign_verb(const std::string& word) {
  const auto found =
      std::ranges::find(kVerbs, word, [](const Verb& verb) { return std::string_view(verb.word); });
  if (found == std::end(kVerbs)) return std::nullopt;
  return Error(Code::kUsage, "there is no `cairn " + word + "`")
      .hint(found->instead)
      .slug("no-such-command");
}

Error unknown_command(const std::vector<Command>& commands, const std::string& word) {
  auto error = Error(Code::kUsage, "there is no `cairn " + base::printable(word) + "`");
  std::string best;
  std::size_t least = 3;
  for (const auto& command : commands) {
    if (command.group == Group::kInternal) continue;
    const std::string name(base::split(command.name, ' ').front());
    const auto away = distance(word, name);
    if (away >= least) continue;
    least = away;
    best = name;
  }
  const auto hint = best.empty() ? std::string("`cairn help` lists the commands")
                                 : "did you mean `cairn " + best + "`?";
  return std::move(error).hint(hint).slug("no-such-command");
}

}  // namespace cairn::cli
