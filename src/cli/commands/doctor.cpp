#include "hooks/doctor.hpp"
#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"
#include "repo/doctor.hpp"

namespace cairn::cli {

namespace {

const char* level_name(repo::Finding::Level level) {
  switch (level) {
    case repo::Finding::Level::kWarning:
      return "warning";
    case repo::Finding::Level::kError:
      return "error";
    case repo::Finding::Level::kOk:
      break;
  }
  return "ok";
}

Result<Reply> run_doctor(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository(kSilently));
  CAIRN_TRY(auto findings, repo::doctor(call.context, repository));
  for (auto& finding : hooks::doctor(repository)) findings.push_back(std::move(finding));
  Reply reply;
  reply.quietable = false;
  auto& list = reply.json["findings"] = Json::array();
  for (const auto& finding : findings) {
    list.push_back(
        {{"level", level_name(finding.level)}, {"what", finding.what}, {"hint", finding.hint}});
    reply.text += std::string(level_name(finding.level)) + ": " + shown(finding.what) + "\n";
    if (!finding.hint.empty()) reply.text += "  hint: " + shown(finding.hint) + "\n";
    if (finding.level == repo::Finding::Level::kError) reply.exit_code = 3;
  }
  reply.json["ok"] = reply.exit_code == 0;
  return reply;
}

}  // namespace

Command doctor_command() {
  return {"doctor",
          Group::kHelp,
          "try what set-ups break on: git, hooks, pointers, store, space, remotes",
          {},
          {},
          &run_doctor,
          "cairn doctor --json"};
}

}  // namespace cairn::cli
