#include "cli/commands/commands.hpp"
#include "cli/commands/hooks.hpp"
#include "cli/format_reply.hpp"

namespace cairn::cli {

namespace {

// What a dry run found.
std::string would_text(const repo::InitReport& report, const std::string& hooks) {
  if (report.created) {
    return "would initialise .cairn/ (format 1), stage " + joined(report.written) +
           " and tell git how pointers are merged and shown\n" + hooks;
  }
  const auto rest = report.written.empty() ? "" : "would stage " + joined(report.written) + "\n";
  return "cairn is already set up here\n" + rest + hooks;
}

Result<Reply> run_init(const Invocation& call) {
  const bool dry_run = call.arguments.has("dry-run");
  CAIRN_TRY(const auto report, repo::init(call.context, call.environment, {dry_run}));
  Reply reply;
  reply.json["created"] = report.created;
  reply.json["written"] = report.written;
  reply.json["project"] = report.project;
  CAIRN_TRY(const auto hooks, set_up_hooks(call));
  reply.json["hooks"] = hooks.json;
  reply.json["dry_run"] = dry_run;
  if (dry_run) {
    reply.text = would_text(report, hooks.text);
    return reply;
  }
  reply.text = report.created ? "initialised .cairn/ (format 1); staged " + joined(report.written) +
                                    "\n" + hooks.text + "next: cairn add PATH\n"
                              : "cairn is already set up here\n" + hooks.text;
  return reply;
}

}  // namespace

Command init_command() {
  return {"init", Group::kStart, "set up cairn in this git repository",   {kDryRun, kNoHooks},
          {},     &run_init,     "git init shop && cd shop && cairn init"};
}

}  // namespace cairn::cli
