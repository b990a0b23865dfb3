// Comparing a plan with older roots on the remote: what of them can be relied on, and which wanted
// chunks they have.
#include <algorithm>
#include <utility>

#include "sync/plain_copies.hpp"
#include "sync/planning.hpp"

namespace cairn::sync {
namespace {

constexpr std::size_t kBatchEntries = 4096;  // leaves whose pages are in memory at once

PlanRecord remote_record(Plan& plan, const format::LocatorRecord& record) {
  PlanRecord out;
  out.where = PlanRecord::Where::kRemote;
  out.codec = record.codec;
  out.pack = plan.packs.number_of(record.pack);
  out.offset = record.offset;
  out.bytes = record.record_bytes;
  out.plain_bytes = record.plain_bytes;
  return out;
}

// One older root against the plan.
class Comparison {
 public:
  Comparison(const PlanInputs& inputs, Plan& plan, const RemoteTable& table)
      : inputs_(inputs), plan_(plan), table_(table), fetch_(plan_page_fetch(inputs, plan)) {}

  Status run() {
    for (const format::TableEntry& entry : table_.entries) {
      judge_page(entry);
      offer_bases(entry);
    }
    scanning_ = any_unresolved();
    for (std::size_t first = 0; first < table_.entries.size(); first += kBatchEntries) {
      CAIRN_CHECK(batch(first, std::min(table_.entries.size(), first + kBatchEntries)));
    }
    return {};
  }

 private:
  Status batch(std::size_t first, std::size_t last) {
    if (scanning_) CAIRN_CHECK(fetch_pages(first, last));
    const auto wanted = [&](std::size_t i) {
      return i >= first && i < last && (scanning_ || reused_page(i) != kNone);
    };
    const auto visit = [&](std::size_t i, const format::Locator& locator) -> Status {
      return compare_leaf(i, locator);
    };
    const auto on_fault = [](std::size_t, const Error&) -> Status { return {}; };
    Status status = read_locators(inputs_.view, table_, wanted, visit, on_fault);
    pages_.clear();
    return status;
  }

  // Leaves of older versions that were never here (a fresh clone), in few requests.
  Status fetch_pages(std::size_t first, std::size_t last) {
    std::vector<PlacedChunk> absent;
    for (std::size_t i = first; i < last; ++i) {
      const format::TableEntry& entry = table_.entries[i];
      if (!is_leaf(entry) || !entry.locator || inputs_.store.has(entry.page)) continue;
      absent.push_back(placed_page(entry));
    }
    const auto keep = [&](std::size_t i, base::ByteView page) -> Status {
      pages_[absent[i].id].assign(page.begin(), page.end());
      return {};
    };
    const auto ignore = [](std::size_t, const Error&) -> Status { return {}; };
    return read_placed(inputs_.context, inputs_.view.remote(), absent, keep, ignore);
  }

  // Number of the plan's page that would use this entry's locator.
  [[nodiscard]] std::uint32_t reused_page(std::size_t entry) const {
    const auto known = plan_.page_numbers.find(table_.entries[entry].page);
    if (known == plan_.page_numbers.end()) return kNone;
    return plan_.pages[known->second].old == &table_.entries[entry] ? known->second : kNone;
  }

  void judge_page(const format::TableEntry& entry) {
    const auto known = plan_.page_numbers.find(entry.page);
    if (known == plan_.page_numbers.end()) return;
    PlanPage& page = plan_.pages[known->second];
    if (page.old != &entry) return;
    const auto counts = [&](const format::TableBase& base) {
      return inputs_.view.counts(base.place);
    };
    page.old_place_counts =
        inputs_.view.counts(entry.place) && std::ranges::all_of(entry.bases, counts);
  }

  // Pages that have no bases themselves, for pages that are to be sent as patches.
  void offer_bases(const format::TableEntry& entry) {
    if (entry.bases.empty()) offer_base({entry.page, entry.place});
    for (const format::TableBase& base : entry.bases) offer_base(base);
  }

