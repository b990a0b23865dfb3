#include <cmath>

#include <fmt/core.h>

#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"
#include "cli/inside_text.hpp"

namespace cairn::cli {

namespace {

struct KindWords {
  const char* name;
  const char* mark;
};

KindWords words_of(repo::DiffFile::Kind kind) {
  switch (kind) {
    case repo::DiffFile::Kind::kAdded:
      return {"added", "+"};
    case repo::DiffFile::Kind::kRemoved:
      return {"removed", "-"};
    case repo::DiffFile::Kind::kMoved:
      return {"moved", ">"};
    case repo::DiffFile::Kind::kChanged:
      break;
  }
  return {"changed", "~"};
}

// Of the bytes of B, the share whose chunks A has: 1 for a B without bytes.
double reused_share(const repo::DiffPath& path) {
  if (path.new_bytes == 0) return 1;
  return static_cast<double>(path.reused_bytes) / static_cast<double>(path.new_bytes);
}

// Never "100 %" while anything is new, nor "0 %" while anything is shared.
std::string reused_text(const repo::DiffPath& path) {
  const double percent = 100 * reused_share(path);
  const double rounded = std::round(percent * 10) / 10;
  if (path.reused_bytes < path.new_bytes && rounded >= 100) return "over 99.9 % reused";
  if (path.reused_bytes > 0 && rounded <= 0) return "under 0.1 % reused";
  return fmt::format("{:.1f} % reused", rounded);
}

Json json_of(const repo::DiffPath& path) {
  Json out = {{"path", path.path},
              {"added", path.added},
              {"removed", path.removed},
              {"old_bytes", path.old_bytes},
              {"new_bytes", path.new_bytes},
              {"old_files", path.old_files},
              {"new_files", path.new_files},
              {"changed_chunks", path.chunks},
              {"reused_chunks", path.chunks_reused},
              {"new_chunk_bytes", path.new_chunk_bytes},
              {"reused_bytes", path.reused_bytes},
              {"reused_share", reused_share(path)}};
  auto& files = out["files"] = Json::array();
  for (const auto& file : path.files) {
    Json row = {{"kind", words_of(file.kind).name},
                {"path", file.path},
                {"old_size", file.old_size},
                {"new_size", file.new_size}};
    if (!file.old_path.empty()) row["old_path"] = file.old_path;
    if (file.inside) row["inside"] = inside_json(*file.inside);
    files.push_back(std::move(row));
  }
  return out;
}

std::string summary(const repo::DiffPath& path) {
  std::string out = "+" + base::human_count(path.files_added) + " -" +
                    base::human_count(path.files_removed) + " ~" +
                    base::human_count(path.files_changed);
  if (path.files_moved > 0) out += " moved " + base::human_count(path.files_moved);
  return out + ", " + base::human_bytes(path.old_bytes) + " -> " +
         base::human_bytes(path.new_bytes) + ", new bytes " +
         base::human_bytes(path.new_chunk_bytes) +
         (path.added || path.removed ? "" : " (" + reused_text(path) + ")");
}

std::string text_of(const repo::DiffPath& path) {
  constexpr std::size_t kShown = 20;
  std::string out = shown(path.path) + "  " + summary(path) + "\n";
  for (std::size_t i = 0; i < path.files.size() && i < kShown; ++i) {
    const auto& file = path.files[i];
    out += std::string("  ") + words_of(file.kind).mark + " " + shown(file.path);
    if (!file.old_path.empty()) out += " (was " + shown(file.old_path) + ")";
    out += "  " +
           (file.kind == repo::DiffFile::Kind::kAdded ? base::human_bytes(file.new_size)
            : file.kind == repo::DiffFile::Kind::kRemoved
                ? base::human_bytes(file.old_size)
                : base::human_bytes(file.old_size) + " -> " + base::human_bytes(file.new_size)) +
           "\n";
    if (file.inside) out += inside_text(*file.inside);
  }
  if (path.files.size() > kShown)
    out += "  and " + base::human_count(path.files.size() - kShown) + " more\n";
  return out;
}

std::string markdown(const repo::DiffReport& report) {
  std::string out =
      "| path | added | removed | changed | moved | bytes | new bytes | reused "
      "|\n|---|---|---|---|---|---|---|---|\n";
  for (const auto& path : report.paths) {
    std::string name;
    for (const char c : shown(path.path)) name += c == '|' ? std::string("\\|") : std::string(1, c);
    out += "| `" + name + "` | " + base::human_count(path.files_added) + " | " +
           base::human_count(path.files_removed) + " | " + base::human_count(path.files_changed) +
           " | " + base::human_count(path.files_moved) + " | " + base::human_bytes(path.old_bytes) +
           " → " + base::human_bytes(path.new_bytes) + " | " +
           base::human_bytes(path.new_chunk_bytes) + " | " +
           (path.added || path.removed ? "" : reused_text(path)) + " |\n";
  }
  return out;
}

// `diff [A [B]] [PATH…]`: without `--`, leading words that git knows as revisions are revisions,
// unless cairn tracks such a path.
Status split_words(const Invocation& call, const repo::Repository& repository,
                   repo::DiffOptions& options) {
  auto words = call.arguments.words;
  std::size_t revisions = 0;
  if (call.arguments.separator) {
    revisions = *call.arguments.separator;
  } else {
    while (revisions < words.size() && revisions < 2) {
      const bool revision = repository.git().resolve_commit(words[revisions]).ok();
      const auto path = repository.resolve_argument(words[revisions]);
      const auto known = path ? repository.tracked_in_tree(*path)
                              : Result<std::optional<repo::Tracked>>(std::nullopt);
      const bool tracked = known && known->has_value();
      if (revision && tracked) {
        return Error(Code::kUsage,
                     "`" + shown(words[revisions]) + "` is both a revision and a path")
            .hint("`cairn diff A B -- PATH` tells them apart");
      }
      if (!revision) break;
      ++revisions;
    }
  }
  if (revisions > 2)
    return Error(Code::kUsage, "`cairn diff` compares two revisions")
        .hint("`cairn diff A B -- PATH`");
  if (revisions > 0) options.from = words[0];
  if (revisions > 1) options.to = words[1];
  options.paths.assign(words.begin() + static_cast<std::ptrdiff_t>(revisions), words.end());
  return {};
}

Result<Reply> run_diff(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository());
  repo::DiffOptions options;
  CAIRN_CHECK(split_words(call, repository, options));
  options.inside = call.arguments.has("inside");
  CAIRN_TRY(const auto report, repo::diff(call.context, repository, options));
  Reply reply;
  reply.quietable = false;
  auto& paths = reply.json["paths"] = Json::array();
  for (const auto& path : report.paths) {
    paths.push_back(json_of(path));
    reply.text += text_of(path);
  }
  if (call.arguments.has("md")) reply.text = markdown(report);
  if (call.arguments.has("exit-code") && !report.paths.empty()) reply.exit_code = 3;
  return reply;
}

}  // namespace

Command diff_command() {
  return {"diff",
          Group::kWork,
          "files added, removed, changed and moved between two versions, and what they share",
          {{"md", 0, Flag::Kind::kSwitch, "", "a Markdown table"},
           {"inside", 0, Flag::Kind::kSwitch, "",
            "also changed tensors of models and rows of tables: reads their data"},
           {"exit-code", 0, Flag::Kind::kSwitch, "", "exit 3 when there are differences"}},
          {{"A", 0, 1}, {"B", 0, 1}, {"PATH", 0, -1}},
          &run_diff,
          "cairn diff v1 v2 -- data/images"};
}

}  // namespace cairn::cli
