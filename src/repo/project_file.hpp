// The file of a clone that shares a store, projects/<uuid> in cairn-store(5): "cairn-project 1",
// "git <common directory>", "top <work tree>", then one version a line. Text to structs, no I/O.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "repo/repository.hpp"

namespace cairn::repo {

struct ProjectFile {
  std::string git, top;           // printable: escaped where they hold control characters
  std::vector<Tracked> versions;  // that the clone was last known to need
};

// Versions without data (an empty file) are left out.
std::string encode_project(const ProjectFile& project);
// `path` is for messages. kCorrupt (slug "bad-project-file") for what is not whole; a last line
// that a crash cut short is passed over.
Result<ProjectFile> decode_project(const std::string& path, std::string_view text);

}  // namespace cairn::repo
