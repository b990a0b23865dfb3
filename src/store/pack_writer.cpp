#include "store/pack_writer.hpp"

#include <array>

#include <fcntl.h>

#include "crypto/crc32c.hpp"
#include "format/pack.hpp"
#include "store/pack_footer.hpp"
#include "store/record_decode.hpp"
#include "store/sharing.hpp"

namespace cairn::store {
namespace {

// What footer and trailer may take at most; keeps every pack below 4 GiB.
constexpr std::uint64_t kLargestFooterBytes = std::uint64_t{512} << 20;

}  // namespace

Status SealedPack::sync() {
  if (!file.valid()) return {};
  CAIRN_CHECK(base::sync_file(file, temp_path));
  return base::close_file(std::move(file), temp_path);
}

void SealedPack::start_writeback() const {
#ifdef SYNC_FILE_RANGE_WRITE
  if (file.valid()) (void)::sync_file_range(file.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
#endif
}

Result<PackWriter> PackWriter::create(const std::string& temp_path,
                                      const format::PackHeader& header) {
  PackWriter writer;
  CAIRN_TRY(writer.file_, base::create_new(temp_path, 0444));
  CAIRN_CHECK(settle_file(temp_path));
  writer.path_ = temp_path;
  writer.kind_ = header.kind;
  writer.header_bytes_ = format::encode_pack_header(header);
  CAIRN_CHECK(base::pwrite_all(writer.file_, writer.header_bytes_, 0, temp_path));
  writer.size_bytes_ = writer.header_bytes_.size();
  return writer;
}

bool PackWriter::has_room(std::size_t record_bytes, std::size_t chunks) const {
  if (empty()) return true;
  static_assert(kPackTargetBytes + kLargestFooterBytes < format::kMaxPackBytes);
  return size_bytes_ + record_bytes <= kPackTargetBytes &&
         table_.record_count() < format::kMaxTableChunks &&
         table_.chunk_count() + chunks <= format::kMaxTableChunks;
}

Status PackWriter::append(const format::RecordHeader& header, std::span<const base::ByteView> parts,
                          std::span<const format::ChunkRef> chunks) {
  CAIRN_CHECK(base::pwritev_all(file_, parts, size_bytes_, path_));
  table_.add_record(table_record(header, static_cast<std::uint32_t>(size_bytes_)), header.bases);
  std::uint32_t offset = 0;
  for (const format::ChunkRef& chunk : chunks) {
    table_.add_chunk(chunk.id, offset, chunk.length);
    offset += chunk.length;
  }
  for (const base::ByteView part : parts) size_bytes_ += part.size();
  return {};
}

Result<SealedPack> PackWriter::seal() {
  const base::Bytes footer = table_.encode();
  const base::Bytes trailer =
      format::encode_pack_trailer({.footer_bytes = static_cast<std::uint32_t>(footer.size()),
                                   .footer_crc = crypto::crc32c(footer)});
  const std::array<base::ByteView, 2> parts = {footer, trailer};
  CAIRN_CHECK(base::pwritev_all(file_, parts, size_bytes_, path_));
  SealedPack pack;
  pack.id = format::pack_id_of(header_bytes_, footer);
  pack.kind = kind_;
  pack.footer_at = size_bytes_;
  pack.size_bytes = size_bytes_ + footer.size() + trailer.size();
  pack.temp_path = path_;
  pack.file = std::move(file_);
  pack.start_writeback();
  return pack;
}

Result<PackRecords> sealed_records(const SealedPack& pack, const std::string& path) {
  CAIRN_TRY(const base::Fd file, base::open_read(path));
  return read_pack_footer(file, pack.size_bytes, pack.id, path);
}

}  // namespace cairn::store
