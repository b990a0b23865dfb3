// `cairn hook EVENT`: what the installed hooks run. It talks on standard error alone, where git
// shows it.
#include <algorithm>

#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"
#include "hooks/by_hand.hpp"
#include "hooks/follow.hpp"
#include "hooks/pre_commit.hpp"
#include "hooks/pre_push.hpp"
#include "hooks/skip_log.hpp"

namespace cairn::cli {

namespace {

// git runs this in the middle of its own work, also where cairn was never set up.
constexpr Opening kByGit{
    .advises_init = false, .tells_ignored = false, .setup = repo::Repository::Setup::kAllowMissing};
constexpr std::size_t kMaxInput = std::size_t{64} << 20;
constexpr std::size_t kShown = 20;

bool is_set(const Invocation& call, const char* variable) {
  const auto found = call.environment.variables.find(variable);
  return found != call.environment.variables.end() && !found->second.empty() &&
         found->second != "0";
}

std::vector<std::string> event_arguments(const Invocation& call) {
  const auto& words = call.arguments.words;
  return {words.begin() + 1, words.end()};
}

// All faults, each with its lines to type; the reply blocks when one of them does.
Reply blocked_by(const Invocation& call, const char* event,
                 const std::vector<hooks::Fault>& faults) {
  Reply reply;
  auto& rows = reply.json["faults"] = Json::array();
  std::uint64_t blocking = 0, said = 0;
  for (const auto& fault : faults) {
    rows.push_back({{"path", fault.path},
                    {"what", fault.what},
                    {"hints", fault.hints},
                    {"warning", fault.warning}});
    blocking += !fault.warning;
    if (++said > kShown) continue;
    call.context.log.note(std::string("cairn: ") + (fault.warning ? "warning: " : "") +
                          (fault.path.empty() ? "" : fault.path + " ") + fault.what);
    for (const auto& hint : fault.hints) call.context.log.note("  hint: " + hint);
  }
  if (said > kShown)
    call.context.log.note("cairn: and " + base::human_count(said - kShown) + " more");
  if (blocking > 0) {
    call.context.log.note(std::string("cairn: ") + event + " stopped by " +
                          counted(blocking, "fault") + "; `--no-verify` goes past it");
    reply.exit_code = 1;
  }
  reply.json["ok"] = blocking == 0;
  return reply;
}

Result<std::vector<hooks::Check>> chosen_checks(const Invocation& call) {
  std::vector<hooks::Check> out;
  for (const auto& name : call.arguments.list("only")) {
    const auto found = std::ranges::find_if(
        hooks::kAllChecks, [&](hooks::Check check) { return name == hooks::name_of(check); });
    if (found == std::end(hooks::kAllChecks)) {
      return Error(Code::kUsage, "there is no check `" + shown(name) + "`")
          .hint("large-files, pointers, fresh, no-secrets, budget, safe-models");
    }
    out.push_back(*found);
  }
  if (out.empty()) out.assign(std::begin(hooks::kAllChecks), std::end(hooks::kAllChecks));
  return out;
}

Result<Reply> before_commit(const Invocation& call, repo::Repository& repository,
                            const char* event) {
  CAIRN_TRY(const auto checks, chosen_checks(call));
  if (repository.settings().project.empty()) return Reply();  // not a repository of cairn
  CAIRN_TRY(const auto faults, hooks::check_commit(call.context, repository, checks));
  return blocked_by(call, event, faults);
}

Result<Reply> skip_push(const Invocation& call, const repo::Repository& repository,
                        const std::vector<hooks::PushedRef>& refs) {
  const auto arguments = event_arguments(call);
  const std::string remote = arguments.empty() ? "-" : arguments.front();
  std::vector<std::string> lines;
  for (const auto& ref : refs) {
    if (!ref.deletes()) lines.push_back(remote + " " + ref.remote_ref + " " + ref.local_id);
  }
  CAIRN_CHECK(hooks::note_skipped(call.context, repository, lines));
  call.context.log.note(
      "cairn: the data of these commits was not checked; recorded (`cairn hooks "
      "status`)");
  Reply reply;
  reply.json["skipped"] = true;
  return reply;
}

hooks::Fault deaf(const std::string& file) {
  return {
      file, hooks::kDeafEntry, {"`cairn hooks install` prints the entry as it should be"}, false};
}

Result<Reply> before_push(const Invocation& call, repo::Repository& repository) {
  const auto arguments = event_arguments(call);
  CAIRN_TRY(auto refs, hooks::parse_pushed_refs(call.in ? call.in(kMaxInput) : ""));
  if (refs.empty()) refs = hooks::refs_of_pre_commit(call.environment.variables);
  if (is_set(call, "CAIRN_SKIP_PUSH") || is_set(call, "CAIRN_SKIP_HOOKS"))
    return skip_push(call, repository, refs);
  if (refs.empty()) {
    CAIRN_TRY(const auto site, hooks::find_site(repository));
    const auto file = hooks::deaf_lefthook_file(repository, site);
    if (!file.empty()) return blocked_by(call, "pre-push", {deaf(file)});
  }
  const auto& variables = call.environment.variables;
  const auto named = variables.find("PRE_COMMIT_REMOTE_NAME");
  const std::string remote = !arguments.empty()         ? arguments.front()
                             : named != variables.end() ? named->second
                                                        : "";
  auto report = hooks::check_push(call.context, repository, remote, refs);
  if (!report) {
    return std::move(report)
        .error()
        .with("pre-push: the data of these commits could not be checked")
        .hint("`CAIRN_SKIP_PUSH=1 git push` goes without, and is recorded");
  }
  auto reply = blocked_by(call, "pre-push", report->faults);
  reply.json["remotes"] = report->remotes;
  reply.json["versions"] = report->versions;
  reply.json["pushed"] = report->pushed;
  reply.json["uploaded_bytes"] = report->uploaded_bytes;
  if (report->pushed > 0)
    call.context.log.note("cairn: pushed " + counted(report->pushed, "version") + " to " +
                          joined(report->remotes) + " (" +
                          base::human_bytes(report->uploaded_bytes) + ")");
  return reply;
}

void tell(const Invocation& call, const hooks::FollowReport& report) {
  auto& log = call.context.log;
  if (report.files_written + report.files_removed > 0)
    log.note("cairn: the data of " + counted(report.followed.size(), "path") + " follows (" +
             base::human_count(report.files_written) + " written, " +
             base::human_count(report.files_removed) + " removed)");
  if (!report.missing.empty())
    log.note("cairn: the data of " + counted(report.missing.size(), "path") + " (" +
             base::human_bytes(report.missing_bytes) + ") is not here; next: cairn pull");
  if (!report.kept.empty())
    log.note("cairn: local changes are kept in " + joined(report.kept) +
             "; `cairn status` tells more");
  for (const auto& line : report.trouble) log.note("cairn: does not follow: " + line);
}

// The pre-commit program gives by variables what git gives as arguments.
struct Happening {
  hooks::Event event;
  std::vector<std::string> arguments;
  bool one_file = false;  // `git checkout -- FILE`
};

Happening happening_of(const Invocation& call, hooks::Event event) {
  Happening out{event, event_arguments(call), false};
  const auto& variables = call.environment.variables;
  const auto is = [&](const char* name, const char* value) {
    const auto found = variables.find(name);
    return found != variables.end() && found->second == value;
  };
  if (out.arguments.empty()) {
    out.one_file = is("PRE_COMMIT_CHECKOUT_TYPE", "0");
    if (is("PRE_COMMIT_REWRITE_COMMAND", "rebase"))
      out = {hooks::Event::kPostRewrite, {"rebase"}, false};
  } else if (event == hooks::Event::kPostCheckout) {
    out.one_file = out.arguments.size() > 2 && out.arguments[2] == "0";
  }
  return out;
}

// Never a failure: git has done its work already, and its exit code is the user's.
Result<Reply> afterwards(const Invocation& call, hooks::Event named) {
  Reply reply;
  reply.json["ok"] = true;
  const auto [event, arguments, one_file] = happening_of(call, named);
  if (one_file || is_set(call, "CAIRN_SKIP_HOOKS")) return reply;
  auto repository = call.repository(kByGit);
  if (!repository) {
    call.context.log.note("cairn: the data does not follow: " + repository.error().message());
    return reply;
  }
  const auto report = hooks::follow(call.context, *repository, event, arguments);
  if (!report) {
    call.context.log.note("cairn: the data does not follow: " + report.error().message());
    return reply;
  }
  tell(call, *report);
  reply.json["followed"] = report->followed;
  reply.json["missing"] = report->missing;
  reply.json["missing_bytes"] = report->missing_bytes;
  reply.json["kept"] = report->kept;
  reply.json["trouble"] = report->trouble;
  return reply;
}

Result<Reply> run_hook(const Invocation& call) {
  const auto event = hooks::event_of(call.arguments.words.front());
  if (!event) {
    return Error(Code::kUsage,
                 "cairn has no part in the hook `" + shown(call.arguments.words.front()) + "`")
        .hint("`cairn hooks install` writes those that it has");
  }
  if (hooks::is_afterwards(*event)) return afterwards(call, *event);
  if (*event != hooks::Event::kPrePush && is_set(call, "CAIRN_SKIP_HOOKS")) return Reply();
  CAIRN_TRY(auto repository, call.repository(kByGit));
  return *event == hooks::Event::kPrePush ? before_push(call, repository)
                                          : before_commit(call, repository, hooks::name_of(*event));
}

}  // namespace

Command hook_command() {
  return {"hook",
          Group::kInternal,
          "what the installed git hooks run",
          {{"only", 0, Flag::Kind::kValues, "CHECK", "of pre-commit: this check, not all"}},
          {{"EVENT", 1, 1}, {"ARGUMENT", 0, -1}},
          &run_hook,
          "cairn hook pre-commit"};
}

}  // namespace cairn::cli
