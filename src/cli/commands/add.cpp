#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"

namespace cairn::cli {

namespace {

Result<repo::LinkChoice> link_choice(const std::string& word) {
  if (word.empty()) return repo::LinkChoice::kUnset;
  if (word == "keep") return repo::LinkChoice::kKeep;
  if (word == "follow") return repo::LinkChoice::kFollow;
  return Error(Code::kUsage, "`--links` takes `keep` or `follow`")
      .hint("only links that lead out of the folder can be followed");
}

std::string text_of(const repo::AddedPath& path, bool dry_run) {
  if (path.unchanged) return "unchanged " + shown(path.path) + "\n";
  std::string out = (dry_run ? "would add " : "added ") + shown(path.path) + ": ";
  if (!path.folder) return out + base::human_bytes(path.bytes) + "\n";
  out += counted(path.files, "file") + " (" + base::human_count(path.added) + " new, " +
         base::human_count(path.changed) + " changed, " + base::human_count(path.removed) +
         " removed), read " + base::human_bytes(path.bytes);
  if (path.others_changed > 0) {
    out += ", " + counted(path.others_changed, "link") + " or empty folder" +
           (path.others_changed == 1 ? "" : "s") + " new, changed or removed";
  }
  if (path.links_kept > 0) {
    out += ", " + counted(path.links_kept, "link") + " kept";
    if (path.links_leaving > 0)
      out += " of which " + base::human_count(path.links_leaving) + " lead out";
  }
  if (path.files_followed > 0)
    out += ", " + counted(path.files_followed, "file") + " behind links that were followed";
  return out + "\n";
}

Reply render_add(const repo::AddReport& report, bool dry_run) {
  Reply reply;
  reply.json["dry_run"] = dry_run;
  auto& paths = reply.json["paths"] = Json::array();
  for (const auto& path : report.paths) {
    paths.push_back({{"path", path.path},
                     {"unchanged", path.unchanged},
                     {"folder", path.folder},
                     {"files", path.files},
                     {"read_bytes", path.bytes},
                     {"read_files", path.files_read},
                     {"added", path.added},
                     {"changed", path.changed},
                     {"removed", path.removed},
                     {"others_changed", path.others_changed},
                     {"links", path.links_kept},
                     {"links_leaving", path.links_leaving},
                     {"files_followed", path.files_followed}});
    reply.text += text_of(path, dry_run);
  }
  reply.json["new_chunks"] = report.chunks;
  reply.json["new_bytes"] = report.new_plain_bytes;
  reply.json["stored_bytes"] = report.stored_bytes;
  reply.json["staged"] = report.staged;
  if (dry_run) return reply;
  if (report.chunks > 0) {
    reply.text += "stored " + base::human_bytes(report.stored_bytes) + " for " +
                  base::human_bytes(report.new_plain_bytes) +
                  " of new data after dedup and compression\n";
  }
  if (!report.staged.empty())
    reply.text += "staged " + joined(report.staged) + "\nnext: git commit\n";
  return reply;
}

Result<Reply> run_add(const Invocation& call) {
  repo::AddOptions options;
  options.paths = call.arguments.words;
  options.update = call.arguments.has("update");
  options.dry_run = call.arguments.has("dry-run");
  options.force = call.arguments.has("force");
  options.fast = call.arguments.has("fast");
  options.git_rm = call.arguments.has("git-rm");
  options.from = call.arguments.value("from");
  options.base = call.arguments.value("base");
  CAIRN_TRY(options.links, link_choice(call.arguments.value("links")));
  if (options.paths.empty() && !options.update) {
    return Error(Code::kUsage, "`cairn add` needs PATH, or -u for every modified tracked path")
        .hint("`cairn help add` shows how it is used");
  }
  CAIRN_TRY(auto repository, call.repository());
  CAIRN_TRY(const auto report, repo::add(call.context, repository, options));
  return render_add(report, options.dry_run);
}

}  // namespace

Command add_command() {
  return {"add",
          Group::kWork,
          "store data, write its pointer, stage both pointer and ignore rule",
          {kDryRun,
           kForce,
           {"update", 'u', Flag::Kind::kSwitch, "", "every modified tracked path"},
           {"fast", 0, Flag::Kind::kSwitch, "", "compress less (zstd level 1)"},
           {"git-rm", 0, Flag::Kind::kSwitch, "", "take data that git tracks out of its index"},
           {"links", 0, Flag::Kind::kValue, "HOW",
            "links that lead out of the folder: keep them, or follow them"},
           {"from", 0, Flag::Kind::kValue, "DIR",
            "version what lies at DIR as PATH, without a copy in the tree"},
           {"base", 0, Flag::Kind::kValue, "WHAT",
            "store a file on top of another: a tracked PATH, REV or REV:PATH"}},
          {{"PATH", 0, -1}},
          &run_add,
          "cairn add data/images model.safetensors"};
}

}  // namespace cairn::cli
