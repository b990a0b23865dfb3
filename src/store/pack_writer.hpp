// PackWriter: one pack being written under a temporary name. Records are appended, then footer and
// trailer; the pack has its name only when it is sealed. Not thread-safe.
#pragma once

#include <string>

#include "base/file.hpp"
#include "format/page.hpp"
#include "format/table.hpp"
#include "store/grouped_table.hpp"

namespace cairn::store {

// A complete pack under its temporary name; not synced yet unless `file` was closed by sync().
struct SealedPack {
  PackId id;
  format::PackKind kind = format::PackKind::kData;
  std::uint64_t size_bytes = 0;
  std::uint64_t footer_at = 0;
  std::string temp_path;
  base::Fd file;

  // Makes the bytes durable and closes the file; a second call does nothing.
  Status sync();
  // Asks the kernel to start writing, so that sync() finds little to do. Best effort.
  void start_writeback() const;
};

class PackWriter {
 public:
  static Result<PackWriter> create(const std::string& temp_path, const format::PackHeader& header);

  // False when a record of this size would bring the pack over its target of 64 MiB or over a limit
  // of the format. An empty pack has room for any record.
  [[nodiscard]] bool has_room(std::size_t record_bytes, std::size_t chunks) const;
  [[nodiscard]] bool empty() const { return table_.record_count() == 0; }
  // `parts` are the record's bytes in order; `header` and `chunks` describe it.
  Status append(const format::RecordHeader& header, std::span<const base::ByteView> parts,
                std::span<const format::ChunkRef> chunks);
  // Writes footer and trailer. The writer is of no use afterwards.
  Result<SealedPack> seal();

 private:
  PackWriter() = default;

  std::string path_;
  base::Fd file_;
  format::PackKind kind_ = format::PackKind::kData;
  base::Bytes header_bytes_;
  std::uint64_t size_bytes_ = 0;
  format::TableBuilder table_;
};

inline constexpr std::uint64_t kPackTargetBytes = std::uint64_t{64} << 20;

// The table of a sealed pack, read back from its footer: footers are not kept in memory, however
// long a session is.
Result<PackRecords> sealed_records(const SealedPack& pack, const std::string& path);

}  // namespace cairn::store
