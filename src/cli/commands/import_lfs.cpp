#include "repo/import_lfs.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/import_words.hpp"
#include "cli/exit_code.hpp"
#include "cli/format_reply.hpp"

namespace cairn::cli {

namespace {

constexpr std::size_t kMaxShown = 20;

Reply render(const repo::ImportLfsReport& report, const repo::ImportLfsOptions& options) {
  Reply reply;
  reply.json = {{"dry_run", options.dry_run},      {"paths", Json::array()},
                {"bytes", report.bytes},           {"stored_bytes", report.stored_bytes},
                {"elapsed_ms", report.elapsed_ms}, {"older_versions", report.older_versions},
                {"older_had", report.older_had},   {"attributes", report.attributes},
                {"lost", Json::array()},           {"staged", report.staged}};
  for (const auto& lost : report.lost)
    reply.json["lost"].push_back({{"path", lost.path}, {"object", lost.object}});
  if (!report.lost.empty()) reply.exit_code = exit_code(Code::kMissing);
  const char* verb = options.dry_run ? "would import " : "imported ";
  for (std::size_t i = 0; i < report.files.size(); ++i) {
    const auto& file = report.files[i];
    reply.json["paths"].push_back(
        {{"path", file.path}, {"bytes", file.bytes}, {"from_tree", file.from_tree}});
    if (i < kMaxShown)
      reply.text += verb + shown(file.path) + ": " + base::human_bytes(file.bytes) + "\n";
  }
  if (report.files.size() > kMaxShown)
    reply.text += "and " + base::human_count(report.files.size() - kMaxShown) + " more (--json)\n";
  for (const auto& path : report.attributes)
    reply.text += std::string(options.dry_run ? "would take" : "took") +
                  " the lines of git-lfs out of " + shown(path) + "\n";
  if (options.all_commits) {
    std::vector<std::string> lost;
    for (const auto& version : report.lost)
      lost.push_back(shown(version.path) + " (" + version.object + ")");
    reply.text += older_versions_text(report.older_had, report.older_versions, lost);
    if (!report.lost.empty())
      reply.text += "`git lfs fetch --all` brings the others, as far as the server has them\n";
  }
  const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(report.elapsed_ms, 1));
  reply.text += counted(report.files.size(), "file") + ", " + base::human_bytes(report.bytes) +
                " read at " + base::human_bytes(report.bytes * 1000 / ms) + "/s\n";
  if (!report.staged.empty())
    reply.text += "staged " + counted(report.staged.size(), "file") +
                  "; git-lfs has its objects as before\nnext: git commit\n";
  return reply;
}

Result<Reply> run_import_lfs(const Invocation& call) {
  repo::ImportLfsOptions options;
  options.paths = call.arguments.words;
  options.untrack = call.arguments.has("untrack");
  options.all_commits = call.arguments.has("all-commits");
  options.dry_run = call.arguments.has("dry-run");
  CAIRN_TRY(auto repository, call.repository());
  CAIRN_TRY(const auto report, repo::import_lfs(call.context, repository, options));
  return render(report, options);
}

}  // namespace

Command import_lfs_command() {
  return {
      "import lfs",
      Group::kStart,
      "track with cairn the files that git-lfs keeps here",
      {kDryRun,
       {"untrack", 0, Flag::Kind::kSwitch, "", "take the lines of git-lfs out of .gitattributes"},
       {"all-commits", 0, Flag::Kind::kSwitch, "",
        "also store what only other commits name, as far as it can be had"}},
      {{"PATH", 0, -1}},
      &run_import_lfs,
      "git lfs fetch --all && cairn import lfs --untrack"};
}

}  // namespace cairn::cli
