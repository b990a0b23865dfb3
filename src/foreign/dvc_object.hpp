// Objects of a cache or remote of DVC: how they are named, and what the object of a folder says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "cairn/result.hpp"

namespace cairn::foreign {

struct DvcObject {
  std::string md5;      // 32 lower-case hex digits
  bool folder = false;  // a list of files (`.dir`)
  bool legacy = false;  // DVC 1 and 2: another place, and MD5 of a text as if its line ends were LF

  // "files/md5/ab/cdef…", "ab/cdef….dir"
  [[nodiscard]] std::string key() const;
  // "md5-<digits>", "md5-dos2unix-<digits>.dir": one word for all of it, fit for a file name.
  [[nodiscard]] std::string name() const;
  bool operator==(const DvcObject&) const = default;
};
// "<digits>" or "<digits>.dir", in any case of letters; nothing for anything else.
std::optional<DvcObject> parse_dvc_object(std::string_view text, bool legacy);

// A file of a folder.
struct DvcEntry {
  std::string path;  // below the folder
  DvcObject object;
};

// The object of a folder: a list of its files, sorted by path here. kCorrupt for what is no such
// list and for two entries of one path, kConflict (slug "foreign-path") for unsafe ones.
Result<std::vector<DvcEntry>> parse_dvc_folder(base::ByteView json, bool legacy);
inline constexpr std::size_t kMaxDvcFolderBytes = std::size_t{512} << 20;

// Sorts by path and refuses two of one path.
Status order_entries(std::vector<DvcEntry>& entries);

// The object that DVC would make of these files.
DvcObject folder_object(const std::vector<DvcEntry>& entries, bool legacy);

}  // namespace cairn::foreign
