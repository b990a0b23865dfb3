// Where the hooks of a repository are: found once, then read by install, uninstall and status.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hooks/script.hpp"
#include "repo/repository.hpp"

namespace cairn::hooks {

// Where lefthook looks for its settings, from the top of a work tree.
inline constexpr const char* kLefthookFiles[] = {"lefthook.yml", ".lefthook.yml", "lefthook.yaml",
                                                 "lefthook.toml", "lefthook.json"};

struct HookFile {
  Event event = Event::kPreCommit;
  std::string path;  // absolute
  bool exists = false, is_link = false, may_run = false;
  std::string text;
  FileKind kind = FileKind::kOther;
};

struct Site {
  enum class Mechanism {
    kConfig,   // git runs hooks that its config names, beside any files
    kFiles,    // git's own hooks folder
    kForeign,  // core.hooksPath: a folder of somebody else
    kNowhere,  // core.hooksPath names a folder that does not exist: git runs no hook
  };
  Mechanism mechanism = Mechanism::kFiles;
  std::string directory;  // absolute, where git looks for hook files
  bool set_here = false;  // core.hooksPath, in the config of this clone
  std::optional<Manager> manager;
  std::vector<HookFile>
      files;  // in git's own folder, one for each event; none where it is not used
};

Result<Site> find_site(const repo::Repository& repository);

// "hook.cairn-pre-push": a name that differs from the event's, as git asks for.
std::string config_section(Event event);

// Whether git's settings have it, which a git before 2.54 does not run.
bool in_config(const repo::Repository& repository, Event event);

}  // namespace cairn::hooks
