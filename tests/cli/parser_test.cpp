// Words of the command line: what is understood, and how what is not is answered.
#include "cli/parser.hpp"

#include "cli/help.hpp"
#include "cli/program.hpp"

namespace cairn::cli {
namespace {

using Words = std::vector<std::string>;

Parsed parsed(const Words& words) {
  auto result = parse(all_commands(), words);
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message());
  return result.ok() ? *std::move(result) : Parsed{};
}

std::string name_of(const Parsed& parsed) {
  return parsed.command == nullptr ? "" : parsed.command->name;
}

TEST(Parser, CommandFlagsAndArguments) {
  const auto add = parsed({"add", "-n", "--links", "keep", "a", "b"});
  EXPECT_EQ(name_of(add), "add");
  EXPECT_TRUE(add.arguments.has("dry-run"));
  EXPECT_FALSE(add.arguments.has("force"));
  EXPECT_EQ(add.arguments.value("links"), "keep");
  EXPECT_EQ(add.arguments.words, (Words{"a", "b"}));
  const auto pull = parsed({"pull", "--include", "a", "x", "--include=b"});
  EXPECT_EQ(pull.arguments.list("include"), (Words{"a", "b"}));
  EXPECT_EQ(pull.arguments.words, Words{"x"});
}

TEST(Parser, GlobalFlagsStandAnywhere) {
  const auto before = parsed({"-C", "dir", "--jobs", "3", "status", "--json"});
  EXPECT_EQ(before.global.directory, "dir");
  EXPECT_EQ(before.global.jobs, 3U);
  EXPECT_TRUE(before.global.json);
  const auto after = parsed({"status", "x", "-q", "-C", "dir"});
  EXPECT_EQ(after.global.directory, "dir");
  EXPECT_TRUE(after.global.quiet);
  EXPECT_EQ(after.arguments.words, Words{"x"});
  EXPECT_EQ(parsed({"-C", "[a]", "status"}).global.directory, "[a]");
}

TEST(Parser, TwoWordCommands) {
  const auto add = parsed({"remote", "add", "--default", "prod", "/srv"});
  EXPECT_EQ(name_of(add), "remote add");
  EXPECT_EQ(add.arguments.words, (Words{"prod", "/srv"}));
  EXPECT_EQ(name_of(parsed({"remote", "list"})), "remote list");
}

TEST(Parser, TheSeparatorIsKept) {
  const auto with = parsed({"checkout", "v1", "--", "a", "-n", "--"});
  EXPECT_EQ(with.arguments.words, (Words{"v1", "a", "-n", "--"}));
  ASSERT_TRUE(with.arguments.separator.has_value());
  EXPECT_EQ(*with.arguments.separator, 1U);
  EXPECT_FALSE(with.arguments.has("dry-run"));
  EXPECT_EQ(parsed({"checkout", "--", "a"}).arguments.separator, std::optional<std::size_t>(0));
  EXPECT_FALSE(parsed({"checkout", "a"}).arguments.separator.has_value());
}

TEST(Parser, BracketsAreNotTakenApart) {
  EXPECT_EQ(parsed({"add", "[a,b]", "[a]", "x[1]", "["}).arguments.words,
            (Words{"[a,b]", "[a]", "x[1]", "["}));
  const auto pull = parsed({"pull", "--include", "[a,b]", "--include=[a]", "--", "[c,d]"});
  EXPECT_EQ(pull.arguments.list("include"), (Words{"[a,b]", "[a]"}));
  EXPECT_EQ(pull.arguments.words, Words{"[c,d]"});
}

TEST(Parser, PathsMayBeCalledLikeCommands) {
  const auto add = parsed({"add", "status", "log", "add", "remote"});
  EXPECT_EQ(name_of(add), "add");
  EXPECT_EQ(add.arguments.words, (Words{"status", "log", "add", "remote"}));
  const auto remote = parsed({"remote", "add", "check", "push"});
  EXPECT_EQ(name_of(remote), "remote add");
  EXPECT_EQ(remote.arguments.words, (Words{"check", "push"}));
  const auto moved = parsed({"-C", "add", "mv", "diff", "--", "list"});
  EXPECT_EQ(name_of(moved), "mv");
  EXPECT_EQ(moved.global.directory, "add");
  EXPECT_EQ(moved.arguments.words, (Words{"diff", "list"}));
  EXPECT_EQ(parsed({"ls", "-C", "log", "--rev", "add"}).global.directory, "log");
  EXPECT_EQ(parsed({"ls", "-C", "log", "--rev", "add"}).arguments.value("rev"), "add");
  EXPECT_EQ(name_of(parsed({"help", "remote", "add"})), "help");
}

TEST(Parser, WhatDoesNotFitIsUsageWithAHint) {
  const Words cases[] = {{"add", "--bogus"},
                         {"--bogus"},
                         {"log"},
                         {"mv", "a"},
                         {"mv", "a", "b", "c"},
                         {"status", "-C"},
                         {"pull", "-r"},
                         {"log", "a", "-n"},
                         {"version", "x"},
                         {"remote", "bogus"},
                         {"remote", "add"},
                         {"--jobs", "many", "status"},
                         {"ls", "--rev", "a", "--rev", "b"}};
  for (const auto& words : cases) {
    const auto outcome = Program{}(words);
    const auto line = words.front() + " " + words.back();
    EXPECT_EQ(outcome.exit_code, 2) << line;
    EXPECT_TRUE(outcome.err.starts_with("error: ")) << line << ": " << outcome.err;
    EXPECT_NE(outcome.err.find("\nhint: "), std::string::npos) << line << ": " << outcome.err;
    EXPECT_NE(outcome.err.find("(exit 2)\n"), std::string::npos) << line;
    EXPECT_EQ(outcome.out, "") << line;
  }
}

TEST(Parser, VerbsOfOtherProgramsNameTheLineToType) {
  const std::pair<const char*, const char*> cases[] = {
      {"commit", "git commit"}, {"unprotect", "cairn checkout --link copy"},
      {"repro", "make"},        {"move", "cairn mv"},
      {"stash", "git stash"},   {"prune", "cairn gc"},
      {"list", "cairn ls"},     {"remove", "cairn rm"}};
  for (const auto& [verb, wanted] : cases) {
    const auto outcome = Program{}({verb, "x"});
    EXPECT_EQ(outcome.exit_code, 2) << verb;
    EXPECT_NE(outcome.err.find(std::string("there is no `cairn ") + verb), std::string::npos)
        << outcome.err;
    EXPECT_NE(outcome.err.find(wanted), std::string::npos) << outcome.err;
  }
}

TEST(Parser, NearMissesNameTheCommand) {
  EXPECT_NE(Program{}({"statsu"}).err.find("did you mean `cairn status`?"), std::string::npos);
  EXPECT_NE(Program{}({"-C", "/", "chekout", "x"}).err.find("did you mean `cairn checkout`?"),
            std::string::npos);
  EXPECT_NE(Program{}({"remot", "add"}).err.find("did you mean `cairn remote`?"),
            std::string::npos);
  const auto far = Program{}({"frobnicate"});
  EXPECT_EQ(far.exit_code, 2);
  EXPECT_NE(far.err.find("`cairn help` lists the commands"), std::string::npos);
  EXPECT_NE(Program{}({"remote", "bogus"}).err.find("there is no `cairn remote bogus`"),
            std::string::npos);
}

TEST(Parser, SynopsisOfARow) {
  const auto of = [](const char* name) {
    const auto& rows = all_commands();
    return synopsis(*std::ranges::find(rows, std::string(name),
                                       [](const Command& row) { return std::string(row.name); }));
  };
  EXPECT_EQ(of("mv"), "cairn mv [-n] FROM TO");
  EXPECT_EQ(of("rm"), "cairn rm [-n] [-f] [--keep] PATH...");
}

}  // namespace
}  // namespace cairn::cli
