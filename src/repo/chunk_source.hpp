// ChunkSource: where ChunkedFile has the chunks of a file from.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "cairn/digest.hpp"
#include "cairn/result.hpp"

namespace cairn::repo {

// A chunk at its place in a file.
struct FilePiece {
  ChunkId id;
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  [[nodiscard]] std::uint64_t end() const { return offset + length; }
};

// What a record takes where it is stored, and the plain bytes in it.
struct StoredRecord {
  std::uint32_t record_bytes = 0, plain_bytes = 0;
};

class ChunkSource {
 public:
  virtual ~ChunkSource() = default;
  // These are read next, one by one: what has to come may come together.
  virtual Status prepare(std::span<const FilePiece> /*next*/) { return {}; }
  // Verified; valid until the next call. kMissing: it is not here.
  virtual Result<base::ByteView> read(const FilePiece& piece) = 0;
  // Nothing: not known.
  [[nodiscard]] virtual std::optional<StoredRecord> record_of(const ChunkId& id) const = 0;
};

}  // namespace cairn::repo