  void offer_base(const format::TableBase& page) {
    const std::uint32_t chunk = plan_.chunks.find(page.page);
    if (chunk == kNone || plan_.chunks[chunk].record != kNone) return;
    if (!plan_.base_only.contains(chunk) || !inputs_.view.counts(page.place)) return;
    RemoteCopy copy;
    copy.record.kind = format::PackKind::kMeta;
    copy.record.pack = plan_.packs.number_of(page.place.pack);
    copy.record.offset = page.place.record_offset;
    copy.record.bytes = page.place.record_bytes;
    copy.record.plain_bytes = page.place.offset + page.place.length;  // at least
    copy.offset = page.place.offset;
    copy.length = page.place.length;
    take_remote_copy(plan_, chunk, copy);
  }

  [[nodiscard]] bool any_unresolved() const {
    for (std::uint32_t i = 0; i < plan_.chunks.size(); ++i) {
      if (plan_.chunks[i].record == kNone) return true;
    }
    return false;
  }

  Status compare_leaf(std::size_t entry, const format::Locator& locator) {
    const std::uint32_t number = reused_page(entry);
    if (number != kNone && locator_counts(entry, locator, plan_.pages[number].ref_count)) {
      reuse(number, locator);
    } else if (number != kNone) {
      CAIRN_TRY(const auto chunks, chunks_of(entry));
      if (!plan_.pages[number].has_refs) add_leaf_refs(plan_, number, chunks);
    }
    if (scanning_ || number != kNone) CAIRN_CHECK(scan(entry, locator));
    return {};
  }

  [[nodiscard]] bool locator_counts(std::size_t entry, const format::Locator& locator,
                                    std::uint32_t refs) const {
    if (locator.refs.size() != refs || !inputs_.view.counts(table_.entries[entry].locator_place)) {
      return false;
    }
    for (std::size_t i = 0; i < locator.records.size(); ++i) {
      if (!record_counts(inputs_.view, locator, i, Judge::kCounts)) return false;
    }
    return true;
  }

  void reuse(std::uint32_t number, const format::Locator& locator) {
    PlanPage& page = plan_.pages[number];
    page.old_locator_counts = true;
    plan_.relied.insert(page.old->locator_place.pack);
    std::vector<PlanRecord>& records = plan_.reused_records[number];
    for (const format::LocatorRecord& record : locator.records) {
      plan_.relied.insert(record.pack);
      records.push_back(remote_record(plan_, record));
    }
  }

  Result<std::vector<format::ChunkRef>> chunks_of(std::size_t entry) {
    const format::TableEntry& leaf = table_.entries[entry];
    if (const auto fetched = pages_.find(leaf.page); fetched != pages_.end()) {
      return leaf_chunks(leaf.kind, fetched->second);
    }
    CAIRN_TRY(const auto page, fetch_(leaf.page));
    return leaf_chunks(leaf.kind, page);
  }

  // Which of the leaf's chunks are looked for.
  Status scan(std::size_t entry, const format::Locator& locator) {
    const auto chunks = chunks_of(entry);
    if (!chunks.ok()) {
      const Code code = chunks.error().code();
      return code == Code::kMissing || code == Code::kCorrupt ? Status() : chunks.error();
    }
    if (chunks->size() != locator.refs.size()) return {};
    for (std::size_t i = 0; i < chunks->size(); ++i) {
      const std::uint32_t chunk = plan_.chunks.find((*chunks)[i].id);
      if (chunk == kNone || plan_.chunks[chunk].record != kNone) continue;
      offer(chunk, locator, locator.refs[i]);
    }
    return {};
  }

  void offer(std::uint32_t chunk, const format::Locator& locator, const format::LocatorRef& ref) {
    if (!record_counts(inputs_.view, locator, ref.record, Judge::kCounts)) {
      offer_rescue(chunk, locator.records[ref.record], ref);
      return;
    }
    const std::uint8_t codec = locator.records[ref.record].codec;
    if (!format::stands_alone(codec) && plan_.base_only.contains(chunk)) return;
    RemoteCopy copy;
    copy.record = remote_record(plan_, locator.records[ref.record]);
    copy.offset = ref.offset;
    copy.length = ref.length;
    for (const std::uint32_t index : locator.records[ref.record].bases) {
      const format::LocatorBase& base = locator.bases[index];
      copy.bases.push_back({base.id, remote_record(plan_, locator.records[base.ref.record]),
                            base.ref.offset, base.ref.length});
    }
    take_remote_copy(plan_, chunk, copy);
  }

