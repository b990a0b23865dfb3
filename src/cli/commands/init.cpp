#include "cli/commands/commands.hpp"
#include "cli/commands/hooks.hpp"
#include "cli/format_reply.hpp"

namespace cairn::cli {

namespace {

Result<Reply> run_init(const Invocation& call) {
  CAIRN_TRY(const auto report, repo::init(call.context, call.environment));
  Reply reply;
  reply.json["created"] = report.created;
  reply.json["written"] = report.written;
  reply.json["project"] = report.project;
  CAIRN_TRY(const auto hooks, set_up_hooks(call, call.environment));
  reply.json["hooks"] = hooks.json;
  reply.text = report.created ? "initialised .cairn/ (format 1); staged " + joined(report.written) +
                                    "\n" + hooks.text + "next: cairn add PATH\n"
                              : "cairn is already set up here\n" + hooks.text;
  return reply;
}

}  // namespace

Command init_command() {
  return {"init", Group::kStart, "set up cairn in this git repository",   {kNoHooks},
          {},     &run_init,     "git init shop && cd shop && cairn init"};
}

}  // namespace cairn::cli
