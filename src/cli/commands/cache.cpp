#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"

namespace cairn::cli {

namespace {

Json json_of(const repo::CacheUse& use) {
  return {{"total_bytes", use.total},
          {"older_bytes", use.older},
          {"in_use_bytes", use.in_use},
          {"only_here_bytes", use.only_here},
          {"unreferenced_bytes", use.unreferenced},
          {"list_bytes", use.lists},
          {"link_bytes", use.links}};
}

std::string line(std::uint64_t bytes, const std::string& what) {
  return bytes == 0 ? std::string() : "  " + base::human_bytes(bytes) + " " + what + "\n";
}

Result<Reply> run_cache(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository());
  CAIRN_TRY(const auto report, repo::cache(call.context, repository));
  const auto& use = report.use;
  Reply reply;
  reply.quietable = false;
  reply.json = json_of(use);
  reply.json["directory"] = report.directory;
  reply.json["droppable_bytes"] = use.older + use.in_use;
  reply.text = "the store holds " + base::human_bytes(use.total) + " (" + shown(report.directory) +
               ")\n" + line(use.older, "of older versions, on a remote when last asked") +
               line(use.in_use, "of the versions checked out, on a remote when last asked") +
               line(use.only_here, "of versions that were never pushed: kept") +
               line(use.unreferenced, "of no version: `cairn gc`") +
               line(use.lists, "lists of files and chunks: kept") +
               line(use.links, "of files shared with checkouts: kept");
  if (use.older + use.in_use > 0) {
    reply.text += "next: cairn cache prune --max-size N drops up to " +
                  base::human_bytes(use.older + use.in_use) + ", after asking the remote again\n";
  }
  return reply;
}

std::string kept_text(const repo::PruneReport& report) {
  constexpr std::size_t kShown = 5;
  std::string out = "kept: ";
  std::string parts;
  const auto part = [&](std::uint64_t bytes, const char* what) {
    if (bytes > 0) parts += (parts.empty() ? "" : ", ") + base::human_bytes(bytes) + " " + what;
  };
  part(report.use.only_here, "of versions not confirmed");
  part(report.use.unreferenced, "of no version (`cairn gc`)");
  part(report.use.lists, "of lists");
  part(report.use.links, "shared with checkouts");
  out = parts.empty() ? std::string() : out + parts + "\n";
  for (std::size_t i = 0; i < report.kept.size() && i < kShown; ++i) {
    const auto& kept = report.kept[i];
    out += "  not confirmed: " + shown(kept.path) + " (" + kept.id.substr(0, 12) +
           "): " + shown(kept.why) + "\n";
  }
  if (report.kept.size() > kShown)
    out += "  and " + base::human_count(report.kept.size() - kShown) + " more\n";
  return out;
}

Reply render_prune(const repo::PruneReport& report, bool dry_run) {
  Reply reply;
  reply.json = {{"remote", report.remote},
                {"dry_run", dry_run},
                {"applied", report.applied},
                {"fits", report.fits()},
                {"max_bytes", report.max_bytes},
                {"before_bytes", report.before},
                {"after_bytes", report.after},
                {"chunks_dropped", report.chunks},
                {"packs_removed", report.packs_removed},
                {"packs_rewritten", report.packs_rewritten},
                {"versions_confirmed", report.confirmed}};
  auto& kept = reply.json["not_confirmed"] = Json::array();
  for (const auto& one : report.kept)
    kept.push_back({{"path", one.path}, {"oid", one.id}, {"why", one.why}});
  reply.json["use"] = json_of(report.use);
  if (report.before <= report.max_bytes) {
    reply.text = "nothing to do: the store holds " + base::human_bytes(report.before) + "\n";
    return reply;
  }
  if (report.chunks > 0) {
    reply.text = std::string(dry_run ? "would drop " : "dropped ") +
                 base::human_bytes(report.before - std::min(report.before, report.after)) + " (" +
                 counted(report.chunks, "chunk") + "), confirmed on " + report.remote +
                 " just now; `cairn pull` brings it back\n";
  }
  reply.text += std::string(dry_run ? "the store would hold " : "the store holds ") +
                base::human_bytes(report.after) + "\n";
  if (report.fits()) return reply;
  reply.exit_code = 3;
  reply.quietable = false;
  reply.text += "more than " + base::human_bytes(report.max_bytes) + ": nothing else may go\n" +
                kept_text(report);
  if (!report.kept.empty()) reply.text += "next: cairn push --all\n";
  return reply;
}

Result<Reply> run_cache_prune(const Invocation& call) {
  repo::PruneOptions options;
  options.remote = call.arguments.value("remote");
  options.dry_run = call.arguments.has("dry-run");
  if (!call.arguments.has("max-size")) {
    return Error(Code::kUsage, "`cairn cache prune` needs `--max-size N`")
        .hint("`cairn cache` shows what the store holds");
  }
  CAIRN_CHECK(parse_size("max-size", call.arguments.value("max-size"), options.max_bytes));
  CAIRN_TRY(auto repository, call.repository());
  CAIRN_TRY(const auto report, repo::cache_prune(call.context, repository, options));
  return render_prune(report, options.dry_run);
}

}  // namespace

Command cache_command() {
  return {"cache",
          Group::kKeep,
          "what the local store holds, and what of it a remote has too",
          {},
          {},
          &run_cache,
          "cairn cache && cairn cache prune --max-size 20G"};
}

Command cache_prune_command() {
  return {"cache prune",
          Group::kKeep,
          "shrink the local store; only what a remote confirms now is dropped",
          {kDryRun,
           kRemote,
           {"max-size", 0, Flag::Kind::kValue, "N", "bytes that may stay: 500M, 20G, 64GiB"}},
          {},
          &run_cache_prune,
          "cairn cache prune --max-size 20G"};
}

}  // namespace cairn::cli
