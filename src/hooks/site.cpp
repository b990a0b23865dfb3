#include "hooks/site.hpp"

#include <algorithm>

#include <sys/stat.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "hooks/install.hpp"

namespace cairn::hooks {

namespace {

constexpr std::size_t kMaxHookBytes = std::size_t{1} << 20;

Result<std::string> one_line(const repo::Repository& repository,
                             const std::vector<std::string>& arguments) {
  CAIRN_TRY(std::string line, repository.git().run(arguments));
  if (line.ends_with('\n')) line.pop_back();
  return line;
}

bool same_folder(const std::string& a, const std::string& b) {
  const auto first = base::stat_path(a), second = base::stat_path(b);
  return first && second && first->st_dev == second->st_dev && first->st_ino == second->st_ino;
}

std::optional<Manager> manager_of(const repo::Repository& repository, const Site& site) {
  const auto& top = repository.git().paths().top;
  const auto has = [&](const char* name) {
    return base::lstat_path(base::join(top, name)).has_value();
  };
  const bool foreign = site.mechanism == Site::Mechanism::kForeign;
  if (foreign && site.directory.find("/.husky") != std::string::npos) return Manager::kHusky;
  if (std::ranges::any_of(kLefthookFiles, has)) return Manager::kLefthook;
  if (has(".pre-commit-config.yaml")) return Manager::kPreCommit;
  return foreign ? std::optional(Manager::kDispatcher) : std::nullopt;
}

Result<HookFile> read_hook(const std::string& directory, Event event) {
  HookFile hook;
  hook.event = event;
  hook.path = base::join(directory, name_of(event));
  const auto info = base::lstat_path(hook.path);
  if (!info) return hook;
  hook.exists = true;
  hook.is_link = S_ISLNK(info->st_mode);
  hook.may_run = (info->st_mode & S_IXUSR) != 0;
  if (!S_ISREG(info->st_mode) || static_cast<std::size_t>(info->st_size) > kMaxHookBytes)
    return hook;
  CAIRN_TRY(const auto bytes, base::read_file(hook.path, kMaxHookBytes));
  hook.text = base::text_of(bytes);
  hook.kind = kind_of(hook.text);
  return hook;
}

}  // namespace

bool in_config(const repo::Repository& repository, Event event) {
  const auto command = repository.git().config_value(config_section(event) + ".command");
  return command && !command->empty();
}

std::string config_section(Event event) { return std::string("hook.cairn-") + name_of(event); }

Result<Site> find_site(const repo::Repository& repository) {
  Site site;
  const auto own = base::join(repository.git().paths().common_dir, "hooks");
  CAIRN_TRY(const auto configured, repository.git().config_value("core.hookspath"));
  CAIRN_TRY(site.directory, one_line(repository, {"rev-parse", "--git-path", "hooks"}));
  if (!site.directory.starts_with("/"))  // git answers relative to where it was started: the top
    site.directory = base::join(repository.git().paths().top, site.directory);
  CAIRN_TRY(const auto version, one_line(repository, {"version"}));
  if (has_config_hooks(version)) {
    site.mechanism = Site::Mechanism::kConfig;
  } else if (!configured.empty() && site.directory != own && !same_folder(site.directory, own)) {
    site.mechanism =
        base::stat_path(site.directory) ? Site::Mechanism::kForeign : Site::Mechanism::kNowhere;
    site.set_here = repository.git().run({"config", "--local", "--get", "core.hooksPath"}).ok();
  }
  site.manager = manager_of(repository, site);
  for (const auto event : kEvents) {
    CAIRN_TRY(auto hook, read_hook(own, event));
    site.files.push_back(std::move(hook));
  }
  return site;
}

}  // namespace cairn::hooks
