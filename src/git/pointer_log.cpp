// The versions of one pointer, each with what its first parent had: two `git` children, however
// long the history is.
#include "base/text.hpp"
#include "git/blob_reader.hpp"
#include "git/git_command.hpp"
#include "git/state.hpp"

namespace cairn::git {

Result<std::vector<PointerVersion>> GitRepo::pointer_log(const std::string& pointer,
                                                         const std::string& revision,
                                                         std::size_t limit) const {
  CAIRN_TRY(auto commits, log_of(pointer, revision, limit));
  std::vector<PointerVersion> versions;
  if (commits.empty()) return versions;
  const bool has_line_end = pointer.find('\n') != std::string::npos;  // -z is of git 2.38
  const char end = has_line_end ? '\0' : '\n';
  GitCall call;
  call.pathspecs = Pathspecs::kPatterns;  // no pathspecs here
  // Names alone: in a partial clone nothing is fetched for them.
  call.arguments = {"cat-file", "--batch-check=%(objectname)"};
  if (has_line_end) call.arguments.emplace_back("-z");
  for (const auto& commit : commits) {
    for (const char* parent : {"^1", ""}) {
      call.input += commit.id + parent + ":" + pointer;
      call.input += end;
    }
  }
  CAIRN_TRY(const std::string output, state_->command.run(call));
  std::vector<std::optional<std::string>> blobs;
  for_each_part(output, '\n', [&](std::string_view line) {
    if (is_object_id(line)) {
      blobs.emplace_back(std::string(line));
    } else if (line.ends_with(" missing")) {
      blobs.emplace_back();
    }
  });
  if (blobs.size() != 2 * commits.size())
    return Error(Code::kIo, "git cat-file did not answer for each version of `" +
                                base::printable(pointer) + "`");
  for (std::size_t i = 0; i < commits.size(); ++i) {
    versions.push_back(
        {std::move(commits[i]), std::move(blobs[2 * i]), std::move(blobs[2 * i + 1])});
  }
  return versions;
}

}  // namespace cairn::git
