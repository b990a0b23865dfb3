// Scanning a tracked folder: every file, link and empty folder below it, sorted as a manifest is,
// with stat data. Parallel.
#pragma once

#include <string>
#include <vector>

#include <sys/stat.h>

#include "cairn/context.hpp"
#include "workdir/ignore.hpp"
#include "workdir/tree_root.hpp"

namespace cairn::workdir {

enum class NodeType : std::uint8_t { kFile, kLink, kEmptyFolder };

// What the stat cache compares; all that says a file is unchanged.
struct StatKey {
  std::uint64_t size = 0, inode = 0;
  std::int64_t mtime_ns = 0, ctime_ns = 0;
  std::uint32_t mode = 0;
  bool operator==(const StatKey&) const = default;
};
StatKey stat_key(const struct ::stat& st);

struct ScannedNode {
  std::string path;  // relative to the scanned folder
  NodeType type = NodeType::kFile;
  StatKey stat;
};

struct ScanResult {
  std::vector<ScannedNode> nodes;       // memcmp order of path
  std::vector<std::string> special;     // sockets, fifos, devices: an error for add
  std::vector<std::string> nested_git;  // folders that are git repositories: an error for add
  std::uint64_t bytes = 0;
};

// `folder` relative to the root. Applies `.cairnignore` files found on the way and the built-in
// ignores
// (.nfs*, .snapshot, lost+found, .DS_Store, .git). `ignore` holds rules from above. What is at
// `left_out`, relative to the root, is not seen, whatever the rules say; empty: nothing.
Result<ScanResult> scan_folder(const Context& context, const TreeRoot& root,
                               const std::string& folder, const PatternList& ignore,
                               const std::string& left_out = "");

// The rules of every .cairnignore from the top down to (not including) `folder`.
Result<PatternList> ignore_rules_above(const TreeRoot& root, const std::string& folder);

}  // namespace cairn::workdir
