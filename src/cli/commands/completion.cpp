#include "cli/completion.hpp"

#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"

namespace cairn::cli {

namespace {

Result<Reply> run_completion(const Invocation& call) {
  const auto& shell = call.arguments.words[0];
  const auto script = completion_script(all_commands(), shell);
  if (!script) {
    return Error(Code::kUsage, "no completion is made for `" + shown(shell) + "`")
        .hint("`cairn completion bash`, `zsh` or `fish`");
  }
  Reply reply;
  reply.quietable = false;
  reply.json["shell"] = shell;
  reply.json["script"] = *script;
  reply.text = *script;
  return reply;
}

}  // namespace

Command completion_command() {
  return {"completion",
          Group::kHelp,
          "a script that completes cairn's words in bash, zsh or fish",
          {},
          {{"SHELL", 1, 1}},
          &run_completion,
          "source <(cairn completion bash)"};
}

}  // namespace cairn::cli
