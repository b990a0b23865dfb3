#include "store/segment.hpp"

#include "crypto/sha256.hpp"

namespace cairn::store {
namespace {

std::int64_t modified_ns_of(const std::string& path) {
  const auto info = base::stat_path(path);
  return info ? std::int64_t{info->st_mtim.tv_sec} * 1'000'000'000 + info->st_mtim.tv_nsec : 0;
}

}  // namespace

Result<std::shared_ptr<Segment>> Segment::map(const Layout& layout, const Digest& name) {
  return map_staged(layout.segment_path(name), name);
}

Result<std::shared_ptr<Segment>> Segment::map_staged(const std::string& path, const Digest& name) {
  std::shared_ptr<Segment> segment(new Segment());
  CAIRN_TRY(segment->file_, base::MappedFile::open(path));
  auto view = format::TableView::open(segment->file_.view());
  if (!view.ok()) return std::move(view).error().with("reading the index segment `" + path + "`");
  segment->view_ = *view;
  segment->name_ = name;
  segment->modified_ns_ = modified_ns_of(path);
  return segment;
}

Result<std::shared_ptr<Segment>> Segment::from_bytes(base::Bytes bytes) {
  std::shared_ptr<Segment> segment(new Segment());
  segment->bytes_ = std::move(bytes);
  CAIRN_TRY(segment->view_, format::TableView::open(segment->bytes_));
  return segment;
}

bool Segment::intact() const {
  int known = intact_.load(std::memory_order_relaxed);
  if (known < 0) {
    const bool named = !name_ || crypto::sha256(file_.view()) == *name_;
    known = named && view_.check().ok() ? 1 : 0;
    intact_.store(known, std::memory_order_relaxed);
  }
  return known == 1;
}

std::vector<PackRecords> packs_of(const SegmentPtr& segment) {
  const auto table = std::make_shared<const GroupedTable>(segment->view(), segment);
  std::vector<PackRecords> packs;
  for (std::uint32_t i = 0; i < segment->view().pack_count(); ++i) {
    const format::TablePack entry = segment->view().pack(i);
    const auto [first, last] = record_range(segment->view(), i);
    packs.push_back({entry.id, entry.size_bytes, entry.kind, table, first, last});
  }
  return packs;
}

}  // namespace cairn::store
