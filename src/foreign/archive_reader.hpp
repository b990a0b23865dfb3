// Members of an archive from anywhere (tar, zip, 7zip; gzip, bzip2, xz, zstd, lz4), one after the
// other: paths checked, sizes limited, nothing executed, nothing read beside the archive.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/fd.hpp"
#include "cairn/result.hpp"

namespace cairn::foreign {

struct ArchiveMember {
  enum class Type { kFile, kFolder, kSymlink, kHardlink };
  Type type = Type::kFile;
  std::string path;    // plain: no "." or "..", no slash at its ends
  std::string target;  // of a link; a hard link's is the path of another member
  bool executable = false;
};

struct ArchiveLimits {
  // All members together. 0: a thousand times the archive itself, and at least 1 GiB.
  std::uint64_t max_bytes = 0;
  std::uint64_t max_members = 20'000'000;
};

class ArchiveReader {
 public:
  // Takes the archive over. kCorrupt (slug "bad-archive") for what is none.
  static Result<ArchiveReader> open(base::Fd archive, const ArchiveLimits& limits);
  ArchiveReader(ArchiveReader&&) noexcept;
  ~ArchiveReader();

  // The next member, or nothing at the end. What was not read of the one before is skipped.
  Result<std::optional<ArchiveMember>> next();
  // More bytes of the member that next() gave; 0 at its end. kConflict (slug "archive-too-large")
  // above the limit.
  Result<std::size_t> read(std::span<std::uint8_t> out);

 private:
  struct State;
  explicit ArchiveReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cairn::foreign
