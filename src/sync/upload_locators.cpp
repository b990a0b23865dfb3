// Locators: what one leaf needs, and where it is now. Several share a record, because they compress
// well together.
#include <algorithm>
#include <utility>

#include "base/cpu_pool.hpp"
#include "crypto/sha256.hpp"
#include "store/session.hpp"
#include "sync/page_cache.hpp"
#include "sync/publish.hpp"

namespace cairn::sync {
namespace {

constexpr std::size_t kGroupBytes = std::size_t{128} << 10;

using LeafGroup = std::vector<std::uint32_t>;  // numbers of pages
struct LocatorGroup {
  std::optional<store::EncodedRecord> record;
  std::shared_ptr<const base::Bytes> plain;  // of the record
  std::vector<std::uint32_t> pages;          // in the order of the record's chunks
};

// Builds the locator of one leaf.
class LocatorBuilder {
 public:
  LocatorBuilder(const Plan& plan, const PlanPage& page) : plan_(plan), page_(page) {}

  format::Locator build() {
    for (std::uint32_t i = 0; i < page_.ref_count; ++i) {
      locator_.refs.push_back(ref_of(plan_.refs[page_.first_ref + i]));
    }
    add_bases();
    return std::move(locator_);
  }

 private:
  format::LocatorRef ref_of(std::uint32_t chunk) {
    const PlannedChunk& planned = plan_.chunks[chunk];
    return {number_of(planned.record), planned.offset, planned.length};
  }

  std::uint32_t number_of(std::uint32_t record) {
    if (record == last_record_) return last_number_;
    const auto [at, added] =
        numbers_.try_emplace(record, static_cast<std::uint32_t>(records_.size()));
    if (added) {
      const PlanRecord& planned = plan_.records[record];
      records_.push_back(record);
      locator_.records.push_back({plan_.packs[planned.pack],
                                  planned.offset,
                                  planned.bytes,
                                  planned.plain_bytes,
                                  planned.codec,
                                  {}});
    }
    last_record_ = record;
    last_number_ = at->second;
    return last_number_;
  }

  // The list of records grows by those of bases, which are plain and need none themselves.
  void add_bases() {
    for (std::size_t i = 0; i < records_.size(); ++i) {
      const auto bases = plan_.bases.find(records_[i]);
      if (bases == plan_.bases.end()) continue;
      for (const std::uint32_t chunk : bases->second) {
        const format::LocatorRef ref = ref_of(chunk);
        locator_.records[i].bases.push_back(static_cast<std::uint32_t>(locator_.bases.size()));
        locator_.bases.push_back({plan_.chunks[chunk].id, ref});
      }
    }
  }

