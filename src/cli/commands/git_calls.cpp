// What git calls by itself (merge driver, textconv): hidden from help, explained in cairn-git(7).
#include "cli/commands/commands.hpp"
#include "repo/textconv.hpp"

namespace cairn::cli {

namespace {

Result<Reply> run_textconv(const Invocation& call) {
  CAIRN_TRY(const auto text,
            repo::textconv(call.context, call.environment, call.arguments.words[0]));
  Reply reply;
  reply.quietable = false;
  reply.text = text;
  reply.json["text"] = text;
  return reply;
}

}  // namespace

Command textconv_command() {
  return {"textconv", Group::kInternal, "what git diff shows of a pointer",
          {},         {{"FILE", 1, 1}}, &run_textconv};
}

}  // namespace cairn::cli
