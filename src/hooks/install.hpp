// Installing the hooks beside those of others: settings of git where it has them, else files. What
// belongs to somebody else is never overwritten; where nothing can be written, the report holds the
// lines to write by hand.
#pragma once

#include <string>
#include <vector>

#include "hooks/event.hpp"
#include "repo/repository.hpp"

namespace cairn::hooks {

struct HookState {
  Event event = Event::kPreCommit;
  bool installed = false;
  bool writable = false;  // install() would write it, or has
  std::string where;      // "git config", ".git/hooks/pre-push"
  std::string why;        // not installed, or how: "before a hook of yours", "by hand"
};

struct Report {
  std::string mechanism;  // "git config", "files", "by hand", "none"
  std::string directory;  // where git looks for hook files
  bool declined = false;
  std::vector<HookState> hooks;         // one for each event
  std::vector<std::string> notes;       // what stands in the way
  std::vector<std::string> by_hand;     // lines for another tool
  std::vector<std::string> changed;     // files and settings written or removed
  std::vector<std::string> skipped;     // recorded pushes that went without the check, newest last
  [[nodiscard]] bool complete() const;  // every hook is installed
};

enum class Run { kForReal, kDry };

// Writes what is missing and remembers in git config that hooks are wanted here.
Result<Report> install(repo::Repository& repository, Run run);
// Takes out what install wrote, and remembers that it was declined.
Result<Report> uninstall(repo::Repository& repository, Run run);
Result<Report> status(const repo::Repository& repository);

// "git version 2.39.5 (Apple Git-154)" -> whether this git runs hooks named in its config (2.54).
bool has_config_hooks(std::string_view version_line);

}  // namespace cairn::hooks
