#include "hooks/install.hpp"

#include <algorithm>

#include <sys/stat.h>

#include "base/file.hpp"
#include "base/shell.hpp"
#include "base/spawn.hpp"
#include "base/text.hpp"
#include "hooks/by_hand.hpp"
#include "hooks/site.hpp"
#include "hooks/skip_log.hpp"

namespace cairn::hooks {

namespace {

constexpr const char* kByHand = "by hand";
constexpr std::uint64_t kFirstMajor = 2, kFirstMinor = 54;

// The path that a hook tries first. Where PATH leads to this very program, that place is taken: a
// package manager may keep the link and move what it points to.
std::string program_path(const repo::Repository& repository) {
  const auto& environment = repository.environment();
  if (environment.program.empty()) return "";
  const auto found = base::find_program("cairn", environment.search_path);
  if (!found) return environment.program;
  const auto theirs = base::stat_path(*found), ours = base::stat_path(environment.program);
  const bool same =
      theirs && ours && theirs->st_dev == ours->st_dev && theirs->st_ino == ours->st_ino;
  return same ? *found : environment.program;
}

std::string shown_place(const repo::Repository& repository, const std::string& path) {
  const auto top = repository.git().paths().top + "/";
  return path.starts_with(top) ? path.substr(top.size()) : path;
}

Status write_hook(const HookFile& hook, const std::string& text) {
  CAIRN_CHECK(base::make_directories(base::parent_of(hook.path)));
  mode_t mode = 0777;
  if (const auto info = base::lstat_path(hook.path)) mode = info->st_mode & 07777;
  CAIRN_CHECK(
      base::write_file_atomic(hook.path, base::view_of(text), mode, base::Durability::kSynced));
  if (!hook.exists) return {};
  if (::chmod(hook.path.c_str(), mode) == 0)
    return {};  // the umask does not count for what is there
  return base::errno_error("chmod", hook.path, errno);
}

// Why a file that is in the way stays as it is; empty: our block can go in.
std::string obstacle(const HookFile& hook) {
  if (!hook.exists) return "";
  if (hook.is_link) return "a link of yours is in the way";
  if (hook.kind == FileKind::kTool) return "another tool writes this file";
  if (hook.kind == FileKind::kOther) return "a hook of yours that is no shell script";
  if (!hook.may_run) return "a hook of yours that may not run (no x bit)";
  return "";
}

// Whether git looks where install() may write.
bool has_place(const Site& site) {
  return site.mechanism == Site::Mechanism::kConfig || site.mechanism == Site::Mechanism::kFiles;
}

HookState state_of(const repo::Repository& repository, const Site& site, const HookFile& hook) {
  const bool in_way = site.mechanism == Site::Mechanism::kFiles && !obstacle(hook).empty();
  HookState state{hook.event, false, has_place(site) && !in_way, "", ""};
  if (in_config(repository, hook.event)) {
    state.where = "git config " + config_section(hook.event);
    state.installed = site.mechanism == Site::Mechanism::kConfig;
    if (!state.installed) state.why = "this git is too old to run it";
    if (state.installed) return state;
  }
  const bool ours = hook.kind == FileKind::kOurs || hook.kind == FileKind::kChained;
  state.installed = hook.exists && ours && hook.may_run && !hook.is_link && has_place(site);
  if (hook.exists) state.where = shown_place(repository, hook.path);
  if (state.installed) {
    if (hook.kind == FileKind::kChained) state.why = "before a hook of yours";
  } else if (!has_place(site)) {
    state.why = "core.hooksPath leads elsewhere";
  } else if (in_way) {
    state.why = obstacle(hook);
  }
  return state;
}

// Whether git-lfs has files in this clone that a push must take along.
bool keeps_lfs_files(const repo::Repository& repository) {
  const auto set = [&](const char* key) {
    const auto value = repository.git().config_value(key);
    return value && !value->empty();
  };
  return set("filter.lfs.clean") &&
         (base::stat_path(base::join(repository.git().paths().common_dir, "lfs")) ||
          set("lfs.storage"));
}

// Beside git-lfs: who runs it in a push.
void describe_lfs(const repo::Repository& repository, const Site& site, Report& report) {
  if (!has_place(site) || !keeps_lfs_files(repository)) return;
  for (std::size_t i = 0; i < site.files.size(); ++i) {
    const auto& hook = site.files[i];
    auto& state = report.hooks[i];
    if (hook.event != Event::kPrePush) continue;
    if (!hook.may_run || !calls_lfs(hook.text))
      report.notes.emplace_back(
          "git-lfs keeps files here and pre-push does not run it, so a push leaves them behind; "
          "`cairn hooks install` or `git lfs update` writes it");
    else if (state.installed && state.why.empty())
      state.why = "with git-lfs";
  }
}

const char* mechanism_name(Site::Mechanism mechanism) {
  switch (mechanism) {
    case Site::Mechanism::kConfig:
      return "git config";
    case Site::Mechanism::kFiles:
      return "files";
    case Site::Mechanism::kForeign:
    case Site::Mechanism::kNowhere:
      break;
  }
  return "none";
}

// What is set for all repositories of a user is left to them.
std::string own_folder_line(const repo::Repository& repository, const Site& site) {
  const auto own = base::join(repository.git().paths().common_dir, "hooks");
  const auto change =
      site.set_here ? "--unset core.hooksPath" : "core.hooksPath " + base::shell_word(own);
  return "`git config " + change + " && cairn hooks install`";
}

void describe_site(const repo::Repository& repository, const Site& site, Report& report) {
  report.mechanism = mechanism_name(site.mechanism);
  report.directory = site.directory;
  const auto shown = base::printable(shown_place(repository, site.directory));
  const auto own = own_folder_line(repository, site);
  if (site.mechanism == Site::Mechanism::kForeign) {
    if (report.complete())
      report.mechanism = kByHand;
    else
      report.notes.push_back("core.hooksPath is `" + shown +
                             "`, which belongs to another tool: nothing is written there" +
                             (site.set_here ? "" : "; " + own + " uses the folder of this clone"));
  }
  if (site.mechanism == Site::Mechanism::kNowhere)
    report.notes.push_back("core.hooksPath is `" + shown +
                           "`, which does not exist, so git runs no hook at all; " + own +
                           " gives it its own folder again");
  const auto deaf = deaf_lefthook_file(repository, site);
  if (!deaf.empty()) report.notes.push_back("`" + deaf + "` " + kDeafEntry);
  std::vector<Event> left;
  for (const auto& hook : report.hooks) {
    if (!hook.installed && !hook.writable) left.push_back(hook.event);
  }
  if (!left.empty() && site.mechanism != Site::Mechanism::kNowhere)
    report.by_hand = snippet(site.manager.value_or(Manager::kDispatcher), site.directory, left);
  const bool by_hand =
      std::ranges::any_of(report.hooks, [](const auto& hook) { return hook.why == kByHand; });
  const auto push = std::ranges::find(report.hooks, Event::kPrePush, &HookState::event);
  if (site.manager == Manager::kPreCommit && push != report.hooks.end() && push->why == kByHand)
    report.notes.emplace_back(
        "pre-commit shows cairn the first ref of a push alone: push branches one by one, or leave "
        "pre-push out of `pre-commit install`, and `cairn hooks install` writes it");
  if (site.manager == Manager::kPreCommit && report.by_hand.empty() && !by_hand)
    report.notes.emplace_back(
        "pre-commit is in use: `pre-commit install` may take the place of these hooks, "
        "cairn-hooks(1) has the lines for .pre-commit-config.yaml");
}

Status install_config(repo::Repository& repository, const std::string& program, Run run,
                      Report& report) {
  for (const auto event : kEvents) {
    const auto section = config_section(event);
    const auto command = config_command(event, program);
    CAIRN_TRY(const auto now, repository.git().config_value(section + ".command"));
    CAIRN_TRY(const auto event_now, repository.git().config_value(section + ".event"));
    if (now == command && event_now == name_of(event)) continue;
    report.changed.push_back("git config " + section);
    if (run == Run::kDry) continue;
    CAIRN_CHECK(repository.git().set_config(section + ".command", command));
    CAIRN_CHECK(repository.git().set_config(section + ".event", name_of(event)));
  }
  return {};
}

Status install_files(const repo::Repository& repository, const Site& site,
                     const std::string& program, Run run, Report& report) {
  for (const auto& hook : site.files) {
    if (!obstacle(hook).empty()) continue;
    const bool own = !hook.exists || hook.kind == FileKind::kOurs;
    const auto text =
        own ? whole_script(hook.event, program) : with_block(hook.text, hook.event, program);
    if (hook.exists && text == hook.text) continue;
    report.changed.push_back(shown_place(repository, hook.path));
    if (run == Run::kForReal) CAIRN_CHECK(write_hook(hook, text));
  }
  return {};
}

Status remove_files(const repo::Repository& repository, const Site& site, Run run, Report& report) {
  for (const auto& hook : site.files) {
    const bool ours = hook.kind == FileKind::kOurs;
    if (!hook.exists || hook.is_link || (!ours && hook.kind != FileKind::kChained)) continue;
    report.changed.push_back(shown_place(repository, hook.path));
    if (run == Run::kDry) continue;
    CAIRN_CHECK(ours ? base::remove_file(hook.path)
                     : write_hook(hook, without_block(hook.text).value_or(hook.text)));
  }
  return {};
}

Status remove_config(repo::Repository& repository, Run run, Report& report) {
  for (const auto event : kEvents) {
    if (!in_config(repository, event)) continue;
    const auto section = config_section(event);
    report.changed.push_back("git config " + section);
    if (run == Run::kDry) continue;
    CAIRN_CHECK(repository.git().unset_config(section + ".command"));
    CAIRN_CHECK(repository.git().unset_config(section + ".event"));
  }
  return {};
}

Result<Report> survey(const repo::Repository& repository) {
  CAIRN_TRY(const auto site, find_site(repository));
  Report report;
  CAIRN_TRY(const auto setup, repository.git().config_value("cairn.hooks"));
  report.declined = setup == "off";
  for (const auto& hook : site.files) {
    auto state = state_of(repository, site, hook);
    if (!state.installed) {
      CAIRN_TRY(const auto file, written_by_hand(repository, site, hook));
      if (!file.empty())
        state = {hook.event, true, state.writable, shown_place(repository, file), kByHand};
    }
    report.hooks.push_back(std::move(state));
  }
  describe_site(repository, site, report);
  describe_lfs(repository, site, report);
  CAIRN_TRY(report.skipped, skipped_pushes(repository));
  return report;
}

}  // namespace

bool Report::complete() const {
  return std::ranges::all_of(hooks, [](const auto& hook) { return hook.installed; });
}

bool has_config_hooks(std::string_view version_line) {
  constexpr std::string_view kPrefix = "git version ";
  if (!version_line.starts_with(kPrefix)) return false;
  const auto parts = base::split(version_line.substr(kPrefix.size()), '.');
  std::uint64_t major = 0, minor = 0;
  if (parts.size() < 2 || !base::parse_u64(parts[0], major)) return false;
  if (!base::parse_u64(parts[1].substr(0, parts[1].find_first_not_of("0123456789")), minor))
    return false;
  return major > kFirstMajor || (major == kFirstMajor && minor >= kFirstMinor);
}

Result<Report> install(repo::Repository& repository, Run run) {
  CAIRN_TRY(const auto site, find_site(repository));
  const auto program = program_path(repository);
  Report changes;
  if (site.mechanism == Site::Mechanism::kConfig)
    CAIRN_CHECK(install_config(repository, program, run, changes));
  if (site.mechanism == Site::Mechanism::kFiles)
    CAIRN_CHECK(install_files(repository, site, program, run, changes));
  if (site.mechanism == Site::Mechanism::kConfig)
    CAIRN_CHECK(remove_files(repository, site, run, changes));  // of an older git: never twice
  if (run == Run::kForReal) CAIRN_CHECK(repository.git().set_config("cairn.hooks", "on"));
  CAIRN_TRY(auto report, survey(repository));
  report.changed = std::move(changes.changed);
  return report;
}

Result<Report> uninstall(repo::Repository& repository, Run run) {
  CAIRN_TRY(const auto site, find_site(repository));
  Report changes;
  CAIRN_CHECK(remove_config(repository, run, changes));
  CAIRN_CHECK(remove_files(repository, site, run, changes));
  if (run == Run::kForReal) CAIRN_CHECK(repository.git().set_config("cairn.hooks", "off"));
  CAIRN_TRY(auto report, survey(repository));
  report.changed = std::move(changes.changed);
  return report;
}

Result<Report> status(const repo::Repository& repository) { return survey(repository); }

}  // namespace cairn::hooks
