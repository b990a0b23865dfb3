#include <algorithm>

#include "base/text.hpp"
#include "git/git_command.hpp"

namespace cairn::git {

std::vector<std::string> repository_variables() {
  return {"GIT_ALTERNATE_OBJECT_DIRECTORIES",
          "GIT_CONFIG",
          "GIT_OBJECT_DIRECTORY",
          "GIT_DIR",
          "GIT_WORK_TREE",
          "GIT_IMPLICIT_WORK_TREE",
          "GIT_GRAFT_FILE",
          "GIT_INDEX_FILE",
          "GIT_NO_REPLACE_OBJECTS",
          "GIT_REPLACE_REF_BASE",
          "GIT_PREFIX",
          "GIT_INTERNAL_SUPER_PREFIX",
          "GIT_SHALLOW_FILE",
          "GIT_COMMON_DIR",
          "GIT_QUARANTINE_PATH"};
}

Status clone(const std::string& url, const std::string& directory,
             const std::vector<std::string>& extra, std::stop_token stop) {
  if (url.empty() || base::has_control_character(url))
    return Error(Code::kUsage, "this is not a URL to clone from")
        .hint("`cairn clone URL [DIR]` takes what `git clone` takes");
  std::vector<std::string> arguments = {"clone"};
  arguments.insert(arguments.end(), extra.begin(), extra.end());
  arguments.insert(arguments.end(), {"--", url});
  if (!directory.empty()) arguments.push_back(directory);
  base::ProcessOptions options;
  options.inherit_output = true;
  options.stop = std::move(stop);
  options.drop_environment = repository_variables();
  CAIRN_TRY(const auto result, run_plain_git(arguments, std::move(options)));
  if (result.exit_code == 0) return {};
  return Error(Code::kIo, "git clone failed with exit code " + std::to_string(result.exit_code) +
                              "; its own words stand above")
      .hint("`git clone` of this URL has to work first; nothing of cairn was begun");
}

}  // namespace cairn::git
