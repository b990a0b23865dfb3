// FolderCursor: the open folder that one thread writes into, and what a version puts there besides
// the content of files.
#pragma once

#include <string>

#include "workdir/materialise.hpp"
#include "workdir/tree_temp.hpp"

namespace cairn::workdir::detail {

class FolderCursor {
 public:
  explicit FolderCursor(const TreeRoot& root) : root_(root) {}
  // The descriptor of the folder that holds `path`, created when absent. Valid until the next call.
  Result<int> folder_of(const std::string& path);
  [[nodiscard]] const TreeRoot& root() const { return root_; }

 private:
  const TreeRoot& root_;
  std::string folder_;
  base::Fd folder_fd_;
};

std::string name_in_folder(const std::string& path);
Status check_item_path(const WriteItem& item);

// An empty folder or a link in its place.
Result<StatKey> place_folder(FolderCursor& cursor, const WriteItem& item);
Result<StatKey> place_link(FolderCursor& cursor, TempNames& names, const WriteItem& item);

}  // namespace cairn::workdir::detail
