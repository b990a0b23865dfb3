#include "cli/command.hpp"
#include "repo/repository.hpp"

namespace cairn::cli {

namespace {

Status check_known_remote(const repo::Repository& repository, const Arguments& arguments) {
  const auto remote = arguments.value("remote");
  if (remote.empty()) return {};
  const auto known = repository.remote_setting(remote);
  return known ? Status() : Status(known.error());
}

}  // namespace

Result<repo::Repository> Invocation::repository(const Opening& opening) const {
  CAIRN_TRY(auto opened, repo::Repository::open(context, environment, opening.setup));
  CAIRN_CHECK(check_known_remote(opened, arguments));
  const auto& settings = opened.settings();
  if (opening.advises_init && !opened.git().paths().bare && settings.hooks.setup.empty())
    context.log.note("next: cairn init  (this clone has no hooks and drivers yet)");
  if (opening.tells_ignored) {
    for (const auto& warning : settings.warnings) context.log.warn(warning);
  }
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
