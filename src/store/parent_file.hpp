// ParentFile: the chunks of the version that a file had before, by place and by id.
#pragma once

#include <optional>
#include <vector>

#include "format/tree.hpp"

namespace cairn::store {

// A version of a file as its entry or pointer names it.
struct FileVersion {
  std::uint64_t size_bytes = 0;
  FileId id;
  std::vector<format::ChunkRef> chunks = {};  // as in a manifest entry: only when 2..16
  std::optional<ChunkId> recipe = {};
};

class ParentFile {
 public:
  // Nothing when its recipe can't be read, or is longer than what is kept in memory: the file is
  // stored as one without a parent.
  static std::optional<ParentFile> load(const FileVersion& version, const format::PageFetch& fetch);

  [[nodiscard]] std::size_t count() const { return chunks_.size(); }
  [[nodiscard]] const format::ChunkRef& chunk(std::size_t i) const { return chunks_[i]; }
  [[nodiscard]] std::uint64_t offset(std::size_t i) const { return offsets_[i]; }
  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }

  // The chunks that have bytes of [from, to), which may reach beyond the file: [first, last).
  struct Range {
    std::size_t first = 0;
    std::size_t last = 0;
  };
  [[nodiscard]] Range overlapping(std::int64_t from, std::int64_t to) const;
  // Where this chunk is; of several places the one closest to `near`.
  [[nodiscard]] std::optional<std::uint64_t> find(const ChunkId& id, std::int64_t near) const;

 private:
  explicit ParentFile(std::vector<format::ChunkRef> chunks);

  std::vector<format::ChunkRef> chunks_;
  std::vector<std::uint64_t> offsets_;
  std::uint64_t size_bytes_ = 0;
  std::vector<std::uint32_t> by_id_;  // indexes of chunks_
};

}  // namespace cairn::store
