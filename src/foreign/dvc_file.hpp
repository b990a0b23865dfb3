// What `.dvc` files and `dvc.lock` of DVC say about data: outputs with their MD5. Both schemes:
// that of DVC 3 (`hash: md5`), and that of DVC 1 and 2, where the line ends of a text file do not
// count.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "foreign/dvc_object.hpp"

namespace cairn::foreign {

struct DvcOutput {
  std::string path;  // from the top of the repository
  DvcObject object;
  std::vector<DvcEntry> files;  // of a folder that is listed in place (version_aware remotes)
  bool listed = false;          // `files` counts; `object` is what they would make
  bool executable = false;
  std::string remote;  // that this output belongs to; "" for the default one
};

struct DvcFile {
  std::vector<DvcOutput> outputs;
  // Outputs that have no data of their own to import: path as written, and the reason.
  std::vector<std::pair<std::string, std::string>> skipped;
};

// `path` is that of the file, from the top of the repository: it tells `dvc.lock` from `x.dvc`, and
// what its paths are relative to. `stages` is the text of the dvc.yaml beside a dvc.lock, which has
// the folders of its stages. kCorrupt for what is no such file; kConflict (slug "foreign-path") for
// an output that would lie outside the repository, or in what belongs to git or cairn.
Result<DvcFile> parse_dvc_file(std::string_view text, const std::string& path,
                               std::string_view stages);

// "data.dvc", "train/dvc.lock"; not ".dvc" itself.
bool is_dvc_file(std::string_view path);
// "train/dvc.yaml" for "train/dvc.lock", else "".
std::string stages_beside(const std::string& path);

}  // namespace cairn::foreign
