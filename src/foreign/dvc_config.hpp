// The settings of DVC that say where data lies: `.dvc/config` and its kin, an INI of its own.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "cairn/result.hpp"

namespace cairn::foreign {

struct DvcRemote {
  std::string url;        // a relative directory is made absolute, from the file that names it
  bool committed = true;  // only files in git say where it is
  std::map<std::string, std::string> options;  // all other keys
};

struct DvcSettings {
  std::string cache_directory;  // "" where none is set
  std::string default_remote;
  std::map<std::string, DvcRemote> remotes;
};

enum class DvcConfigOrigin { kCommitted, kOwn };

// Adds one file, which lies in `directory`; what it says wins over what was added before. kCorrupt
// with the line.
Status add_dvc_config(std::string_view text, const std::string& directory, DvcConfigOrigin origin,
                      DvcSettings& settings);

}  // namespace cairn::foreign
