// `cairn log`: the commits that changed a tracked path, or a file or folder inside one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "repo/repository.hpp"

namespace cairn::repo {

struct LogOptions {
  std::string path;      // as typed; tracked, or inside a tracked folder
  std::string revision;  // to start at; empty: HEAD
  std::size_t limit = SIZE_MAX;
};

// What a commit made of the path, against its first parent.
struct LogChange {
  std::uint64_t added = 0, removed = 0, changed = 0;  // files
  std::uint64_t old_bytes = 0, new_bytes = 0;  // of the path; inside a folder: of what changed
};
struct LogEntry {
  std::string tracked;     // the tracked path at that commit
  std::string moved_from;  // the name that this commit moved it from
  std::string commit, author, subject;
  std::int64_t time_s = 0;
  std::optional<format::Pointer> pointer;  // of the tracked path; nothing: removed there
  std::optional<LogChange> change;         // nothing: the lists are not here
  std::string file_id;                     // of a file inside a folder, where it still is: hex
};
struct LogReport {
  std::string tracked, inside;    // inside: empty for the tracked path itself
  std::vector<LogEntry> entries;  // newest first
};
// kMissing for a path inside a folder whose lists are not here: what they would say is not known.
Result<LogReport> log(const Context& context, Repository& repository, const LogOptions& options);

}  // namespace cairn::repo