  // Kept aside for a chunk that is nowhere else: its pack is condemned, but still there.
  void offer_rescue(std::uint32_t chunk, const format::LocatorRecord& record,
                    const format::LocatorRef& ref) {
    const RemoteView& view = inputs_.view;
    if (plan_.base_only.contains(chunk)) return;
    if (!view.is_present(record.pack, std::uint64_t{record.offset} + record.record_bytes) ||
        view.is_bad_record(record.pack, record.offset) || !format::stands_alone(record.codec)) {
      return;
    }
    plan_.rescues.try_emplace(chunk,
                              PlanRescue{remote_record(plan_, record), ref.offset, ref.length});
  }

  const PlanInputs& inputs_;
  Plan& plan_;
  const RemoteTable& table_;
  format::PageFetch fetch_;
  std::unordered_map<ChunkId, base::Bytes> pages_;  // of the batch, that are not in the store
  bool scanning_ = true;                            // something is looked for
};

// Pages whose old place, and leaves whose old locator, cannot serve after all.
Status replace_what_does_not_count(const PlanInputs& inputs, Plan& plan) {
  const format::PageFetch fetch = plan_page_fetch(inputs, plan);
  for (std::uint32_t i = 0; i < plan.pages.size(); ++i) {
    PlanPage& page = plan.pages[i];
    if (page.old == nullptr) continue;
    if (page.old_place_counts) {
      plan.relied.insert(page.old->place.pack);
      for (const format::TableBase& base : page.old->bases) plan.relied.insert(base.place.pack);
    } else if (page.chunk == kNone) {
      page.chunk = plan.chunks.add(page.id, page.bytes);
    }
    if (!page.leaf || page.old_locator_counts || page.has_refs) continue;
    CAIRN_TRY(const auto bytes, fetch(page.id));
    CAIRN_TRY(const auto chunks, leaf_chunks(page.kind, bytes));
    add_leaf_refs(plan, i, chunks);
  }
  return {};
}

}  // namespace

// Both records have the same bytes of a chunk: the one that is known first is taken.
bool take_remote_copy(Plan& plan, std::uint32_t chunk, const RemoteCopy& copy) {
  if (plan.chunks[chunk].length != copy.length) return false;
  for (const RemoteCopy::Base& base : copy.bases) {
    const std::uint32_t known = plan.chunks.find(base.id);
    if (known == kNone || plan.chunks[known].record == kNone) continue;
    if (!format::stands_alone(plan.records[plan.chunks[known].record].codec)) return false;
  }
  const std::uint32_t record = plan.add_record(copy.record);
  plan.chunks[chunk].record = record;
  plan.chunks[chunk].offset = copy.offset;
  if (copy.bases.empty() || plan.bases.count(record) != 0) return true;
  std::vector<std::uint32_t> bases;
  for (const RemoteCopy::Base& base : copy.bases) {
    const std::uint32_t number = plan.chunks.add(base.id, base.length);
    PlannedChunk& plain = plan.chunks[number];
    if (plain.record == kNone) {
      plain.record = plan.add_record(base.record);
      plain.offset = base.offset;
    }
    bases.push_back(number);
  }
  plan.bases[record] = std::move(bases);
  return true;
}

Status compare_with_older(const PlanInputs& inputs, Plan& plan) {
  if (!plan.older.empty()) CAIRN_CHECK(inputs.view.need_packs());
  for (const auto& table : plan.older) CAIRN_CHECK(Comparison(inputs, plan, *table).run());
  return replace_what_does_not_count(inputs, plan);
}

}  // namespace cairn::sync
