#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"

namespace cairn::cli {

namespace {

constexpr std::uint64_t kMaxGraceDays = 36'500;
constexpr std::int64_t kDayMs = std::int64_t{24} * 3600 * 1000;

Status parse_grace(const std::string& text, repo::GcOptions& options) {
  std::uint64_t days = 0;
  if (!base::parse_u64(text, days) || days > kMaxGraceDays) {
    return Error(Code::kUsage, "`--grace` takes a number of days, not `" + shown(text) + "`")
        .hint("`--grace 14` is what counts without it");
  }
  options.grace_ms = static_cast<std::int64_t>(days) * kDayMs;
  return {};
}

Reply render_gc(const repo::GcReport& report) {
  Reply reply;
  reply.json["applied"] = report.applied;
  reply.json["versions_kept"] = report.versions_kept;
  reply.json["unpushed_kept"] = report.unpushed_kept;
  reply.json["other_projects_kept"] = report.others_kept;
  reply.json["live_chunks"] = report.live_chunks;
  reply.json["packs_removed"] = report.packs_removed;
  reply.json["packs_rewritten"] = report.packs_rewritten;
  reply.json["freed_bytes"] = report.freed_bytes;
  reply.json["young_bytes_kept"] = report.kept_young_bytes;
  reply.text = "kept: " + counted(report.versions_kept, "version") + " that git refers to (" +
               counted(report.live_chunks, "chunk") + ")\n";
  if (report.unpushed_kept > 0) {
    reply.text += "kept: " + counted(report.unpushed_kept, "version") +
                  " that git forgot and no remote has\n";
  }
  if (report.others_kept > 0) {
    reply.text += "kept: " + counted(report.others_kept, "version") +
                  " of other projects that share this store\n";
  }
  if (report.kept_young_bytes > 0) {
    reply.text += "kept: " + base::human_bytes(report.kept_young_bytes) +
                  " not needed, but younger than the grace period\n";
  }
  const bool something = report.packs_removed + report.packs_rewritten > 0;
  if (!something) {
    reply.text += "nothing to free\n";
    return reply;
  }
  reply.text += std::string(report.applied ? "freed " : "would free ") +
                base::human_bytes(report.freed_bytes) + ": " +
                counted(report.packs_removed, "pack") + " removed, " +
                base::human_count(report.packs_rewritten) + " rewritten\n";
  if (!report.applied) reply.text += "next: cairn gc --yes\n";
  return reply;
}

Result<Reply> run_gc(const Invocation& call) {
  repo::GcOptions options;
  options.apply = call.arguments.has("yes") && !call.arguments.has("dry-run");
  options.allow_unpushed = call.arguments.has("allow-unpushed");
  if (call.arguments.has("grace")) CAIRN_CHECK(parse_grace(call.arguments.value("grace"), options));
  CAIRN_TRY(auto repository, call.repository());
  CAIRN_TRY(const auto report, repo::gc(call.context, repository, options));
  return render_gc(report);
}

}  // namespace

Command gc_command() {
  return {"gc",
          Group::kKeep,
          "say what no version needs in the local store; with --yes, remove it",
          {kDryRun,
           {"yes", 0, Flag::Kind::kSwitch, "", "remove it; without, nothing is changed"},
           {"grace", 0, Flag::Kind::kValue, "DAYS", "keep what is younger than this (14)"},
           {"allow-unpushed", 0, Flag::Kind::kSwitch, "",
            "also versions that git forgot and no remote has"}},
          {},
          &run_gc,
          "cairn gc --yes --grace 30"};
}

}  // namespace cairn::cli
