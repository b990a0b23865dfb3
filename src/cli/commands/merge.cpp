#include "repo/merge.hpp"

#include <fmt/core.h>

#include "cli/commands/commands.hpp"
#include "cli/commands/merge_words.hpp"
#include "cli/format_reply.hpp"
#include "repo/merge_picks.hpp"

namespace cairn::cli {

namespace {

constexpr std::size_t kShown = 50;

Json json_of(const std::optional<repo::SideFacts>& side) {
  if (!side) return nullptr;
  return {{"type", std::string(1, side->type)}, {"size", side->size}, {"oid", side->id}};
}

Json json_of(const repo::MergePathReport& path) {
  Json out = {{"path", path.path}, {"open", path.open}, {"finished", path.finished}};
  if (path.finished && path.pointer) out["oid"] = path.pointer->oid.hex();
  if (path.finished) {
    out["removed"] = !path.pointer.has_value();
    out["files_added"] = path.totals.added;
    out["files_changed"] = path.totals.changed;
    out["files_removed"] = path.totals.removed;
  }
  auto& rows = out["conflicts"] = Json::array();
  for (const auto& row : path.conflicts) {
    Json item = to_json(row.conflict);
    item["pick"] = row.pick ? Json(repo::side_name(*row.pick)) : Json();
    rows.push_back(std::move(item));
  }
  return out;
}

std::string list_text(const repo::MergePathReport& path) {
  std::string out = shown(path.path) + "  " + counted(path.conflicts.size(), "conflict");
  const auto decided = path.conflicts.size() - path.open;
  if (decided > 0) out += ", " + base::human_count(decided) + " decided";
  out += "\n";
  std::size_t lines = 0;
  for (const auto& row : path.conflicts) {
    if (lines++ == kShown) break;
    out += "  " + conflict_line(path.path, row.conflict);
    if (row.pick) out += std::string("  -> ") + repo::side_name(*row.pick);
    out += "\n";
  }
  if (path.conflicts.size() > kShown)
    out += "  and " + base::human_count(path.conflicts.size() - kShown) + " more\n";
  return out;
}

std::string finished_text(const repo::MergePathReport& path) {
  if (!path.pointer) return "removed the pointer of " + shown(path.path) + "\n";
  return "merged " + shown(path.path) + " (" + totals_text(path.totals) + "), staged " +
         shown(path.path) + ".cairn\n";
}

std::string text_of(const repo::MergeReport& report) {
  if (report.paths.empty()) return "no pointer is in conflict\n";
  std::string out;
  bool open = false, finished = false;
  for (const auto& path : report.paths) {
    out += path.finished ? finished_text(path) : list_text(path);
    open = open || path.open > 0;
    finished = finished || path.finished;
  }
  if (open) out += "next: cairn merge PATH --pick FILE=ours|theirs|base\n";
  if (finished && !open)
    out += "next: git commit (or git rebase --continue), then cairn checkout\n";
  return out;
}

Result<Reply> run_merge(const Invocation& call) {
  repo::MergeOptions options;
  options.paths = call.arguments.words;
  options.abort = call.arguments.has("abort");
  options.dry_run = call.arguments.has("dry-run");
  for (const auto& word : call.arguments.list("pick")) {
    CAIRN_TRY(auto pick, repo::parse_pick(word));
    options.picks.push_back(std::move(pick));
  }
  if (options.abort && !options.picks.empty())
    return Error(Code::kUsage, "`--abort` and `--pick` exclude each other");
  CAIRN_TRY(auto repository, call.repository());
  CAIRN_TRY(const auto report, repo::merge(call.context, repository, options));
  Reply reply;
  reply.quietable = false;
  reply.json["dry_run"] = report.dry_run;
  auto& paths = reply.json["paths"] = Json::array();
  for (const auto& path : report.paths) {
    paths.push_back(json_of(path));
    if (path.open > 0) reply.exit_code = 11;
    if (options.abort) reply.text += shown(path.path) + " is in conflict as git left it\n";
  }
  if (options.abort) {
    reply.text += "next: cairn merge; `git merge --abort` gives up the whole merge\n";
  } else {
    reply.text = text_of(report);
  }
  return reply;
}

}  // namespace

std::string conflict_line(const std::string& tracked, const repo::MergeConflict& conflict) {
  const auto side = [](const char* name, const std::optional<repo::SideFacts>& facts) {
    if (!facts) return fmt::format("{} -", name);
    switch (facts->type) {
      case 'l':
        return fmt::format("{} -> {}", name, base::printable(facts->id));
      case 'd':
        return fmt::format("{} empty folder", name);
      default:
        return fmt::format("{} {} {}{}", name, facts->id.substr(0, 8),
                           base::human_bytes(facts->size), facts->type == 'x' ? " x" : "");
    }
  };
  const auto path = conflict.path.empty() ? tracked : tracked + "/" + conflict.path;
  return fmt::format("{:<15} {}  ({}, {}, {})", conflict_name(conflict.kind), shown(path),
                     side("base", conflict.base), side("ours", conflict.ours),
                     side("theirs", conflict.theirs));
}

const char* conflict_name(merge::Conflict::Kind kind) {
  using Kind = merge::Conflict::Kind;
  switch (kind) {
    case Kind::kBothAdded:
      return "both added";
    case Kind::kDeletedByUs:
      return "deleted by us";
    case Kind::kDeletedByThem:
      return "deleted by them";
    case Kind::kFileAndFolder:
      return "file and folder";
    case Kind::kBothChanged:
      break;
  }
  return "both changed";
}

Json to_json(const repo::MergeConflict& conflict) {
  return {{"path", conflict.path},
          {"kind", conflict_name(conflict.kind)},
          {"base", json_of(conflict.base)},
          {"ours", json_of(conflict.ours)},
          {"theirs", json_of(conflict.theirs)}};
}

std::string totals_text(const merge::FolderMerge::Totals& totals) {
  return "+" + base::human_count(totals.added) + " -" + base::human_count(totals.removed) + " ~" +
         base::human_count(totals.changed);
}

Command merge_command() {
  return {"merge",
          Group::kWork,
          "files that a git merge left in conflict inside pointers, and which side each takes",
          {kDryRun,
           {"pick", 0, Flag::Kind::kValues, "FILE=SIDE",
            "take ours, theirs or base; FILE is a path, a glob or `all`"},
           {"abort", 0, Flag::Kind::kSwitch, "", "forget the picks: the conflict as git left it"}},
          {{"PATH", 0, -1}},
          &run_merge,
          "cairn merge data --pick data/labels.csv=theirs --pick all=ours"};
}

}  // namespace cairn::cli
