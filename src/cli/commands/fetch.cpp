#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"

namespace cairn::cli {

namespace {

repo::FetchCommandOptions fetch_options(const Arguments& arguments) {
  repo::FetchCommandOptions options;
  options.remote = arguments.value("remote");
  options.revision = arguments.value("rev");
  options.paths = arguments.words;
  options.include = arguments.list("include");
  options.exclude = arguments.list("exclude");
  options.dry_run = arguments.has("dry-run");
  options.lists_only = arguments.has("lists");
  options.no_store = arguments.has("no-store");
  return options;
}

Result<Reply> run_fetch(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository());
  CAIRN_TRY(const auto report,
            repo::fetch(call.context, repository, fetch_options(call.arguments)));
  Reply reply;
  reply.json = to_json(report);
  reply.text = fetch_text(report);
  return reply;
}

Result<Reply> run_pull(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository());
  CAIRN_TRY(const auto report, repo::pull(call.context, repository, fetch_options(call.arguments),
                                          call.arguments.has("force")));
  Reply reply;
  reply.json["fetched"] = to_json(report.fetched);
  reply.json["checked_out"] = to_json(report.checked_out);
  const bool planned = report.fetched.dry_run;
  reply.text = fetch_text(report.fetched);
  const auto& tree = report.checked_out;  // unknown as long as lists would have to come first
  const bool known = tree.written + tree.removed + tree.unchanged + tree.left_out > 0;
  if (!planned || known || report.fetched.chunks == 0)
    reply.text += checkout_text(report.checked_out, planned ? "would write" : "wrote");
  return reply;
}

}  // namespace

Command fetch_command() {
  return {"fetch",
          Group::kShare,
          "bring versions from the remote into the local store",
          {kDryRun,
           kRemote,
           kInclude,
           kExclude,
           {"rev", 0, Flag::Kind::kValue, "REV", "the versions of this commit"},
           {"lists", 0, Flag::Kind::kSwitch, "",
            "only lists of files and chunks, as ls and diff need"}},
          {{"PATH", 0, -1}},
          &run_fetch,
          "cairn fetch --rev v1 data/images"};
}

Command pull_command() {
  return {"pull",
          Group::kShare,
          "fetch, then checkout: the tree matches the pointers, exact or fail",
          {kDryRun, kForce, kRemote, kInclude, kExclude, kNoStore},
          {{"PATH", 0, -1}},
          &run_pull,
          "git pull && cairn pull"};
}

}  // namespace cairn::cli
