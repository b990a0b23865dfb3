// Which names a file system can hold side by side: probed, and held against the paths of a version.
#pragma once

#include <string>
#include <vector>

#include "workdir/temp_name.hpp"
#include "workdir/tree_root.hpp"

namespace cairn::workdir::detail {

struct NameRules {
  bool folds_case = false;  // "A" and "a" are one file
  bool folds_form = false;  // composed and decomposed letters are one (NFC, NFD)
  bool restricts_letters =
      false;  // no \ : * ? " < > | and no '.' or ' ' at the end (FAT, NTFS, SMB)
  std::size_t max_name_bytes = 255;
};
// Tries with files in the root that it removes at once.
Result<NameRules> probe_name_rules(const TreeRoot& root, TempNames& names);

// One line for each path that cannot stand there beside the others; parents count.
std::vector<std::string> name_faults(const std::vector<std::string_view>& paths,
                                     const NameRules& rules);

}  // namespace cairn::workdir::detail
