#include "sync/remote_pack.hpp"

#include "crypto/crc32c.hpp"
#include "format/remote_objects.hpp"
#include "format/table.hpp"

namespace cairn::sync {
namespace {

Status check_record_list(const format::TableView& table, std::uint64_t footer_at) {
  std::uint64_t at = format::kPackHeaderBytes;
  for (std::uint32_t i = 0; i < table.record_count(); ++i) {
    if (table.record(i).offset != at) return Error(Code::kCorrupt, "records with a gap");
    at += table.record(i).record_bytes;
  }
  if (at != footer_at) return Error(Code::kCorrupt, "records that do not end at the footer");
  return {};
}

}  // namespace

Result<OwnPack> read_pack_table(const Context& context, Remote& remote, const PackId& id,
                                std::uint64_t size_bytes) {
  constexpr std::uint64_t kFixed = format::kPackHeaderBytes + format::kPackTrailerBytes;
  if (size_bytes < kFixed || size_bytes > format::kMaxPackBytes) {
    return Error(Code::kCorrupt, "a size that no pack has");
  }
  const auto range = [&](std::uint64_t offset, std::uint64_t bytes) -> Result<base::Bytes> {
    base::Bytes out(static_cast<std::size_t>(bytes));
    CAIRN_CHECK(remote.get_range(format::pack_key(id), offset, out, context.stop));
    return out;
  };
  CAIRN_TRY(const auto header_bytes, range(0, format::kPackHeaderBytes));
  CAIRN_TRY(const auto header, format::decode_pack_header(header_bytes));
  const std::uint64_t trailer_at = size_bytes - format::kPackTrailerBytes;
  CAIRN_TRY(const auto tail, range(trailer_at, format::kPackTrailerBytes));
  CAIRN_TRY(const auto trailer, format::decode_pack_trailer(tail));
  if (trailer.footer_bytes > size_bytes - kFixed) {
    return Error(Code::kCorrupt, "a footer longer than the pack");
  }
  const std::uint64_t footer_at = trailer_at - trailer.footer_bytes;
  OwnPack pack{id, size_bytes, header.kind, {}};
  CAIRN_TRY(pack.footer, range(footer_at, trailer.footer_bytes));
  if (crypto::crc32c(pack.footer) != trailer.footer_crc) {
    return Error(Code::kCorrupt, "a footer with another checksum");
  }
  if (format::pack_id_of(header_bytes, pack.footer) != id) {
    return Error(Code::kCorrupt, "header and footer are not those of its name");
  }
  CAIRN_TRY(const auto table, format::TableView::open(pack.footer));
  CAIRN_CHECK(table.check());
  CAIRN_CHECK(check_record_list(table, footer_at));
  return pack;
}

}  // namespace cairn::sync
