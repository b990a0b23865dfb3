#include "store/pack_footer.hpp"

#include <array>

#include "crypto/crc32c.hpp"
#include "format/pack.hpp"

namespace cairn::store {
namespace {

struct FooterBytes {
  base::Bytes bytes;
  std::uint64_t at = 0;
};

Result<FooterBytes> read_footer_bytes(const base::Fd& file, std::uint64_t size_bytes,
                                      const std::string& path) {
  constexpr std::uint64_t kFrame = format::kPackHeaderBytes + format::kPackTrailerBytes;
  if (size_bytes < kFrame) return Error(Code::kCorrupt, "shorter than header and trailer");
  std::array<std::uint8_t, format::kPackTrailerBytes> bytes{};
  CAIRN_CHECK(base::pread_exact(file, bytes, size_bytes - bytes.size(), path));
  CAIRN_TRY(const auto trailer, format::decode_pack_trailer(bytes));
  if (trailer.footer_bytes > size_bytes - kFrame)
    return Error(Code::kCorrupt, "its footer would be longer than the file");
  FooterBytes footer{base::Bytes(trailer.footer_bytes),
                     size_bytes - bytes.size() - trailer.footer_bytes};
  CAIRN_CHECK(base::pread_exact(file, footer.bytes, footer.at, path));
  if (crypto::crc32c(footer.bytes) != trailer.footer_crc)
    return Error(Code::kCorrupt, "the checksum of its footer is wrong");
  return footer;
}

// TableView::check() knows that the records of a footer follow each other from offset 64, but not
// where the footer starts.
Status check_footer_table(const format::TableView& table, std::uint64_t footer_at) {
  CAIRN_CHECK(table.check());
  if (table.pack_count() != 0) return Error(Code::kCorrupt, "its footer names packs");
  if (table.record_count() == 0) return Error(Code::kCorrupt, "its footer names no record");
  const auto last = table.record(table.record_count() - 1);
  if (std::uint64_t{last.offset} + last.record_bytes != footer_at) {
    return Error(Code::kCorrupt, "its records do not end where its footer begins");
  }
  return {};
}

Result<PackRecords> footer_records(const base::Fd& file, std::uint64_t size_bytes, const PackId& id,
                                   const std::string& path) {
  std::array<std::uint8_t, format::kPackHeaderBytes> header_bytes{};
  CAIRN_CHECK(base::pread_exact(file, header_bytes, 0, path));
  CAIRN_TRY(const auto header, format::decode_pack_header(header_bytes));
  CAIRN_TRY(auto footer, read_footer_bytes(file, size_bytes, path));
  if (format::pack_id_of(header_bytes, footer.bytes) != id) {
    return Error(Code::kCorrupt, "its name is not the digest of its header and footer");
  }
  const auto bytes = std::make_shared<const base::Bytes>(std::move(footer.bytes));
  CAIRN_TRY(const auto view, format::TableView::open(*bytes));
  CAIRN_CHECK(check_footer_table(view, footer.at));
  const auto table = std::make_shared<const GroupedTable>(view, bytes);
  return PackRecords{id, size_bytes, header.kind, table, 0, view.record_count()};
}

}  // namespace

Result<PackRecords> read_pack_footer(const base::Fd& file, std::uint64_t size_bytes,
                                     const PackId& id, const std::string& path) {
  auto records = footer_records(file, size_bytes, id, path);
  if (!records.ok())
    return std::move(records).error().with("reading the footer of pack " + id.hex());
  return records;
}

}  // namespace cairn::store
