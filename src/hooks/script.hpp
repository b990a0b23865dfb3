// The text of hook files: what is written, how it is put into a script of somebody else and taken
// out again byte for byte, and what users of other hook tools are told to write. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hooks/event.hpp"

namespace cairn::hooks {

// A hook file of ours. `program` is the absolute path to try first, empty: PATH alone; a program
// that is in neither place lets commits pass and stops pushes.
std::string whole_script(Event event, const std::string& program);
// The same as one line of shell, for `hook.<name>.command` of git config.
std::string config_command(Event event, const std::string& program);

enum class FileKind {
  kOurs,     // nothing but what whole_script writes, perhaps of another program path
  kChained,  // a script of somebody else with our block
  kShell,    // a shell script of somebody else
  kTool,     // written by a tool that writes it again: pre-commit, lefthook, husky
  kOther,    // no shell script, or one that we cannot take apart
};
FileKind kind_of(std::string_view text);

// Whether a hook runs git-lfs. Our block does so where the rest of the script does not.
bool calls_lfs(std::string_view text);

// Our block behind the first line, before anything else can leave the script; one that is there
// already is replaced.
std::string with_block(std::string_view text, Event event, const std::string& program);
// The text without our block; nothing where there is none.
std::optional<std::string> without_block(std::string_view text);

// Who manages the hooks of a repository that are not plain files.
enum class Manager { kHusky, kLefthook, kPreCommit, kDispatcher };
// What to write for that tool, and where, for these events. `directory`: of kDispatcher.
std::vector<std::string> snippet(Manager manager, const std::string& directory,
                                 const std::vector<Event>& events);

}  // namespace cairn::hooks
