#include "hooks/doctor.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "hooks/install.hpp"

namespace cairn::hooks {

namespace {

using Level = repo::Finding::Level;

std::string names_of_idle(const Report& report) {
  std::string names;
  for (const auto& hook : report.hooks) {
    if (hook.installed) continue;
    names += (names.empty() ? "" : ", ") + std::string(name_of(hook.event));
    if (!hook.why.empty()) names += " (" + hook.why + ")";
  }
  return names;
}

repo::Finding installed_or_not(const Report& report) {
  if (report.complete())
    return {Level::kOk, "git hooks: all " + std::to_string(report.hooks.size()) + " run cairn", ""};
  if (report.declined)
    return {Level::kOk, "git hooks were declined in this clone",
            "`cairn hooks install` sets them up"};
  const bool none = std::ranges::none_of(report.hooks, &HookState::installed);
  if (none && report.by_hand.empty() && report.notes.empty())
    return {Level::kWarning,
            "no git hook runs cairn here: a push can leave its data behind, and data does not "
            "follow a switch of branches",
            "`cairn hooks install`"};
  return {Level::kWarning, "git hooks that do not run cairn: " + names_of_idle(report),
          "`cairn hooks install` sets up what it can, and prints what to write by hand"};
}

}  // namespace

std::vector<repo::Finding> doctor(const repo::Repository& repository) {
  if (repository.git().paths().bare) return {};
  const auto report = status(repository);
  if (!report) return {{Level::kError, report.error().message(), ""}};
  std::vector<repo::Finding> out = {installed_or_not(*report)};
  for (const auto& note : report->notes) out.push_back({Level::kWarning, note, ""});
  if (!report->skipped.empty())
    out.push_back({Level::kWarning,
                   "pushes that went without the check of their data: " +
                       base::human_count(report->skipped.size()),
                   "`cairn hooks status` lists them, `cairn check --pushed` asks the remote"});
  return out;
}

}  // namespace cairn::hooks
