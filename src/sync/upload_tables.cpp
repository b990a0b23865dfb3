// Root tables, level by level, and what the versions rely on once everything has its place.
#include <algorithm>
#include <utility>

#include "crypto/sha256.hpp"
#include "store/session.hpp"
#include "sync/page_cache.hpp"
#include "sync/publish.hpp"

namespace cairn::sync {
namespace {

constexpr std::size_t kLevelAt = 6;  // of a page's header

// A page names the packs of what is below it, so a level can be built only when the one below lies
// in packs with a name. Every pass builds all trees again: pages that are placed keep their place,
// those of the pass's level are collected, and what stands above is thrown away.
class TableUpload {
 public:
  TableUpload(const PlanInputs& inputs, Plan& plan, PackUpload& upload)
      : plan_(plan), upload_(upload), cache_(inputs.view.cache()) {
    for (const auto& table : plan.older) {
      for (const PlacedChunk& page : table->pages) {
        if (inputs.view.counts(page.place)) placed_.try_emplace(page.id, page.place);
      }
    }
  }

  Result<std::vector<format::TableTop>> run() {
    for (unsigned level = 0; level <= format::kMaxLevel; ++level) {
      std::vector<format::TableTop> tops;
      for (const PlanVersion& version : plan_.versions) {
        CAIRN_TRY(tops.emplace_back(), build(version, level));
      }
      if (pending_.empty()) return tops;
      CAIRN_CHECK(upload_pending());
    }
    return Error(Code::kInternal, "a root table that is too high");
  }

 private:
  struct Pending {
    ChunkId id;
    base::Bytes page;
  };

  Result<format::TableTop> build(const PlanVersion& version, unsigned level) {
    if (version.missing) return format::TableTop();
    const auto sink = [&](const ChunkId& id, base::Bytes page) -> Result<format::Place> {
      if (const auto known = placed_.find(id); known != placed_.end()) {
        plan_.relied.insert(known->second.pack);
        return known->second;
      }
      if (page[kLevelAt] == level && collected_.insert(id).second) {
        pending_.push_back({id, std::move(page)});
      }
      return format::Place();
    };
    format::RootTableBuilder builder(sink);
    for (const std::uint32_t number : version.pages) CAIRN_CHECK(builder.add(entry_of(number)));
    return builder.finish();
  }

  [[nodiscard]] format::TableEntry entry_of(std::uint32_t number) const {
    const PlanPage& page = plan_.pages[number];
    format::TableEntry entry;
    entry.kind = page.kind;
    entry.level = page.level;
    entry.page = page.id;
    entry.place = plan_.place_of_page(page);
    entry.bases = bases_of(page);
    if (page.leaf && page.old_locator_counts) {
      entry.locator = page.old->locator;
      entry.locator_place = page.old->locator_place;
    } else if (page.locator) {
      entry.locator = page.locator;
      entry.locator_place = page.locator_place;
    }
    return entry;
  }

  [[nodiscard]] std::vector<format::TableBase> bases_of(const PlanPage& page) const {
    if (page.chunk == kNone) return page.old->bases;
    std::vector<format::TableBase> bases;
    const auto of_record = plan_.bases.find(plan_.chunks[page.chunk].record);
    if (of_record == plan_.bases.end()) return bases;
    for (const std::uint32_t base : of_record->second)
      bases.push_back({plan_.chunks[base].id, plan_.place_of_chunk(base)});
    return bases;
  }

  Status upload_pending() {
    struct Put {
      ChunkId id;
      std::uint32_t pack = 0;
      format::Place place;
    };
    std::vector<Put> puts;
    codec::Encoder encoder;
    for (Pending& pending : pending_) {
      const auto size = static_cast<std::uint32_t>(pending.page.size());
      if (cache_) cache_->keep(pending.id, pending.page);
      auto plain = std::make_shared<base::Bytes>(std::move(pending.page));
      const base::ByteView view = *plain;
      const store::EncodedRecord record = store::encode_record(
          encoder, {{pending.id, size}}, view, std::move(plain), codec::Effort::kNormal);
      const std::array<base::ByteView, 2> parts{record.header_bytes, record.payload};
      CAIRN_TRY(const auto position,
                upload_.append(format::PackKind::kMeta, record.header, parts, record.chunks));
      const auto bytes = static_cast<std::uint32_t>(record.header.record_bytes());
      puts.push_back({pending.id, position.pack, {PackId(), position.offset, bytes, 0, size}});
    }
    pending_.clear();
    CAIRN_CHECK(upload_.finish_packs());
    for (Put& put : puts) {
      put.place.pack = plan_.packs[put.pack];
      placed_[put.id] = put.place;
    }
    return {};
  }

  Plan& plan_;
  PackUpload& upload_;
  PageCache* const cache_;  // may be null
  std::unordered_map<ChunkId, format::Place> placed_;
  std::unordered_set<ChunkId> collected_;
  std::vector<Pending> pending_;
};

}  // namespace

Result<std::vector<format::TableTop>> upload_tables(const PlanInputs& inputs, Plan& plan,
                                                    PackUpload& upload) {
  return TableUpload(inputs, plan, upload).run();
}

void collect_relied(Plan& plan) {
  for (std::uint32_t i = 0; i < plan.chunks.size(); ++i) {
    if (plan.chunks[i].record == kNone) continue;
    const PlanRecord& record = plan.records[plan.chunks[i].record];
    if (record.where == PlanRecord::Where::kRemote) plan.relied.insert(plan.packs[record.pack]);
  }
  for (const PlanPage& page : plan.pages) {
    if (page.locator) plan.relied.insert(page.locator_place.pack);
  }
}

void measure_versions(Plan& plan) {
  for (PlanVersion& version : plan.versions) {
    if (version.missing) continue;
    std::vector<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> records;
    const auto add = [&](const PlanRecord& record) {
      records.emplace_back(record.pack, record.offset, record.bytes);
    };
    const auto add_chunk = [&](std::uint32_t chunk) {
      const std::uint32_t record = plan.chunks[chunk].record;
      add(plan.records[record]);
      const auto bases = plan.bases.find(record);
      if (bases == plan.bases.end()) return;
      for (const std::uint32_t base : bases->second) add(plan.records[plan.chunks[base].record]);
    };
    const auto add_place = [&](const format::Place& place) {
      records.emplace_back(plan.packs.number_of(place.pack), place.record_offset,
                           place.record_bytes);
    };
    for (const std::uint32_t number : version.pages) {
      const PlanPage& page = plan.pages[number];
      if (page.chunk != kNone) {
        add_chunk(page.chunk);
      } else {
        add_place(page.old->place);
        for (const format::TableBase& base : page.old->bases) add_place(base.place);
      }
      if (page.leaf && page.old_locator_counts) {
        for (const PlanRecord& record : plan.reused_records[number]) add(record);
      } else if (page.has_refs) {
        for (std::uint32_t i = 0; i < page.ref_count; ++i) {
          add_chunk(plan.refs[page.first_ref + i]);
        }
      }
    }
    std::sort(records.begin(), records.end());
    records.erase(std::unique(records.begin(), records.end()), records.end());
    version.stored_bytes = 0;
    for (const auto& record : records) version.stored_bytes += std::get<2>(record);
  }
}

}  // namespace cairn::sync
