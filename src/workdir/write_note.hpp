// Where a run of write_items() puts temporary files: a note `.cairn-tmp-<session>.folders`, locked
// while the run lives, that lists their folders. A note that nobody holds is left from a crash, and
// the next run removes it and the files it stands for. The note lies beside nothing that a version
// can hold: in the state of the work tree, else in the folder written to.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "workdir/materialise.hpp"
#include "workdir/temp_name.hpp"
#include "workdir/tree_root.hpp"

namespace cairn::workdir::detail {

class WriteNote {
 public:
  // Cleans up after dead runs of this root, then notes this one.
  static Result<WriteNote> begin(const TreeRoot& root, const std::string& directory,
                                 const TempNames& names, const std::vector<WriteItem>& items);
  static Result<WriteNote> begin(const TreeRoot& root, const std::string& directory,
                                 const TempNames& names, const std::set<std::string_view>& folders);
  WriteNote(WriteNote&& other) noexcept;
  ~WriteNote();

 private:
  WriteNote(std::string path, base::Fd locked)
      : path_(std::move(path)), locked_(std::move(locked)) {}
  std::string path_;
  base::Fd locked_;
};

// The text of a list of folders: each ended by a NUL. What follows the last one is torn.
std::string note_text(const std::set<std::string_view>& folders);
// The folders of such a file; none where it cannot be read.
std::vector<std::string> noted_folders(const std::string& path);
// Removes the files of a folder whose names start with `prefix`, except write notes. Follows no
// link; what cannot be removed stays.
void remove_names(const TreeRoot& root, const std::string& folder, std::string_view prefix);

}  // namespace cairn::workdir::detail
