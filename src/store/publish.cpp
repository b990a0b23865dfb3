#include "store/publish.hpp"

#include <set>

#include "crypto/sha256.hpp"
#include "store/segment_builder.hpp"
#include "store/sharing.hpp"

namespace cairn::store {
namespace {

Status name_pack(const Layout& layout, const SealedPack& pack) {
  Status renamed = base::rename_new(pack.temp_path, layout.pack_path(pack.id));
  // The name covers header, salt and footer with every record's CRC: what stands there is this pack
  // already.
  if (!renamed.ok() && renamed.error().code() == Code::kExists)
    return base::remove_file(pack.temp_path);
  return renamed;
}

Status name_packs(const Layout& layout, std::span<SealedPack> packs) {
  std::set<std::string> touched;
  for (SealedPack& pack : packs) CAIRN_CHECK(pack.sync());
  for (const SealedPack& pack : packs) {
    const std::string folder = layout.pack_folder(pack.id);
    if (touched.insert(folder).second) CAIRN_CHECK(make_store_folder(folder));
    CAIRN_CHECK(name_pack(layout, pack));
  }
  for (const std::string& folder : touched) CAIRN_CHECK(base::sync_directory(folder));
  // Also when the folder was there: the writer that made it may have crashed before it synced this.
  return base::sync_directory(layout.at(kPacksFolder));
}

// Stores have it from their creation, unless somebody removed it to have the index rebuilt.
Status make_index_folder(const Layout& layout) {
  const std::string folder = layout.at(kIndexFolder);
  if (base::stat_path(folder)) return {};
  CAIRN_CHECK(make_store_folder(folder));
  return base::sync_directory(layout.directory());
}

}  // namespace

Result<std::vector<std::shared_ptr<Segment>>> publish_packs(const Layout& layout, TempSpace& temp,
                                                            std::span<SealedPack> packs) {
  CAIRN_CHECK(name_packs(layout, packs));
  SegmentPublisher publisher(layout, temp);
  SegmentBuilder builder(
      [&publisher](base::Bytes table) { return publisher.stage(std::move(table)); });
  for (const SealedPack& pack : packs) {
    CAIRN_TRY(const auto records, sealed_records(pack, layout.pack_path(pack.id)));
    CAIRN_CHECK(builder.add(records));
  }
  CAIRN_CHECK(builder.finish());
  return publisher.publish();
}

Status SegmentPublisher::stage(base::Bytes table) {
  std::string path = temp_.new_path();
  CAIRN_TRY(auto file, base::create_new(path, 0444));
  CAIRN_CHECK(settle_file(path));
  CAIRN_CHECK(base::pwrite_all(file, table, 0, path));
  CAIRN_CHECK(base::sync_file(file, path));
  CAIRN_CHECK(base::close_file(std::move(file), path));
  staged_.emplace_back(std::move(path), crypto::sha256(table));
  return {};
}

Result<std::vector<std::shared_ptr<Segment>>> SegmentPublisher::publish() {
  std::vector<std::shared_ptr<Segment>> segments;
  // Before they have their names: from then on another process may merge them away.
  for (const auto& [path, name] : staged_) {
    CAIRN_TRY(auto segment, Segment::map_staged(path, name));
    segments.push_back(std::move(segment));
  }
  CAIRN_CHECK(make_index_folder(layout_));
  for (const auto& [path, name] : staged_)
    CAIRN_CHECK(base::rename_replace(path, layout_.segment_path(name)));
  if (!staged_.empty()) CAIRN_CHECK(base::sync_directory(layout_.at(kIndexFolder)));
  staged_.clear();
  return segments;
}

}  // namespace cairn::store
