#include "cli/known_remote.hpp"

namespace cairn::cli {

Result<repo::Repository> Invocation::repository() const {
  CAIRN_TRY(auto opened, repo::Repository::open(context, environment));
  CAIRN_CHECK(check_known_remote(opened, arguments));
  if (!opened.git().paths().bare && opened.settings().hooks.setup.empty())
    context.log.note("next: cairn init  (this clone has no hooks and drivers yet)");
  for (const auto& warning : opened.settings().warnings) context.log.warn(warning);
  return opened;
}

std::string Arguments::value(const std::string& flag) const {
  const auto found = values.find(flag);
  return found == values.end() || found->second.empty() ? std::string() : found->second.back();
}

std::vector<std::string> Arguments::list(const std::string& flag) const {
  const auto found = values.find(flag);
  return found == values.end() ? std::vector<std::string>() : found->second;
}

}  // namespace cairn::cli
