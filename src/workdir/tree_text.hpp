// Small texts that git tracks beside the data (settings, ignore rules, pointers), read and replaced
// as a whole. A clone may have anything at their places: no link is followed at them or on the way.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/result.hpp"
#include "workdir/tree_root.hpp"

namespace cairn::workdir {

// Whether a plain file stands at `path`. What is neither that nor nothing is kConflict (slugs
// "link-in-path", "not-a-file").
Result<bool> has_text(const TreeRoot& root, const std::string& path);

// Nothing where there is no file; kConflict as above, kCorrupt above `max_bytes`.
Result<std::optional<std::string>> read_text(const TreeRoot& root, const std::string& path,
                                             std::size_t max_bytes);

// As base::write_file_atomic, making the folders that lack, under a temporary name that is always
// the same: only one command edits at a time (repo::lock_edits), what a crash leaves goes with the
// next try, and nothing has to be looked for. A link at `path` itself is replaced.
Status replace_text(const TreeRoot& root, const std::string& path, std::string_view text);

// The same for many, in their order; each folder is synced once, behind the last of them.
struct TreeText {
  std::string path, text;
};
Status replace_texts(const TreeRoot& root, const std::vector<TreeText>& texts);

}  // namespace cairn::workdir
