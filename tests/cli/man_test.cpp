// The manual pages against the command rows: every command has its page, with every flag and
// argument, and no other flag.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/parser.hpp"
#include "config/config.hpp"

namespace cairn::cli {
namespace {

// The text of a page as a reader sees it: fonts and escapes taken away. Empty when there is no such
// page.
std::string page_text(const std::string& name) {
  std::ifstream file(std::string(CAIRN_TESTS_DIR) + "/../man/" + name, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  text = std::regex_replace(text, std::regex(R"(\\f[BIRP])"), "");
  return std::regex_replace(text, std::regex(R"(\\-)"), "-");
}

// "remote add" stands in cairn-remote.1, with the other commands of its group. What git runs stands
// in one page about git, the hooks with the commands that install them.
std::string page_of(const Command& command) {
  const std::string name = command.name;
  if (command.group == Group::kInternal) return name == "hook" ? "cairn-hooks.1" : "cairn-git.7";
  return "cairn-" + name.substr(0, name.find(' ')) + ".1";
}

std::set<std::string> flags_in(const std::string& text) {
  static const std::regex kLong("--[a-z][a-z-]*[a-z]");
  std::set<std::string> out;
  for (std::sregex_iterator it(text.begin(), text.end(), kLong), end; it != end; ++it)
    out.insert(it->str());
  return out;
}

std::string with_letter(const Flag& flag) {
  std::string out = flag.letter != 0 ? std::string("-") + flag.letter + ", " : "";
  out += std::string("--") + flag.name;
  if (flag.kind != Flag::Kind::kSwitch) out += std::string(" ") + flag.value;
  return out;
}

TEST(Man, EveryCommandHasItsPage) {
  for (const auto& command : all_commands()) {
    const auto text = page_text(page_of(command));
    ASSERT_FALSE(text.empty()) << page_of(command);
    EXPECT_NE(text.find(std::string("\ncairn ") + command.name), std::string::npos)
        << page_of(command) << ": " << command.name;
    if (command.group == Group::kInternal) continue;
    for (const char* section :
         {"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "EXAMPLES", "SEE ALSO"}) {
      EXPECT_NE(text.find(std::string("\n.SH ") + section + "\n"), std::string::npos)
          << page_of(command) << ": " << section;
    }
  }
}

// The lines of a page's synopsis that are about this command, as one: its own, and those that go on
// from them.
std::string synopsis_of(const Command& command) {
  const auto text = page_text(page_of(command));
  const auto from = text.find("\n.SH SYNOPSIS\n"), to = text.find("\n.SH DESCRIPTION\n");
  if (from == std::string::npos || to == std::string::npos) return {};
  std::string out, named;
  std::istringstream lines(text.substr(from, to - from));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("cairn ")) {
      named.clear();
      for (const auto& other : all_commands()) {  // the longest: "cache prune" is not "cache"
        const std::string name = other.name;
        if ((line + " ").starts_with("cairn " + name + " ") && name.size() > named.size())
          named = name;
      }
    } else if (!line.starts_with(" ")) {
      named.clear();
    }
    if (named == command.name) out += line + "\n";
  }
  return out;
}

// "-r NAME" and "--remote NAME" among the words of a synopsis.
bool shows(const std::string& synopsis, const Flag& flag) {
  const auto value =
      flag.kind == Flag::Kind::kSwitch ? std::string() : " " + std::string(flag.value);
  std::vector<std::string> forms = {std::string("--") + flag.name + value};
  if (flag.letter != 0) forms.push_back(std::string("-") + flag.letter + value);
  return std::ranges::any_of(forms, [&](const std::string& form) {
    for (auto at = synopsis.find(form); at != std::string::npos; at = synopsis.find(form, at + 1)) {
      const char before = at == 0 ? ' ' : synopsis[at - 1], after = synopsis[at + form.size()];
      if ((before == ' ' || before == '[') && (after == ' ' || after == ']' || after == '\n'))
        return true;
    }
    return false;
  });
}

TEST(Man, TheSynopsisShowsEveryFlagAndNoOther) {
  static const std::regex kFlag(R"([ \[](--[a-z][a-z-]*|-[a-zA-Z])(?=[ \]\n]))");
  for (const auto& command : all_commands()) {
    if (page_of(command).ends_with(".7")) continue;
    const auto synopsis = synopsis_of(command);
    ASSERT_FALSE(synopsis.empty()) << command.name;
    std::set<std::string> own;
    for (const auto& flag : command.flags) {
      own.insert(std::string("--") + flag.name);
      if (flag.letter != 0) own.insert(std::string("-") + flag.letter);
      EXPECT_TRUE(shows(synopsis, flag)) << command.name << ": " << with_letter(flag);
    }
    for (std::sregex_iterator it(synopsis.begin(), synopsis.end(), kFlag), end; it != end; ++it)
      EXPECT_TRUE(own.contains((*it)[1].str())) << command.name << ": " << (*it)[1];
  }
}

TEST(Man, EveryFlagAndArgumentIsExplained) {
  for (const auto& command : all_commands()) {
    const auto text = page_text(page_of(command));
    for (const auto& flag : command.flags) {
      EXPECT_NE(text.find("\n" + with_letter(flag) + "\n"), std::string::npos)
          << command.name << ": " << with_letter(flag);
    }
    for (const auto& positional : command.positionals) {
      EXPECT_NE(text.find(positional.name), std::string::npos)
          << command.name << ": " << positional.name;
    }
  }
}

TEST(Man, NoFlagIsUnknown) {
  std::set<std::string> global, all;
  for (const auto& flag : global_flags()) global.insert(std::string("--") + flag.name);
  global.insert("--no-verify");  // git's own
  all = global;
  std::map<std::string, std::set<std::string>> of_page;
  for (const auto& command : all_commands()) {
    for (const auto& flag : command.flags)
      of_page[page_of(command)].insert(std::string("--") + flag.name);
    for (const auto& flag : command.flags) all.insert(std::string("--") + flag.name);
  }
  for (const auto& command : all_commands()) {
    if (page_of(command).ends_with(".7")) continue;
    const auto& own = of_page[page_of(command)];
    for (const auto& flag : flags_in(page_text(page_of(command)))) {
      EXPECT_TRUE(own.count(flag) != 0 || global.count(flag) != 0)
          << page_of(command) << ": " << flag;
    }
  }
  for (const char* page : {"cairn.1", "cairn-git.7"}) {
    for (const auto& flag : flags_in(page_text(page)))
      EXPECT_TRUE(all.count(flag) != 0 || flag == "--hard" || flag == "--version")
          << page << ": " << flag;
  }
}

TEST(Man, TheOverviewNamesCommandsGlobalFlagsAndExitCodes) {
  const auto text = page_text("cairn.1");
  for (const auto& command : all_commands()) {
    if (command.group == Group::kInternal) continue;
    const auto page = page_of(command);
    EXPECT_NE(text.find("\n" + page.substr(0, page.size() - 2) + "(1)"), std::string::npos) << page;
  }
  for (const auto& flag : global_flags()) {
    const bool short_only = std::string(flag.name) == "directory";
    EXPECT_NE(text.find(short_only ? "-C DIR" : with_letter(flag)), std::string::npos) << flag.name;
  }
  for (int code = 0; code <= static_cast<int>(Code::kExists); ++code) {
    const auto exit = std::to_string(exit_code(static_cast<Code>(code)));
    EXPECT_NE(text.find(".TP\n" + exit + "\n"), std::string::npos) << exit;
  }
}

TEST(Man, TheConfigPageNamesEveryKey) {
  const auto text = page_text("cairn-config.5");
  for (const auto& known : config::known_keys()) {
    EXPECT_NE(text.find(std::string("\n") + known.key + " = " + known.values + "\n"),
              std::string::npos)
        << known.key;
  }
}

}  // namespace
}  // namespace cairn::cli
