#include "repo/get.hpp"
#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"
#include "repo/import_git.hpp"

namespace cairn::cli {

namespace {

constexpr Flag kRevision{"rev", 0, Flag::Kind::kValue, "REV", "branch, tag or commit there"};
constexpr Flag kRemoteUrl{"remote-url", 0, Flag::Kind::kValue, "URL",
                          "where the data is, instead of what is configured there"};

repo::GetOptions options_of(const Invocation& call) {
  repo::GetOptions out;
  out.url = call.arguments.words[0];
  out.path = call.arguments.words[1];
  out.revision = call.arguments.value("rev");
  out.remote_url = call.arguments.value("remote-url");
  out.dry_run = call.arguments.has("dry-run");
  out.force = call.arguments.has("force");
  return out;
}

Result<Reply> run_get(const Invocation& call) {
  auto options = options_of(call);
  options.out = call.arguments.value("output");
  options.include = call.arguments.list("include");
  options.exclude = call.arguments.list("exclude");
  std::string expect;
  CAIRN_CHECK(parse_limits(call.arguments, options.max_bytes, expect));
  CAIRN_TRY(const auto report, repo::get(call.context, call.environment, options));
  Reply reply;
  reply.json = to_json(report.written);
  reply.json["commit"] = report.commit;
  reply.json["out"] = report.out;
  reply.json["folder"] = report.folder;
  reply.text = checkout_text(report.written, options.dry_run ? "would write" : "wrote") +
               "of commit " + report.commit + "\n";
  return reply;
}

Json json_of(const repo::SourceReport& report) {
  return {{"path", report.source.path},     {"url", report.source.url},
          {"from", report.source.from},     {"rev", report.source.revision},
          {"commit", report.source.commit}, {"before", report.before},
          {"unchanged", report.unchanged},  {"files", report.added.files}};
}

std::string short_id(const std::string& commit) { return commit.substr(0, 12); }

Result<Reply> run_import_git(const Invocation& call) {
  repo::ImportGitOptions options;
  options.get = options_of(call);
  if (call.arguments.words.size() > 2) options.destination = call.arguments.words[2];
  CAIRN_TRY(auto repository, call.repository());
  CAIRN_TRY(const auto report, repo::import_git(call.context, repository, options));
  Reply reply;
  reply.json = json_of(report);
  reply.json["dry_run"] = options.get.dry_run;
  reply.text = std::string(options.get.dry_run ? "would import " : "imported ") +
               shown(report.source.path) + ": " + counted(report.added.files, "file") +
               " of commit " + short_id(report.source.commit) + "\n";
  if (!options.get.dry_run)
    reply.text += "staged its pointer and .cairn/sources\nnext: git commit\n";
  return reply;
}

Result<Reply> run_update(const Invocation& call) {
  repo::UpdateOptions options;
  options.paths = call.arguments.words;
  options.revision = call.arguments.value("rev");
  options.remote_url = call.arguments.value("remote-url");
  options.dry_run = call.arguments.has("dry-run");
  options.force = call.arguments.has("force");
  CAIRN_TRY(auto repository, call.repository());
  CAIRN_TRY(const auto reports, repo::update(call.context, repository, options));
  Reply reply;
  reply.json["dry_run"] = options.dry_run;
  auto& list = reply.json["paths"] = Json::array();
  bool moved = false;
  for (const auto& report : reports) {
    list.push_back(json_of(report));
    const auto path = shown(report.source.path);
    if (report.source.commit == report.before) {
      reply.text += "up to date " + path + "\n";
      continue;
    }
    moved = true;
    reply.text += (options.dry_run ? "would move " : "moved ") + path + " from " +
                  short_id(report.before) + " to " + short_id(report.source.commit) +
                  (report.unchanged ? ", which has the same data" : "") + "\n";
  }
  if (moved && !options.dry_run) reply.text += "next: git commit\n";
  return reply;
}

}  // namespace

Command get_command() {
  return {"get",
          Group::kShare,
          "take data out of another repository, without cloning it",
          {kDryRun,
           kForce,
           kInclude,
           kExclude,
           kMaxBytes,
           kRevision,
           {"output", 'o', Flag::Kind::kValue, "OUT", "where to write; else PATH's name, here"},
           kRemoteUrl},
          {{"URL", 1, 1}, {"PATH", 1, 1}},
          &run_get,
          "cairn get git@host:acme/shop data/images --rev v1 -o images"};
}

Command import_git_command() {
  return {"import git",
          Group::kStart,
          "track data of another repository, and where it comes from",
          {kDryRun, kRevision, kRemoteUrl},
          {{"URL", 1, 1}, {"PATH", 1, 1}, {"DEST", 0, 1}},
          &run_import_git,
          "cairn import git git@host:acme/data images --rev main data/images"};
}

Command update_command() {
  return {"update",
          Group::kShare,
          "move imported data to the newest version of its source",
          {kDryRun, kForce, kRevision, kRemoteUrl},
          {{"PATH", 0, -1}},
          &run_update,
          "cairn update data/images"};
}

}  // namespace cairn::cli
