#include "cli/commands/hooks.hpp"

#include <algorithm>

#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"
#include "hooks/install.hpp"

namespace cairn::cli {

namespace {

constexpr Opening kOfHooks{.advises_init = false};  // they say themselves what is not set up

Json json_of(const hooks::Report& report) {
  Json out = {{"mechanism", report.mechanism},
              {"directory", report.directory},
              {"complete", report.complete()},
              {"declined", report.declined}};
  auto& rows = out["hooks"] = Json::array();
  for (const auto& hook : report.hooks)
    rows.push_back({{"event", hooks::name_of(hook.event)},
                    {"installed", hook.installed},
                    {"where", hook.where},
                    {"why", hook.why}});
  out["changed"] = report.changed;
  out["notes"] = report.notes;
  out["by_hand"] = report.by_hand;
  out["skipped_pushes"] = report.skipped;
  return out;
}

std::uint64_t installed_count(const hooks::Report& report) {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(report.hooks, [](const auto& hook) { return hook.installed; }));
}

std::string lines_of(const std::vector<std::string>& lines, const char* indent) {
  std::string out;
  for (const auto& line : lines) out += indent + base::printable(line) + "\n";
  return out;
}

std::string lines_by_hand(const hooks::Report& report) {
  if (report.by_hand.empty()) return "";
  return "write these lines there by hand:\n" + lines_of(report.by_hand, "  ");
}

// What keeps hooks out, and the lines to write by hand.
std::string obstacles(const hooks::Report& report) {
  std::string out;
  for (const auto& hook : report.hooks) {
    if (hook.installed || hook.why.empty()) continue;
    out += std::string("not installed: ") + hooks::name_of(hook.event) + " (" + hook.why + ")\n";
  }
  return out + lines_of(report.notes, "note: ") + lines_by_hand(report);
}

Result<Reply> run_install(const Invocation& call) {
  const bool dry_run = call.arguments.has("dry-run");
  CAIRN_TRY(auto repository, call.repository(kOfHooks));
  CAIRN_TRY(const auto report,
            hooks::install(repository, dry_run ? hooks::Run::kDry : hooks::Run::kForReal));
  Reply reply;
  reply.quietable = report.complete();
  reply.json = json_of(report);
  reply.json["dry_run"] = dry_run;
  if (dry_run) {
    reply.text = report.changed.empty() ? "nothing to write\n"
                                        : "would write " + joined(report.changed) + "\n";
    return reply;
  }
  reply.text = counted(installed_count(report), "hook") + " of " +
               std::to_string(report.hooks.size()) + " installed (" + report.mechanism + ")\n";
  reply.text += obstacles(report);
  if (!report.complete()) reply.exit_code = 1;
  return reply;
}

Result<Reply> run_uninstall(const Invocation& call) {
  const bool dry_run = call.arguments.has("dry-run");
  CAIRN_TRY(auto repository, call.repository(kOfHooks));
  CAIRN_TRY(const auto report,
            hooks::uninstall(repository, dry_run ? hooks::Run::kDry : hooks::Run::kForReal));
  Reply reply;
  reply.json = json_of(report);
  reply.json["dry_run"] = dry_run;
  reply.text = report.changed.empty()
                   ? std::string("no hook of cairn is here\n")
                   : (dry_run ? "would take out " : "took out ") + joined(report.changed) + "\n";
  for (const auto& hook : report.hooks) {
    if (hook.installed && !dry_run)
      reply.text += "note: " + shown(hook.where) + " still calls it: those lines are yours\n";
  }
  return reply;
}

Result<Reply> run_status(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository(kOfHooks));
  CAIRN_TRY(const auto report, hooks::status(repository));
  Reply reply;
  reply.quietable = false;
  reply.json = json_of(report);
  for (const auto& hook : report.hooks) {
    reply.text += std::string(hooks::name_of(hook.event)) + ": " +
                  (hook.installed ? shown(hook.where) : std::string("not installed"));
    reply.text += hook.why.empty() ? "\n" : " (" + hook.why + ")\n";
  }
  reply.text += lines_of(report.notes, "note: ");
  if (!report.skipped.empty())
    reply.text += "pushes that went without the check:\n" + lines_of(report.skipped, "  ");
  if (report.declined) reply.text += "declined in this clone\n";
  const bool install_helps = std::ranges::any_of(
      report.hooks, [](const auto& hook) { return !hook.installed && hook.writable; });
  reply.text += lines_by_hand(report);
  if (install_helps) reply.text += "next: cairn hooks install\n";
  return reply;
}

}  // namespace

Result<Reply> set_up_hooks(const Invocation& call) {
  const bool dry_run = call.arguments.has("dry-run");
  auto opening = kOfHooks;
  if (dry_run) opening.setup = repo::Repository::Setup::kAllowMissing;  // it stays so
  CAIRN_TRY(auto repository, call.repository(opening));
  Reply reply;
  if (call.arguments.has("no-hooks")) {
    if (!dry_run) CAIRN_CHECK(repository.git().set_config("cairn.hooks", "off"));
    reply.json["declined"] = true;
    return reply;
  }
  if (repository.settings().hooks.setup == "off") {
    reply.json["declined"] = true;
    reply.text = "git hooks were declined here; `cairn hooks install` sets them up\n";
    return reply;
  }
  CAIRN_TRY(const auto report,
            hooks::install(repository, dry_run ? hooks::Run::kDry : hooks::Run::kForReal));
  reply.json = json_of(report);
  if (dry_run) {
    if (!report.changed.empty()) reply.text = "would write " + joined(report.changed) + "\n";
    return reply;
  }
  if (!report.changed.empty())
    reply.text =
        "set up " + counted(installed_count(report), "git hook") + " (`cairn hooks status`)\n";
  if (!report.complete())
    reply.text +=
        "note: not every git hook could be set up; `cairn hooks install` says why and "
        "what to write by hand\n";
  return reply;
}

Command hooks_install_command() {
  return {"hooks install",
          Group::kHelp,
          "set up the git hooks of cairn beside those of others",
          {kDryRun},
          {},
          &run_install,
          "cairn hooks install"};
}

Command hooks_uninstall_command() {
  return {"hooks uninstall",
          Group::kHelp,
          "take the git hooks of cairn out again",
          {kDryRun},
          {},
          &run_uninstall,
          "cairn hooks uninstall"};
}

Command hooks_status_command() {
  return {"hooks status",
          Group::kHelp,
          "which git hooks run cairn, and pushes that went past them",
          {},
          {},
          &run_status,
          "cairn hooks status"};
}

}  // namespace cairn::cli
