// Pointers of git-lfs: what git has of a large file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cairn::foreign {

struct LfsPointer {
  std::string sha256;  // of the plain bytes, 64 lower-case hex digits: the id that cairn has too
  std::uint64_t size_bytes = 0;

  // "ab/cd/abcd…", below the folder of objects
  [[nodiscard]] std::string key() const;
};

inline constexpr std::size_t kMaxLfsPointerBytes = 1024;

// Nothing for any other text, as git-lfs itself decides: it may stand for data of its own.
std::optional<LfsPointer> parse_lfs_pointer(std::string_view text);

// The text of an attributes file without the lines that hand files to git-lfs.
std::string without_lfs_lines(std::string_view attributes);

}  // namespace cairn::foreign
