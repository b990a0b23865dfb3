// Help texts, error explanations, completions: made from the command rows, so every row is looked
// at.
#include <set>

#include "base/process.hpp"
#include "base/text.hpp"
#include "cli/completion.hpp"
#include "cli/exit_code.hpp"
#include "cli/help.hpp"
#include "cli/program.hpp"
#include "cli/slugs.hpp"

namespace cairn::cli {
namespace {

constexpr std::size_t kColumns = 100;

void expect_fits(const std::string& text, const std::string& what) {
  EXPECT_FALSE(text.empty()) << what;
  for (const auto line : base::split(text, '\n'))
    EXPECT_LE(line.size(), kColumns) << what << ": " << line;
}

TEST(Help, EveryTextFitsTheTerminal) {
  expect_fits(overview_help(all_commands()), "overview");
  for (const auto& command : all_commands()) {
    expect_fits(command_help(command), command.name);
    EXPECT_NE(std::string(command.summary), "") << command.name;
    EXPECT_NE(std::string(command.example), "") << command.name;
  }
}

TEST(Help, TheSameTextByFlagAndByCommand) {
  for (const auto& command : all_commands()) {
    std::vector<std::string> words = {"help"};
    for (const auto part : base::split(command.name, ' ')) words.emplace_back(part);
    const auto by_command = Program{}.run(words);
    words.erase(words.begin());
    words.emplace_back("--help");
    EXPECT_EQ(Program{}.run(words), by_command) << command.name;
    EXPECT_EQ(by_command, command_help(command));
  }
  EXPECT_EQ(Program{}.run({"help"}), overview_help(all_commands()));
  EXPECT_EQ(Program{}.run({"-h"}), overview_help(all_commands()));
}

TEST(Help, AGroupShowsAllItsCommands) {
  const auto text = Program{}.run({"help", "remote"});
  for (const char* name :
       {"remote add", "remote list", "remote set", "remote rm", "remote check"}) {
    EXPECT_NE(text.find(std::string("usage: cairn ") + name), std::string::npos) << name;
  }
}

TEST(Help, AGroupAloneIsUsageWithItsCommands) {
  const auto outcome = Program{}({"remote"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.out, group_help(all_commands(), "remote"));
  EXPECT_NE(outcome.out.find("  remote check     try listing"), std::string::npos) << outcome.out;
  EXPECT_EQ(outcome.out.find("add data"), std::string::npos);
}

TEST(Help, TheVersionAsAFlag) {
  EXPECT_EQ(Program{}.run({"--version"}), Program{}.run({"version"}));
  EXPECT_EQ(Program{}.run({"--json", "--version"}), Program{}.run({"version", "--json"}));
  EXPECT_EQ(Program{}({"add", "--version"}).exit_code, 2);
}

TEST(Help, EveryErrorHasAHint) {
  for (int code = 0; code <= static_cast<int>(Code::kExists); ++code) {
    const auto of = static_cast<Code>(code);
    const bool has_hint = of == Code::kUsage || !hints_of(Error(of, "something")).empty();
    EXPECT_TRUE(has_hint) << code;
  }
  const auto outcome = Program{}({"ls", "--frobnicate"});
  EXPECT_NE(outcome.err.find("hint: `cairn help ls`"), std::string::npos) << outcome.err;
  const auto two_words = Program{}({"remote", "add", "--frobnicate"});
  EXPECT_NE(two_words.err.find("hint: `cairn help remote add`"), std::string::npos)
      << two_words.err;
}

TEST(Help, NoWordsIsUsageWithTheOverview) {
  const auto outcome = Program{}({});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.out, overview_help(all_commands()));
}

TEST(Help, EverySlugIsExplained) {
  std::set<std::string> names;
  for (const auto& slug : all_slugs()) {
    EXPECT_TRUE(names.insert(slug.name).second) << slug.name;
    const auto text = Program{}.run({"help", slug.name});
    EXPECT_TRUE(text.starts_with(std::string(slug.name) + "\n\n")) << text;
    EXPECT_NE(text.find(slug.text), std::string::npos);
  }
  EXPECT_EQ(Program{}({"help", "no-such-slug"}).exit_code, 2);
}

TEST(Help, VersionNeedsNoGitAndNoRepository) {
  const git::Variable nothing("PATH", "");
  const auto text = Program{}.run({"version"});
  EXPECT_TRUE(text.starts_with("cairn ")) << text;
  EXPECT_EQ(Program{}.json({"version"})["formats"]["pointer"], 1);
}

TEST(Completion, EveryShellKnowsEveryCommandAndFlag) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto script = Program{}.run({"completion", shell});
    for (const auto& command : all_commands()) {
      if (command.group == Group::kInternal) continue;
      for (const auto part : base::split(command.name, ' '))
        EXPECT_NE(script.find(part), std::string::npos) << shell << ": " << part;
      for (const auto& flag : command.flags)
        EXPECT_NE(script.find(flag.name), std::string::npos) << shell << ": " << flag.name;
    }
    EXPECT_EQ(script.find('@'), script.find("@)")) << shell << ": a mark was left";
  }
  EXPECT_FALSE(completion_script(all_commands(), "tcsh").has_value());
  EXPECT_EQ(Program{}({"completion", "tcsh"}).exit_code, 2);
  EXPECT_EQ(Program{}({"completion"}).exit_code, 2);
}

// What bash offers for the last of these words.
std::set<std::string> offered(const std::vector<std::string>& words) {
  std::string script = Program{}.run({"completion", "bash"}) + "COMP_WORDS=(cairn";
  for (const auto& word : words) script += " '" + word + "'";
  script += ")\nCOMP_CWORD=" + std::to_string(words.size()) +
            "\n_cairn\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
  base::ProcessOptions options;
  options.input = script;
  const auto result = base::run_process({"bash", "--norc"}, options);
  EXPECT_TRUE(result.ok() && result->exit_code == 0 && result->errors.empty())
      << (result.ok() ? result->errors : "no bash");
  std::set<std::string> out;
  for (const auto line : base::split(result->output, '\n')) {
    if (!line.empty()) out.emplace(line);
  }
  return out;
}

TEST(Completion, BashOffersWhatComesNext) {
  EXPECT_EQ(offered({"sta"}), (std::set<std::string>{"status"}));
  EXPECT_EQ(offered({"remote", ""}), (std::set<std::string>{"add", "list", "set", "rm", "check"}));
  EXPECT_EQ(offered({"-C", "add", "remote", "a"}), (std::set<std::string>{"add"}));
  EXPECT_EQ(offered({"rm", "--k"}), (std::set<std::string>{"--keep"}));
  EXPECT_EQ(offered({"remote", "add", "--de"}), (std::set<std::string>{"--default"}));
  EXPECT_EQ(offered({"completion", ""}), (std::set<std::string>{"bash", "zsh", "fish"}));
  EXPECT_EQ(offered({"add", "x"}), std::set<std::string>{});
  EXPECT_EQ(offered({"pull", "--include", "a"}), std::set<std::string>{});
  EXPECT_EQ(offered({"status", "--js"}), (std::set<std::string>{"--json"}));
}

}  // namespace
}  // namespace cairn::cli
