#include "cli/help.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "cli/parser.hpp"

namespace cairn::cli {

namespace {

struct GroupTitle {
  Group group;
  const char* title;
};
constexpr GroupTitle kTitles[] = {{Group::kStart, "start"}, {Group::kWork, "work"},
                                  {Group::kShare, "share"}, {Group::kTrust, "trust"},
                                  {Group::kKeep, "keep"},   {Group::kHelp, "help"}};

std::string flag_words(const Flag& flag) {
  std::string out = flag.letter != 0 ? std::string("-") + flag.letter + ", " : "    ";
  out += std::string("--") + flag.name;
  if (flag.kind != Flag::Kind::kSwitch) out += std::string(" ") + flag.value;
  return out;
}

// Breaks before a bracket or word, never inside brackets.
std::string folded(const std::string& text) {
  constexpr std::size_t kWidth = 96;
  std::string out, part;
  std::size_t column = 0;
  int depth = 0;
  const auto flush = [&] {
    if (column + part.size() > kWidth) {
      out += "\n        ";
      column = 8;
    }
    out += part;
    column += part.size();
    part.clear();
  };
  for (const char c : text) {
    if (c == ' ' && depth == 0) flush();
    depth += c == '[' ? 1 : c == ']' ? -1 : 0;
    part += c;
  }
  flush();
  return out;
}

}  // namespace

std::string synopsis(const Command& command) {
  std::string out = std::string("cairn ") + command.name;
  for (const auto& flag : command.flags) {
    const auto word =
        flag.letter != 0 ? std::string("-") + flag.letter : std::string("--") + flag.name;
    out +=
        " [" + word + (flag.kind == Flag::Kind::kSwitch ? "" : std::string(" ") + flag.value) + "]";
  }
  for (const auto& positional : command.positionals) {
    std::string word = positional.name;
    if (positional.most < 0 || positional.most > 1) word += "...";
    out += positional.least == 0 ? " [" + word + "]" : " " + word;
  }
  return out;
}

std::string overview_help(const std::vector<Command>& commands) {
  std::string out =
      "cairn versions data and models beside code in git\n\nusage: cairn COMMAND [FLAGS] "
      "[ARGUMENTS]\n";
  for (const auto& title : kTitles) {
    std::string lines;
    for (const auto& command : commands) {
      if (command.group == title.group)
        lines += fmt::format("  {:<14} {}\n", command.name, command.summary);
    }
    if (!lines.empty()) out += std::string("\n") + title.title + "\n" + lines;
  }
  return out + "\n`cairn help COMMAND` tells more; `cairn help SLUG` explains an error\n";
}

std::string group_help(const std::vector<Command>& commands, const std::string& name) {
  std::string out = "usage: cairn " + name + " COMMAND [FLAGS] [ARGUMENTS]\n\n";
  for (const auto& command : commands) {
    if (std::string(command.name).starts_with(name + " "))
      out += fmt::format("  {:<16} {}\n", command.name, command.summary);
  }
  return out + "\n`cairn help " + name + " COMMAND` tells more\n";
}

std::string command_help(const Command& command) {
  std::string out =
      std::string(command.summary) + "\n\n" + folded("usage: " + synopsis(command)) + "\n";
  if (!command.flags.empty()) out += "\nflags\n";
  for (const auto& flag : command.flags)
    out += fmt::format("  {:<26} {}\n", flag_words(flag), flag.help);
  if (command.example[0] != '\0') out += std::string("\nexample\n  ") + command.example + "\n";
  return out +
         "\nflags of every command: -C DIR, -q, -v, --json, --no-color, --no-progress, --jobs N, "
         "--trace http,\n  --offline, -h\n";
}

}  // namespace cairn::cli
