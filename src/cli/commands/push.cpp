#include <set>

#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"

namespace cairn::cli {

namespace {

// One line for each path, however many versions of it are concerned.
std::string bound_text(const repo::PushCommandReport& report, Json& json) {
  std::string text;
  std::set<std::string> said;
  auto& rows = json["bound"] = Json::array();
  for (const auto& item : report.bound) {
    rows.push_back(
        {{"path", item.path}, {"oid", item.id}, {"remote", item.remote}, {"why", item.why}});
    if (said.insert(item.path).second)
      text += "left out: " + shown(item.path) + ": " + item.why + "\n";
  }
  return text;
}

Reply render_push(const repo::PushCommandReport& report, const repo::PushCommandOptions& options) {
  const bool dry_run = options.dry_run;
  Reply reply;
  std::uint64_t pushed = 0, there = 0, missing = 0;
  auto& versions = reply.json["versions"] = Json::array();
  for (const auto& version : report.versions) {
    versions.push_back(
        {{"path", version.path},
         {"oid", version.id},
         {"state", dry_run && version.state == "pushed" ? "would push" : version.state},
         {"missing", version.missing}});
    pushed += version.state == "pushed";
    there += version.state == "already there";
    if (version.state != "missing here") continue;
    ++missing;
    reply.text += "not pushed: " + shown(version.path) + " (" + version.id.substr(0, 12) +
                  "): its data is not in this clone\n";
    if (!version.missing.empty())
      reply.text += "  first missing: " + shown(version.missing.front()) + "\n";
  }
  reply.json["remote"] = report.remote;
  reply.json["dry_run"] = dry_run;
  reply.json["repair"] = options.repair;
  reply.json["new_bytes"] = report.new_plain_bytes;
  reply.json["uploaded_bytes"] = report.uploaded_bytes;
  reply.json["chunks"] = report.chunks;
  reply.json["packs"] = report.packs;
  reply.json["requests"] = report.requests;
  reply.json["packs_named_again"] = report.packs_named_again;
  reply.json["left_out"] = report.left_out;
  reply.exit_code = missing > 0 ? 6 : 0;
  reply.text += bound_text(report, reply.json);
  if (report.packs_named_again > 0) {
    reply.text += (dry_run ? "would name again in the index: " : "named again in the index: ") +
                  counted(report.packs_named_again, "pack") + "\n";
  }
  if (dry_run) {
    reply.text += "would push " + counted(pushed, "version") + ": " +
                  base::human_bytes(report.new_plain_bytes) + " of new data, " +
                  base::human_bytes(report.uploaded_bytes) + " in " +
                  counted(report.packs, "pack") + ", about " + counted(report.requests, "request") +
                  "\n";
    if (report.packs_named_again > 0 && report.new_plain_bytes > 0)
      reply.text += "at most: what the index finds by the packs named again is not sent\n";
    return reply;
  }
  if (pushed > 0) {
    reply.text += "pushed: " + counted(pushed, "version") + (pushed == 1 ? " is" : " are") +
                  " complete on " + report.remote + " (" +
                  base::human_bytes(report.uploaded_bytes) + " in " +
                  counted(report.packs, "pack") + ")\n";
  }
  if (there > 0)
    reply.text += "already complete on " + report.remote + ": " + counted(there, "version") + "\n";
  if (report.left_out > 0) {
    reply.text += "left out: " + counted(report.left_out, "older version") +
                  " that a git remote-tracking branch holds (`cairn push --all` includes them)\n";
  }
  if (report.versions.empty() && report.bound.empty())
    reply.text += "nothing is tracked yet\nnext: cairn add PATH\n";
  return reply;
}

Result<Reply> run_push(const Invocation& call) {
  repo::PushCommandOptions options;
  options.remote = call.arguments.value("remote");
  options.paths = call.arguments.words;
  options.all = call.arguments.has("all");
  options.dry_run = call.arguments.has("dry-run");
  options.flatten = call.arguments.has("flatten");
  options.repair = call.arguments.has("repair");
  options.range = call.arguments.list("rev");
  CAIRN_TRY(auto repository, call.repository());
  CAIRN_TRY(const auto report, repo::push(call.context, repository, options));
  return render_push(report, options);
}

}  // namespace

Command push_command() {
  return {"push",
          Group::kShare,
          "bring the data of this branch to the remote, and confirm it there",
          {kDryRun,
           kRemote,
           {"rev", 0, Flag::Kind::kValues, "RANGE", "the versions of these commits"},
           {"all", 0, Flag::Kind::kSwitch, "", "the versions of every branch and tag"},
           {"flatten", 0, Flag::Kind::kSwitch, "",
            "send all data in full, nothing as a difference from an older version"},
           {"repair", 0, Flag::Kind::kSwitch, "",
            "write anew what tells where the data is, even where all seems complete"}},
          {{"PATH", 0, -1}},
          &run_push,
          "cairn push && git push"};
}

}  // namespace cairn::cli
