#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"

namespace cairn::cli {

namespace {

Result<Reply> run_rm(const Invocation& call) {
  repo::RemoveOptions options;
  options.paths = call.arguments.words;
  options.keep = call.arguments.has("keep");
  options.dry_run = call.arguments.has("dry-run");
  options.force = call.arguments.has("force");
  CAIRN_TRY(auto repository, call.repository());
  CAIRN_TRY(const auto removed, repo::remove(call.context, repository, options));
  Reply reply;
  reply.json["removed"] = removed;
  reply.json["dry_run"] = options.dry_run;
  reply.text = (options.dry_run ? "would remove " : "removed ") + joined(removed) +
               (options.keep ? " from tracking; the data stays\n"
                             : "; committed versions stay in the store\n");
  if (!options.dry_run) reply.text += "next: git commit\n";
  return reply;
}

Result<Reply> run_mv(const Invocation& call) {
  repo::MoveOptions options{call.arguments.words[0], call.arguments.words[1],
                            call.arguments.has("dry-run")};
  CAIRN_TRY(auto repository, call.repository());
  CAIRN_TRY(const auto moved, repo::move(repository, options));
  Reply reply;
  reply.json["from"] = moved.first;
  reply.json["to"] = moved.second;
  reply.json["dry_run"] = options.dry_run;
  reply.text = (options.dry_run ? "would move " : "moved ") + shown(moved.first) + " to " +
               shown(moved.second) + "\n";
  if (!options.dry_run) reply.text += "next: git commit\n";
  return reply;
}

}  // namespace

Command rm_command() {
  return {"rm",
          Group::kWork,
          "remove data and pointer from the tree; committed versions stay",
          {kDryRun,
           kForce,
           {"keep", 0, Flag::Kind::kSwitch, "", "stop tracking, leave data and ignore rule"}},
          {{"PATH", 1, -1}},
          &run_rm,
          "cairn rm --keep data/old"};
}

Command mv_command() {
  return {"mv",
          Group::kWork,
          "move or rename data together with its pointer",
          {kDryRun},
          {{"FROM", 1, 1}, {"TO", 1, 1}},
          &run_mv,
          "cairn mv data/images data/photos"};
}

}  // namespace cairn::cli
