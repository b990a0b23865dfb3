#include "store/index_tiers.hpp"

#include <algorithm>
#include <array>

#include "base/cpu_pool.hpp"
#include "store/publish.hpp"
#include "store/segment_builder.hpp"

namespace cairn::store {
namespace {

constexpr std::size_t kTierSegments = 8;
// Chunks below which a segment belongs to a tier. From half the largest size on, a segment is never
// merged again.
constexpr std::array<std::uint32_t, 3> kTierChunks = {4096, 32768, format::kMaxTableChunks / 2};

std::size_t tier_of(const SegmentPtr& segment) {
  const std::uint32_t chunks =
      std::max(segment->view().chunk_count(), segment->view().record_count());
  return static_cast<std::size_t>(std::upper_bound(kTierChunks.begin(), kTierChunks.end(), chunks) -
                                  kTierChunks.begin());
}

// The packs of `old` whose files are there. A look at the disk, not at the catalogue, which may be
// older.
std::vector<PackRecords> packs_still_there(const Catalogue& catalogue,
                                           std::span<const SegmentPtr> old) {
  std::vector<PackRecords> packs = distinct_packs(old);
  const auto gone = [&](const PackRecords& pack) {
    return !base::lstat_path(catalogue.layout().pack_path(pack.id));
  };
  packs.erase(std::remove_if(packs.begin(), packs.end(), gone), packs.end());
  return packs;
}

void remove_replaced(const Catalogue& catalogue, std::span<const SegmentPtr> old,
                     std::span<const SegmentPtr> kept) {
  for (const SegmentPtr& segment : old) {
    const auto same_name = [&](const SegmentPtr& other) {
      return other->name() == segment->name();
    };
    if (!segment->name() || std::any_of(kept.begin(), kept.end(), same_name)) continue;
    (void)base::remove_file(
        catalogue.layout().segment_path(*segment->name()));  // what stays is only redundant
  }
}

}  // namespace

Status replace_segments_by_union(Catalogue& catalogue, TempSpace& temp,
                                 std::span<const SegmentPtr> old) {
  const auto packs = packs_still_there(catalogue, old);
  SegmentPublisher publisher(catalogue.layout(), temp);
  SegmentBuilder builder(
      [&publisher](base::Bytes table) { return publisher.stage(std::move(table)); });
  for (const PackRecords& pack : packs) CAIRN_CHECK(builder.add(pack));
  CAIRN_CHECK(builder.finish());
  CAIRN_TRY(auto joined, publisher.publish());
  const std::vector<SegmentPtr> kept(joined.begin(), joined.end());
  CAIRN_CHECK(check_union(packs, kept));
  catalogue.publish(joined, old);
  remove_replaced(catalogue, old, kept);
  return {};
}

Status merge_index_tiers(const Context& context, Catalogue& catalogue, TempSpace& temp) {
  const std::lock_guard merging(catalogue.merge_mutex());
  for (std::size_t tier = 0; tier < kTierChunks.size(); ++tier) {
    CAIRN_CHECK(base::check_stop(context));
    std::vector<SegmentPtr> members;
    for (const SegmentPtr& segment : catalogue.segments()) {
      if (tier_of(segment) == tier && segment->intact()) members.push_back(segment);
    }
    if (members.size() > kTierSegments)
      CAIRN_CHECK(replace_segments_by_union(catalogue, temp, members));
  }
  return {};
}

}  // namespace cairn::store
