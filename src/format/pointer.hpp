// The pointer file: text <-> struct. cairn-pointer(5).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "cairn/result.hpp"

namespace cairn::format {

struct Pointer {
  enum class Kind { kFile, kFolder };
  Kind kind = Kind::kFile;
  Digest oid;                   // file id, or manifest id
  std::optional<ChunkId> tree;  // recipe id: files of more than one chunk
  std::uint64_t size_bytes = 0;
  std::uint64_t files = 0;  // folders
  bool executable = false;
  std::vector<std::pair<std::string, std::string>> extra;  // unknown keys, sorted

  // Names the version's root on a remote; nothing for an empty file.
  [[nodiscard]] std::optional<Digest> closure_id() const;
  bool operator==(const Pointer&) const = default;
};

std::string encode_pointer(const Pointer& pointer);

struct ParsedPointer {
  Pointer pointer;
  bool had_crlf = false;
};
// kCorrupt (slug "bad-pointer"), kConflict (git's marks inside), kTooNew.
Result<ParsedPointer> decode_pointer(std::string_view text);

// True when `text` starts like a pointer of any version; for telling foreign files apart.
bool looks_like_pointer(std::string_view text);

}  // namespace cairn::format
