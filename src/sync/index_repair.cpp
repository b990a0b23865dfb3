#include "sync/index_repair.hpp"

#include <algorithm>
#include <unordered_set>

#include "base/cpu_pool.hpp"
#include "sync/index_lookup.hpp"
#include "sync/pack_upload.hpp"
#include "sync/remote_pack.hpp"

namespace cairn::sync {
namespace {

constexpr std::size_t kFootersAtOnce = 32;  // in memory; few have more than 1 MB

Result<std::unordered_set<PackId>> indexed_packs(const RemoteView& view) {
  std::unordered_set<PackId> packs;
  const auto collect = [&](const std::string&, const format::TableView& table) -> Status {
    for (std::uint32_t i = 0; i < table.pack_count(); ++i) packs.insert(table.pack(i).id);
    return {};
  };
  const auto warn = [&](const std::string& key, const Error& why) -> Status {
    view.context().log.warn(view.remote().describe() + ": `" + key + "`: " + why.message());
    return {};
  };
  CAIRN_CHECK(visit_index(view, collect, warn));
  return packs;
}

// Packs that another push is putting right now may be among them: they are whole once listed, and
// being named twice does no harm.
Result<std::vector<PackId>> packs_without_index(RemoteView& view) {
  CAIRN_CHECK(view.need_packs());
  CAIRN_TRY(const auto indexed, indexed_packs(view));
  std::vector<PackId> out;
  for (const PackId& id : view.listed_packs()) {
    const bool relied_on = !view.is_condemned(id) && !view.is_bad_pack(id);
    if (relied_on && !indexed.contains(id)) out.push_back(id);
  }
  return out;
}

// Nothing where the footer is damaged.
Result<std::optional<OwnPack>> read_footer(const RemoteView& view, const PackId& id) {
  auto pack = read_pack_table(view.context(), view.remote(), id, *view.pack_size(id));
  if (pack.ok()) return std::optional<OwnPack>(*std::move(pack));
  if (pack.error().code() != Code::kCorrupt) return std::move(pack).error();
  view.context().log.warn(view.remote().describe() + ": pack " + id.short_hex() + ": " +
                          pack.error().message() + "; it stays out of the index");
  return std::optional<OwnPack>();
}

Result<std::vector<OwnPack>> read_footers(const RemoteView& view, std::span<const PackId> ids) {
  std::vector<std::optional<OwnPack>> read(ids.size());
  CAIRN_CHECK(base::parallel_for(view.context(), ids.size(), [&](std::size_t i) -> Status {
    CAIRN_TRY(read[i], read_footer(view, ids[i]));
    return {};
  }));
  std::vector<OwnPack> out;
  for (auto& pack : read) {
    if (pack) out.push_back(*std::move(pack));
  }
  return out;
}

}  // namespace

Result<std::uint64_t> repair_index(RemoteView& view, Journal& journal, IndexRepair how) {
  CAIRN_TRY(const auto unnamed, packs_without_index(view));
  IndexUpload index(view.context(), view.remote(), journal);
  std::uint64_t named = 0;
  for (std::span<const PackId> rest = unnamed; !rest.empty();) {
    const auto part = rest.first(std::min(rest.size(), kFootersAtOnce));
    rest = rest.subspan(part.size());
    CAIRN_TRY(const auto packs, read_footers(view, part));
    named += packs.size();
    if (how == IndexRepair::kCountOnly) continue;
    for (const OwnPack& pack : packs) CAIRN_CHECK(index.add(pack));
  }
  if (how == IndexRepair::kWrite) CAIRN_CHECK(index.flush());
  return named;
}

}  // namespace cairn::sync
