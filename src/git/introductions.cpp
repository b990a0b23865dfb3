// Which commit brought a pointer: asked only for the few that are to be named in a message.
#include <charconv>
#include <set>
#include <unordered_map>

#include "base/text.hpp"
#include "git/blob_reader.hpp"
#include "git/pointer_listing.hpp"
#include "git/revision.hpp"
#include "git/state.hpp"

namespace cairn::git {
namespace {

// A line that no path can begin with: %x01 then id, time, author, subject, each ended by a tab or
// the NUL of -z.
constexpr const char* kFormat = "--format=tformat:%x01%H%x09%at%x09%an%x09%s";

// From here on git compares faster with the one pattern, and a command line has an end.
constexpr std::size_t kMostNamed = 100;

std::string key_of(std::string_view path, std::string_view blob) {
  return std::string(blob) + std::string(path);
}

CommitInfo parse_header(std::string_view line) {
  CommitInfo commit;
  const auto fields = base::split(line, '\t');
  if (fields.size() < 3) return commit;
  commit.id = fields[0];
  std::from_chars(fields[1].data(), fields[1].data() + fields[1].size(), commit.time_s);
  commit.author = fields[2];
  if (fields.size() > 3) commit.subject = fields[3];
  return commit;
}

// Newest first, so that the last one to bring a blob stays.
std::unordered_map<std::string, CommitInfo> parse_log(std::string_view output) {
  std::unordered_map<std::string, CommitInfo> found;
  CommitInfo commit;
  std::string_view change;
  for_each_part(output, '\0', [&](std::string_view part) {
    if (part.starts_with('\n')) part.remove_prefix(1);
    if (!change.empty()) {
      const auto fields = base::split(std::exchange(change, {}), ' ');
      if (fields.size() == 5) found[key_of(part, fields[3])] = commit;
    } else if (part.starts_with('\x01')) {
      commit = parse_header(part.substr(1));
    } else if (part.starts_with(':')) {
      change = part;
    }
  });
  return found;
}

// "A..B" has its end; what it excludes is dropped: the pointer may be older than the range.
Result<std::vector<std::string>> ends_of(const GitCommand& command, const GitPaths& paths,
                                         const std::vector<std::string>& range) {
  GitCall call;
  call.arguments = {"rev-parse", "--revs-only"};
  call.arguments.insert(call.arguments.end(), range.begin(), range.end());
  CAIRN_TRY(const auto answer, command.try_run(call));
  if (answer.exit_code != 0) return range_failure(answer, paths);
  std::vector<std::string> ends;
  for_each_part(answer.output, '\n', [&](std::string_view id) {
    if (is_object_id(id)) ends.emplace_back(id);
  });
  return ends;
}

}  // namespace

Result<std::vector<std::optional<CommitInfo>>> GitRepo::introductions(
    const std::vector<std::string>& range, const std::vector<PointerBlob>& pointers) const {
  CAIRN_CHECK(check_range(range));
  std::vector<std::optional<CommitInfo>> out(pointers.size());
  CAIRN_TRY(const auto ends, ends_of(state_->command, state_->paths, range));
  if (ends.empty() || pointers.empty()) return out;
  GitCall call;
  call.arguments = {"-c",
                    "log.showRoot=true",
                    "-c",
                    "log.showSignature=false",
                    "log",
                    kFormat,
                    "--raw",
                    "-z",
                    "--no-abbrev",
                    "--no-renames",
                    "--no-ext-diff",
                    "--no-textconv",
                    "-m",
                    "--topo-order",
                    "--encoding=UTF-8"};
  call.arguments.insert(call.arguments.end(), ends.begin(), ends.end());
  call.arguments.emplace_back("--");
  std::set<std::string> named;
  for (const PointerBlob& pointer : pointers) named.insert(pointer.path);
  if (named.size() > kMostNamed) {
    call.pathspecs = Pathspecs::kPatterns;
    named = {kPointerGlob};
  }
  call.arguments.insert(call.arguments.end(), named.begin(), named.end());
  CAIRN_TRY(const std::string output, state_->command.run(call));
  const auto found = parse_log(output);
  for (std::size_t i = 0; i < pointers.size(); ++i) {
    const auto commit = found.find(key_of(pointers[i].path, pointers[i].blob));
    if (commit != found.end()) out[i] = commit->second;
  }
  return out;
}

}  // namespace cairn::git
