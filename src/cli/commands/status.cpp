#include <filesystem>

#include "base/shell.hpp"
#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"

namespace cairn::cli {

namespace {

struct StateWords {
  const char* name;
  const char* text;
  const char* next;
};

StateWords words_of(const repo::StatusPath& path) {
  switch (path.state) {
    case repo::PathState::kModified:
      return {"modified", "modified", "cairn add"};
    case repo::PathState::kStale:
      return {"stale",
              path.in_store ? "pointer changed by git, data not yet checked out"
                            : "pointer changed by git, data not in the store",
              path.in_store ? "cairn checkout" : "cairn pull"};
    case repo::PathState::kMissingData:
      return {"missing-data",
              path.in_store ? "missing from disk" : "missing from disk, and from the store",
              path.in_store ? "cairn checkout" : "cairn pull"};
    case repo::PathState::kNotMaterialised:
      return {"not-materialised",
              path.in_store ? "not checked out" : "not checked out, data not in the store",
              path.in_store ? "cairn checkout" : "cairn pull"};
    case repo::PathState::kNotCompared:
      return {"not-compared", "not compared, the list of its files is not here",
              "cairn fetch --lists"};
    case repo::PathState::kOutside:
      return {"outside", "stands outside", ""};
    case repo::PathState::kNotStored:
      return {"not-stored", "as its pointer says, but missing from the store", "cairn add"};
    case repo::PathState::kBadPointer:
      return {"bad-pointer", "bad pointer", "git checkout --"};
    case repo::PathState::kNewerPointer:
      return {"newer-pointer", "pointer of a later format; install a newer cairn to read it", ""};
    case repo::PathState::kConflict:
      return {"conflict", "merge conflict in its pointer", "cairn merge"};
    case repo::PathState::kClean:
      break;
  }
  return {"clean", "clean", ""};
}

// Where the user stands, and paths as they are typed there.
class Place {
 public:
  Place(const std::string& top, const std::string& directory)
      : top_(canonical(top)), here_(canonical(directory)) {}
  // The line to type; "" where there is nothing to do.
  [[nodiscard]] std::string next_of(const repo::StatusPath& path) const {
    std::string next = words_of(path).next;
    if (next.empty()) return next;
    if (path.state == repo::PathState::kNotStored && !path.outside.empty()) return again_of(path);
    const bool of_git = path.state == repo::PathState::kBadPointer;
    return next + " " + typed(of_git ? repo::pointer_path(path.path) : path.path);
  }

  // What makes the data outside the next version.
  [[nodiscard]] std::string again_of(const repo::StatusPath& path) const {
    return "cairn add --from " + base::shell_word(path.outside) + " " + typed(path.path);
  }

 private:
  [[nodiscard]] std::string typed(const std::string& path) const {
    return base::shell_word((top_ / path).lexically_relative(here_).string());
  }
  static std::filesystem::path canonical(const std::string& path) {
    std::error_code none;
    auto real = std::filesystem::canonical(path, none);
    return none ? std::filesystem::path(path) : real;
  }
  std::filesystem::path top_, here_;
};

Json json_of(const repo::StatusPath& path, const Place& place) {
  Json out = Json::object();
  out["path"] = path.path;
  out["state"] = words_of(path).name;
  out["added"] = path.added;
  out["removed"] = path.removed;
  out["modified"] = path.modified;
  out["partial"] = path.partial;
  out["in_store"] = path.in_store;
  if (path.pushed) out["pushed"] = *path.pushed;
  if (!path.fault.empty()) out["fault"] = path.fault;
  if (!path.outside.empty()) out["outside"] = path.outside;
  const auto next = place.next_of(path);
  out["next"] = next.empty() ? Json() : Json(next);
  auto& changes = out["changes"] = Json::array();
  for (const auto& change : path.changes)
    changes.push_back({{"kind", change_name(change.kind)}, {"path", change.path}});
  return out;
}

std::string text_of(const repo::StatusPath& path, const Place& place) {
  constexpr std::size_t kShown = 10;
  const auto words = words_of(path);
  std::string out = shown(path.path) + ": " + words.text;
  if (path.added + path.removed + path.modified > 0 && !path.changes.front().path.empty()) {
    out += " (" + base::human_count(path.added) + " added, " + base::human_count(path.modified) +
           " modified, " + base::human_count(path.removed) + " removed)";
  }
  if (!path.outside.empty()) out += ", in " + shown(path.outside);
  if (path.partial) out += ", partly checked out";
  out += "\n";
  if (!path.fault.empty()) out += "  " + base::printable(path.fault) + "\n";
  for (std::size_t i = 0; i < path.changes.size() && i < kShown; ++i) {
    if (path.changes[i].path == path.path) continue;
    out += std::string("  ") + change_name(path.changes[i].kind) + " " +
           shown(path.changes[i].path) + "\n";
  }
  const auto total = path.added + path.removed + path.modified;
  if (total > kShown) out += "  and " + base::human_count(total - kShown) + " more\n";
  if (path.state == repo::PathState::kOutside)
    out += "  after a change there: " + place.again_of(path) + "\n";
  if (const auto next = place.next_of(path); !next.empty()) out += "  next: " + next + "\n";
  return out;
}

Reply render_status(const repo::StatusReport& report, const Place& place) {
  Reply reply;
  reply.quietable = false;
  auto& paths = reply.json["paths"] = Json::array();
  std::uint64_t clean = 0, unpushed = 0;
  for (const auto& path : report.paths) {
    paths.push_back(json_of(path, place));
    unpushed += path.pushed.has_value() && !*path.pushed;
    if (path.state == repo::PathState::kClean || path.state == repo::PathState::kOutside) ++clean;
    if (path.state != repo::PathState::kClean || path.partial) reply.text += text_of(path, place);
  }
  reply.json["clean"] = report.clean();
  reply.json["unpushed"] = unpushed;
  if (report.paths.empty()) reply.text = "nothing is tracked yet\nnext: cairn add PATH\n";
  if (clean > 0) reply.text += counted(clean, "path") + " clean\n";
  if (unpushed > 0) reply.text += counted(unpushed, "path") + " not pushed\n  next: cairn push\n";
  return reply;
}

Result<Reply> run_status(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository());
  CAIRN_TRY(const auto report, repo::status(call.context, repository, {call.arguments.words}));
  const Place place(repository.git().paths().top, call.environment.directory);
  auto reply = render_status(report, place);
  if (call.arguments.has("exit-code") && !report.clean()) reply.exit_code = 3;
  return reply;
}

}  // namespace

Command status_command() {
  return {"status",
          Group::kWork,
          "what differs between data, pointers and store, and what to do next",
          {{"exit-code", 0, Flag::Kind::kSwitch, "", "exit 3 when something differs"}},
          {{"PATH", 0, -1}},
          &run_status,
          "cairn status --exit-code"};
}

}  // namespace cairn::cli
