#include <algorithm>

#include "base/version.hpp"
#include "cli/commands/commands.hpp"
#include "cli/help.hpp"
#include "cli/slugs.hpp"
#include "cli/suggest.hpp"

namespace cairn::cli {

namespace {

Result<Reply> run_help(const Invocation& call) {
  Reply reply;
  reply.quietable = false;
  std::string name;
  for (const auto& word : call.arguments.words) name += (name.empty() ? "" : " ") + word;
  if (name.empty()) {
    reply.text = overview_help(all_commands());
  } else if (const auto* slug = find_slug(name)) {
    reply.text = std::string(slug->name) + "\n\n" + slug->text + "\n";
  } else {
    const auto exact = std::ranges::find_if(
        all_commands(), [&](const auto& command) { return name == command.name; });
    if (exact != all_commands().end()) reply.text = command_help(*exact);
    for (const auto& command : all_commands()) {
      if (exact == all_commands().end() && std::string(command.name).starts_with(name + " "))
        reply.text += (reply.text.empty() ? "" : "\n") + command_help(command);
    }
  }
  if (reply.text.empty()) return unknown_command(all_commands(), name);
  reply.json["text"] = reply.text;
  return reply;
}

Result<Reply> run_version(const Invocation&) {
  Reply reply;
  reply.quietable = false;
  reply.text = base::program_name() + "\n";
  reply.json["version"] = base::program_version();
  reply.json["formats"] = {{"pointer", 1}, {"store", 1}, {"remote", 1}};
  return reply;
}

}  // namespace

Command help_command() {
  return {"help",
          Group::kHelp,
          "explain a command, or an error by its slug",
          {},
          {{"COMMAND", 0, -1}},
          &run_help,
          "cairn help add"};
}

Command version_command() {
  return {
      "version",    Group::kHelp,          "the version of this program and of its formats", {}, {},
      &run_version, "cairn version --json"};
}

}  // namespace cairn::cli
