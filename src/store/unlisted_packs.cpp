#include "store/unlisted_packs.hpp"

#include "base/cpu_pool.hpp"
#include "store/pack_footer.hpp"
#include "store/pack_scan.hpp"
#include "store/scan_bases.hpp"

namespace cairn::store {
namespace {

struct PackOnDisk {
  PackId id;
  std::string path;
  base::Fd file;
  std::uint64_t size_bytes = 0;
};

// False when another process removed it meanwhile.
Result<bool> open_pack(const Catalogue& catalogue, const PackId& id, PackOnDisk& out) {
  out.id = id;
  out.path = catalogue.layout().pack_path(id);
  auto file = base::open_read(out.path);
  if (!file.ok() && file.error().code() == Code::kNotFound) return false;
  CAIRN_TRY(out.file, std::move(file));
  struct ::stat info {};
  if (::fstat(out.file.get(), &info) != 0) return base::errno_error("stat", out.path, errno);
  out.size_bytes = static_cast<std::uint64_t>(info.st_size);
  return true;
}

// What is known of one pack before bases are looked for.
struct FirstLook {
  PackRecords records;
  bool baseless = false;
  std::string why_scanned;
};

Result<FirstLook> look_at(const Catalogue& catalogue, const PackId& id) {
  PackOnDisk pack;
  CAIRN_TRY(const bool there, open_pack(catalogue, id, pack));
  if (!there) return FirstLook();
  auto records = read_pack_footer(pack.file, pack.size_bytes, id, pack.path);
  if (records.ok()) return FirstLook{*std::move(records), false, {}};
  if (records.error().code() == Code::kTooNew) return std::move(records).error();
  CAIRN_TRY(auto scanned,
            scan_pack(catalogue.context(), pack.file, pack.size_bytes, id, pack.path, {}));
  return FirstLook{std::move(scanned.records), scanned.baseless_records != 0,
                   records.error().message()};
}

// Once more, with bases from whatever was found. True when none is missing.
Result<bool> look_again(const Catalogue& catalogue, const PackId& id,
                        std::span<const PackRecords> found, PackRecords& out) {
  PackOnDisk pack;
  CAIRN_TRY(const bool there, open_pack(catalogue, id, pack));
  if (!there) return true;
  ScanBases bases(catalogue, found);
  const auto read = [&](const ChunkId& base) { return bases.read(base); };
  CAIRN_TRY(auto scanned,
            scan_pack(catalogue.context(), pack.file, pack.size_bytes, id, pack.path, read));
  out = std::move(scanned.records);
  return scanned.baseless_records == 0;
}

void tell(const Catalogue& catalogue, const FirstLook& look, const PackRecords& records) {
  if (look.why_scanned.empty()) return;
  catalogue.context().log.warn(look.why_scanned + "; found " +
                               std::to_string(records.record_count()) +
                               " intact records in it (see `cairn fsck`)");
}

}  // namespace

Result<UnlistedPacks> read_unlisted_packs(const Catalogue& catalogue,
                                          const std::vector<PackId>& packs) {
  std::vector<FirstLook> looks(packs.size());
  const auto look = [&](std::size_t i) -> Status {
    CAIRN_TRY(looks[i], look_at(catalogue, packs[i]));
    return {};
  };
  if (packs.size() == 1) {
    CAIRN_CHECK(look(0));  // the common case: one crashed writer; starts no threads
  } else {
    CAIRN_CHECK(base::parallel_for(catalogue.context(), packs.size(), look));
  }
  std::vector<PackRecords> found;
  found.reserve(packs.size());
  for (const FirstLook& item : looks) found.push_back(item.records);
  UnlistedPacks out;
  for (std::size_t i = 0; i < packs.size(); ++i) {
    PackRecords records = found[i];
    bool whole = true;
    if (looks[i].baseless) {
      CAIRN_TRY(whole, look_again(catalogue, packs[i], found, records));
    }
    tell(catalogue, looks[i], records);
    if (records.record_count() != 0) (whole ? out.whole : out.partial).push_back(records);
  }
  return out;
}

}  // namespace cairn::store