  const Plan& plan_;
  const PlanPage& page_;
  format::Locator locator_;
  std::vector<std::uint32_t> records_;
  std::unordered_map<std::uint32_t, std::uint32_t> numbers_;
  std::uint32_t last_record_ = kNone;
  std::uint32_t last_number_ = 0;
};

Result<LocatorGroup> encode_group(const Plan& plan, const LeafGroup& leaves) {
  LocatorGroup group;
  auto plain = std::make_shared<base::Bytes>();
  std::vector<format::ChunkRef> refs;
  for (const std::uint32_t number : leaves) {
    const base::Bytes locator =
        format::encode_locator(LocatorBuilder(plan, plan.pages[number]).build());
    if (locator.size() > format::kMaxChunkBytes) continue;  // the index serves
    if (plain->size() + locator.size() > format::kMaxRecordPlainBytes) {
      return Error(Code::kInternal, "a group of locators is larger than a record");
    }
    refs.push_back(
        {crypto::sha256(locator).as<ChunkId>(), static_cast<std::uint32_t>(locator.size())});
    group.pages.push_back(number);
    plain->insert(plain->end(), locator.begin(), locator.end());
  }
  if (refs.empty()) return group;
  codec::Encoder encoder;
  const base::ByteView view = *plain;
  group.plain = plain;
  group.record = store::encode_record(encoder, std::move(refs), view, std::move(plain),
                                      codec::Effort::kNormal);
  return group;
}

// No locator of this leaf is larger: each chunk and each base in a record and a pack of its own.
std::size_t largest_locator(const Plan& plan, const PlanPage& page) {
  constexpr std::size_t kRecordAndPack = 24 + 32;
  std::size_t bytes = 24 + std::size_t{page.ref_count} * (12 + kRecordAndPack);
  if (plan.bases.empty()) return bytes;
  for (std::uint32_t i = 0; i < page.ref_count; ++i) {
    const auto bases = plan.bases.find(plan.chunks[plan.refs[page.first_ref + i]].record);
    if (bases != plan.bases.end()) bytes += bases->second.size() * (44 + kRecordAndPack);
  }
  return bytes;
}

bool needs_locator(const PlanPage& page) {
  return page.live && page.leaf && !page.old_locator_counts;
}

// Data packs are sealed by now. A file with the bytes of a page may stand in a meta pack that is
// still open.
bool all_named(const Plan& plan) {
  for (const PlanPage& page : plan.pages) {
    if (!needs_locator(page)) continue;
    for (std::uint32_t i = 0; i < page.ref_count; ++i) {
      const PlannedChunk& chunk = plan.chunks[plan.refs[page.first_ref + i]];
      if (plan.packs[plan.records[chunk.record].pack].is_zero()) return false;
    }
  }
  return true;
}

}  // namespace

Status upload_locators(const PlanInputs& inputs, Plan& plan, PackUpload& upload) {
  CAIRN_CHECK(upload.seal_data());
  if (!all_named(plan)) CAIRN_CHECK(upload.finish_packs());
  std::uint32_t next_page = 0;
  const auto next = [&]() -> Result<std::optional<LeafGroup>> {
    LeafGroup group;
    std::size_t bytes = 0;
    for (; next_page < plan.pages.size(); ++next_page) {
      const PlanPage& page = plan.pages[next_page];
      if (!needs_locator(page)) continue;
      const std::size_t size = largest_locator(plan, page);
      if (!group.empty() && bytes + size > kGroupBytes) break;
      bytes += size;
      group.push_back(next_page);
    }
    return group.empty() ? std::optional<LeafGroup>() : std::optional<LeafGroup>(std::move(group));
  };
  const auto work = [&](LeafGroup& group) { return encode_group(plan, group); };
  struct Placed {  // settled when the pack has its name
    std::uint32_t page = 0;
    std::uint32_t pack = 0;
    ChunkId locator;
    format::Place place;
  };
  std::vector<Placed> placed;
  PageCache* const cache = inputs.view.cache();
  const auto commit = [&](LocatorGroup& group) -> Status {
    if (!group.record) return {};
    const store::EncodedRecord& record = *group.record;
    const std::array<base::ByteView, 2> parts{record.header_bytes, record.payload};
    CAIRN_TRY(const auto position,
              upload.append(format::PackKind::kMeta, record.header, parts, record.chunks));
    std::uint32_t at = 0;
    const auto bytes = static_cast<std::uint32_t>(record.header.record_bytes());
    for (std::size_t i = 0; i < group.pages.size(); ++i) {
      const format::ChunkRef& locator = record.chunks[i];
      if (cache) cache->keep(locator.id, base::ByteView(*group.plain).subspan(at, locator.length));
      placed.push_back({group.pages[i],
                        position.pack,
                        locator.id,
                        {PackId(), position.offset, bytes, at, locator.length}});
      at += locator.length;
    }
    return {};
  };
  const std::size_t window = 2 * std::size_t{inputs.context.cpu.threads()} + 2;
  CAIRN_CHECK(
      base::run_ordered<LeafGroup, LocatorGroup>(inputs.context, window, next, work, commit));
  CAIRN_CHECK(upload.finish_packs());
  for (const Placed& at : placed) {
    PlanPage& page = plan.pages[at.page];
    page.locator = at.locator;
    page.locator_place = at.place;
    page.locator_place.pack = plan.packs[at.pack];
  }
  return {};
}

}  // namespace cairn::sync
