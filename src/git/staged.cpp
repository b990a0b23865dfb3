// What the next commit would change: the index against HEAD, with the sizes of new blobs.
#include <algorithm>

#include "base/text.hpp"
#include "git/raw_diff.hpp"
#include "git/state.hpp"

namespace cairn::git {
namespace {

using Entries = std::vector<GitRepo::StagedEntry>;

Result<base::ProcessResult> compare_index(const GitCommand& command, const std::string& tree) {
  GitCall call;
  call.arguments = {
      "diff-index",    "--cached",         "--raw", "-z", "--no-renames", "--no-abbrev",
      "--no-ext-diff", "--end-of-options", tree};
  call.arguments.emplace_back("--");
  return command.try_run(call);
}

// Before the first commit there is nothing to compare with; the empty tree's id depends on the
// object format.
Result<std::string> empty_tree(const GitCommand& command) {
  GitCall call;
  call.arguments = {"hash-object", "-t", "tree", "--stdin"};
  CAIRN_TRY(std::string id, command.run(call));
  if (id.ends_with('\n')) id.pop_back();
  return id;
}

Entries parse_staged(std::string_view output) {
  Entries entries;
  for_each_raw_change(output, [&](const auto& fields, std::string_view path) {
    GitRepo::StagedEntry entry;
    entry.path = path;
    entry.mode = fields[1];
    if (fields[0] != ":000000") entry.head_blob = fields[2];
    if (entry.mode != "000000") entry.blob = fields[3];
    entries.push_back(std::move(entry));
  });
  return entries;
}

Status add_sizes(const GitCommand& command, const std::vector<GitRepo::StagedEntry*>& entries) {
  if (entries.empty()) return {};
  GitCall call;
  call.arguments = {"cat-file", "--batch-check=%(objectsize)"};
  for (const auto* entry : entries) call.input += entry->blob + "\n";
  CAIRN_TRY(const std::string output, command.run(call));
  const auto lines = base::split(output, '\n');
  for (std::size_t i = 0; i < std::min(entries.size(), lines.size()); ++i)
    base::parse_u64(lines[i], entries[i]->size_bytes);
  return {};
}

}  // namespace

Result<Entries> GitRepo::staged_entries(
    const std::function<bool(const StagedEntry&)>& sized) const {
  CAIRN_TRY(auto answer, compare_index(state_->command, "HEAD"));
  if (answer.exit_code != 0) {
    CAIRN_TRY(const auto nothing, empty_tree(state_->command));
    CAIRN_TRY(answer, compare_index(state_->command, nothing));
    if (answer.exit_code != 0) return git_failure(Code::kIo, "diff-index", answer);
  }
  auto entries = parse_staged(answer.output);
  std::vector<StagedEntry*> unknown;
  for (auto& entry : entries) {
    const bool is_file = entry.mode.starts_with("100");
    if (is_file && (!sized || sized(entry))) unknown.push_back(&entry);
  }
  CAIRN_CHECK(add_sizes(state_->command, unknown));
  return entries;
}

}  // namespace cairn::git
