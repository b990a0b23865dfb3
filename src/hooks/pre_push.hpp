// pre-push: the data of every commit that goes out is on the data remote before git sends them.
// What the commits brought is asked from the remote in this run; what they only carry on from
// commits that the other side has counts as there when a push or fetch of this clone saw it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hooks/findings.hpp"
#include "repo/repository.hpp"

namespace cairn::hooks {

// "refs/heads/main 67890… refs/heads/foreign 12345…": one line of what git writes to the hook.
struct PushedRef {
  std::string local_ref, local_id, remote_ref, remote_id;
  [[nodiscard]] bool deletes() const;
};
// kUsage for a line that is not of this form.
Result<std::vector<PushedRef>> parse_pushed_refs(std::string_view input);
// What the pre-commit program tells by variables in place of the lines: one ref.
std::vector<PushedRef> refs_of_pre_commit(const std::map<std::string, std::string>& variables);

struct PrePushReport {
  std::vector<std::string> remotes;  // data remotes that were asked
  std::uint64_t versions = 0;        // asked for
  std::uint64_t pushed = 0;          // of them, now uploaded
  std::uint64_t uploaded_bytes = 0;
  std::vector<Fault> faults;  // the push must not go on
};
// `git_remote`: the name or URL that git pushes to. Obeys cairn.pre-push.
Result<PrePushReport> check_push(const Context& context, repo::Repository& repository,
                                 const std::string& git_remote, const std::vector<PushedRef>& refs);

}  // namespace cairn::hooks
