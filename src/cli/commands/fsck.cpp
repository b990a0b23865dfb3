#include "base/shell.hpp"
#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"

namespace cairn::cli {

namespace {

std::string listed(const char* title, const std::vector<std::string>& lines) {
  constexpr std::size_t kShown = 20;
  std::string out;
  for (std::size_t i = 0; i < lines.size() && i < kShown; ++i)
    out += title + base::printable(lines[i]) + "\n";
  if (lines.size() > kShown)
    out += title + std::string("and ") + base::human_count(lines.size() - kShown) + " more\n";
  return out;
}

Reply render_fsck(const repo::FsckReport& report, const repo::FsckOptions& options) {
  const bool damaged = !report.faults.empty() || !report.lost.empty();
  const bool mended =
      damaged && !options.repair_from.empty() && !options.dry_run && report.lost.empty();
  Reply reply;
  reply.json["ok"] = !damaged || mended;
  reply.json["dry_run"] = options.dry_run;
  reply.json["packs"] = report.packs;
  reply.json["records"] = report.records;
  reply.json["chunks"] = report.chunks;
  reply.json["roots"] = report.roots;
  reply.json["read_bytes"] = report.bytes_read;
  reply.json["repaired_chunks"] = report.repaired;
  reply.json["faults"] = report.faults;
  reply.json["lost"] = report.lost;
  reply.json["notes"] = report.notes;
  reply.text = listed("fault: ", report.faults) + listed("lost: ", report.lost) +
               listed("note: ", report.notes);
  reply.text +=
      "checked " + counted(report.packs, "pack") + " with " + counted(report.records, "record");
  if (!options.remote.empty()) reply.text += " and " + counted(report.roots, "root");
  reply.text += ", read " + base::human_bytes(report.bytes_read) + ": ";
  reply.text += damaged ? counted(report.faults.size(), "fault") : "no fault";
  if (damaged && options.remote.empty())  // which of a remote's chunks are lost is not looked into
    reply.text += ", " + counted(report.lost.size(), "chunk") + " without a good copy";
  reply.text += "\n";
  if (report.repaired > 0)
    reply.text += (options.dry_run ? "would repair " : "repaired ") +
                  counted(report.repaired, "chunk") + " from " + options.repair_from + "\n";
  if (!damaged || mended) return reply;
  if (options.remote.empty() && options.repair_from.empty())
    reply.text +=
        "next: cairn fsck --repair-from NAME, or cairn add PATH where the data still is\n";
  if (!options.remote.empty())
    reply.text += "next: cairn push -r " + base::shell_word(options.remote) +
                  " --repair --all, in a clone that has the data\n";
  reply.quietable = false;
  reply.exit_code = 7;
  return reply;
}

Result<Reply> run_fsck(const Invocation& call) {
  repo::FsckOptions options;
  options.remote = call.arguments.value("remote");
  options.repair_from = call.arguments.value("repair-from");
  options.dry_run = call.arguments.has("dry-run");
  options.structure_only = call.arguments.has("structure");
  const bool share_given = call.arguments.has("read-data");
  if (share_given) CAIRN_CHECK(parse_share(call.arguments.value("read-data"), options.read_share));
  if (share_given && options.structure_only) {
    return Error(Code::kUsage, "`--structure` reads no data, `--read-data` does")
        .hint("give one of them");
  }
  if (share_given && options.remote.empty()) {
    return Error(Code::kUsage,
                 "`--read-data` goes with `--remote`: the local store is read in full")
        .hint("`cairn fsck --structure` reads none of its data");
  }
  if (!options.remote.empty() && !options.repair_from.empty()) {
    return Error(Code::kUsage, "`--repair-from` mends the local store, `--remote` checks a remote")
        .hint("give one of them");
  }
  CAIRN_TRY(auto repository, call.repository());
  CAIRN_TRY(const auto report, repo::fsck(call.context, repository, options));
  return render_fsck(report, options);
}

}  // namespace

Command fsck_command() {
  static constexpr Flag kChecked{"remote", 'r', Flag::Kind::kValue, "NAME",
                                 "check this remote instead of the local store"};
  return {
      "fsck",
      Group::kTrust,
      "check every byte of the local store, or of a remote",
      {kDryRun,
       {"structure", 0, Flag::Kind::kSwitch, "", "only what holds the data together, not the data"},
       {"read-data", 0, Flag::Kind::kValue, "N%", "of a remote read this share of the data"},
       kChecked,
       {"repair-from", 0, Flag::Kind::kValue, "NAME",
        "bring good copies of lost chunks from this remote"}},
      {},
      &run_fsck,
      "cairn fsck --repair-from prod"};
}

}  // namespace cairn::cli
