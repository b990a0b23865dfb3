#include "repo/import_dvc.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/import_words.hpp"
#include "cli/exit_code.hpp"
#include "cli/format_reply.hpp"

namespace cairn::cli {

namespace {

std::string places_of(const repo::ImportedOutput& output) {
  std::string out;
  const auto add = [&](std::uint64_t count, const char* place) {
    if (count > 0) out += (out.empty() ? "" : ", ") + base::human_count(count) + " from " + place;
  };
  add(output.from_tree, "the tree");
  add(output.from_cache, "DVC's cache");
  add(output.from_remote, "DVC's remote");
  return out;
}

std::string text_of(const repo::ImportedOutput& output, bool dry_run) {
  if (output.unchanged) return "unchanged " + shown(output.path) + "\n";
  std::string out = (dry_run ? "would import " : "imported ") + shown(output.path) + ": ";
  if (output.folder) out += counted(output.files, "file") + ", ";
  out += base::human_bytes(output.bytes);
  if (const auto places = places_of(output); !places.empty()) out += " (" + places + ")";
  out += "\n";
  if (output.damaged > 0) {
    out += "  " + counted(output.damaged, "object") +
           " in DVC's cache with other bytes than their names say: taken from elsewhere\n";
  }
  if (output.links > 0) {
    out += "  " + counted(output.links, "link") +
           " stands where a file belongs: `cairn checkout --force " + shown(output.path) +
           "` writes files\n";
  }
  return out;
}

Json json_of(const repo::ImportedOutput& output) {
  return {{"path", output.path},
          {"named_by", output.named_by},
          {"folder", output.folder},
          {"unchanged", output.unchanged},
          {"files", output.files},
          {"bytes", output.bytes},
          {"from_tree", output.from_tree},
          {"from_cache", output.from_cache},
          {"from_remote", output.from_remote},
          {"links", output.links},
          {"damaged", output.damaged}};
}

std::string older_text(const repo::ImportDvcReport& report) {
  std::vector<std::string> lost;
  for (const auto& version : report.lost) {
    lost.push_back(shown(version.path) + " of commit " + version.commit.substr(0, 12) + " (" +
                   shown(version.object) + "): " + base::printable(version.why));
  }
  return older_versions_text(report.older_had, report.older_versions, lost);
}

std::string rate_text(const repo::ImportDvcReport& report) {
  const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(report.elapsed_ms, 1));
  return counted(report.files, "file") + ", " + base::human_bytes(report.bytes) + " read at " +
         base::human_bytes(report.bytes * 1000 / ms) + "/s";
}

Reply render(const repo::ImportDvcReport& report, const repo::ImportDvcOptions& options) {
  Reply reply;
  reply.json = {{"dry_run", options.dry_run},      {"paths", Json::array()},
                {"skipped", Json::array()},        {"files", report.files},
                {"bytes", report.bytes},           {"stored_bytes", report.stored_bytes},
                {"elapsed_ms", report.elapsed_ms}, {"older_versions", report.older_versions},
                {"older_had", report.older_had},   {"lost", Json::array()},
                {"staged", report.staged}};
  for (const auto& output : report.outputs) {
    reply.json["paths"].push_back(json_of(output));
    reply.text += text_of(output, options.dry_run);
  }
  for (const auto& [path, why] : report.skipped) {
    reply.json["skipped"].push_back({{"path", path}, {"why", why}});
    reply.text += "skipped " + shown(path) + ": " + base::printable(why) + "\n";
  }
  for (const auto& lost : report.lost)
    reply.json["lost"].push_back(
        {{"path", lost.path}, {"commit", lost.commit}, {"object", lost.object}, {"why", lost.why}});
  if (!report.lost.empty()) reply.exit_code = exit_code(Code::kMissing);
  if (options.all_commits) reply.text += older_text(report);
  if (report.files > 0) reply.text += rate_text(report);
  if (report.files > 0 && !options.dry_run)
    reply.text += ", stored as " + base::human_bytes(report.stored_bytes);
  if (report.files > 0) reply.text += "\n";
  if (!report.staged.empty())
    reply.text += "staged " + counted(report.staged.size(), "file") +
                  "; nothing of DVC was changed\nnext: git commit\n";
  return reply;
}

Result<Reply> run_import_dvc(const Invocation& call) {
  repo::ImportDvcOptions options;
  options.paths = call.arguments.words;
  options.all_commits = call.arguments.has("all-commits");
  options.dry_run = call.arguments.has("dry-run");
  options.force = call.arguments.has("force");
  options.offline = call.offline;
  CAIRN_TRY(auto repository, call.repository());
  CAIRN_TRY(const auto report, repo::import_dvc(call.context, repository, options));
  return render(report, options);
}

}  // namespace

Command import_dvc_command() {
  return {"import dvc",
          Group::kStart,
          "track with cairn what DVC tracks, from the tree, its cache or its remotes",
          {kDryRun,
           kForce,
           {"all-commits", 0, Flag::Kind::kSwitch, "",
            "also store what only other commits name, as far as it can be had"}},
          {{"PATH", 0, -1}},
          &run_import_dvc,
          "cairn import dvc --all-commits"};
}

}  // namespace cairn::cli
