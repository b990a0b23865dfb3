#include "sync/fetch_by_root.hpp"

#include <algorithm>
#include <utility>

#include "base/cpu_pool.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace cairn::sync {
namespace {

// Bytes of pages looked at together: about 160,000 files or 450,000 chunks.
constexpr std::size_t kBatchPageBytes = std::size_t{16} << 20;
constexpr std::size_t kMaxBatchEntries = 65'536;
// Where only some files are wanted, what locators may cost that turn out to be of others.
constexpr std::size_t kMaxLocatorsAhead = std::size_t{128} << 10;
// Chunks of records whose other chunks are not known yet: neighbours of later leaves, or of older
// versions.
constexpr std::size_t kMaxHeldChunks = 500'000;

struct RecordKey {
  PackId pack;
  std::uint32_t offset = 0;
  bool operator==(const RecordKey&) const = default;
};
struct RecordKeyHash {
  std::size_t operator()(const RecordKey& key) const {
    return std::hash<PackId>()(key.pack) ^ (std::size_t{key.offset} * 0x9e37'79b9'7f4a'7c15U);
  }
};

// A leaf of the batch: its chunks and which of them are wanted.
struct BatchLeaf {
  std::size_t entry = 0;
  std::vector<format::ChunkRef> chunks;
  std::vector<bool> wanted;
  std::vector<bool> ends;  // of a file
  bool needs_locator = false;
};

class RootFetch {
 public:
  RootFetch(const RemoteView& view, Arrivals& arrivals, std::span<const RootedVersion> versions,
            const Wants& wants, FetchPlan* dry_run)
      : view_(view),
        arrivals_(arrivals),
        wants_(wants),
        dry_run_(dry_run),
        local_page_(arrivals.holdings().pages) {
    for (const RootedVersion& rooted : versions) {
      for (const format::TableEntry& entry : rooted.table->entries)
        entries_.push_back({&entry, rooted.version});
    }
  }

  Status run() {
    for (std::size_t first = 0; first < entries_.size();) {
      CAIRN_CHECK(base::check_stop(view_.context()));
      const std::size_t last = end_of_batch(first);
      CAIRN_CHECK(batch(first, last));
      first = last;
      // Together at the end: a record that is waited for may hold the base of another.
      const bool complete = first == entries_.size();
      CAIRN_CHECK(flush(complete || held_chunks_ > kMaxHeldChunks));
    }
    return {};
  }

 private:
  struct Entry {
    const format::TableEntry* at = nullptr;
    const Version* version = nullptr;
  };

  [[nodiscard]] std::size_t end_of_batch(std::size_t first) const {
    std::size_t bytes = 0;
    std::size_t last = first;
    while (last < entries_.size() && bytes < kBatchPageBytes && last - first < kMaxBatchEntries)
      bytes += entries_[last++].at->place.length;
    return last;
  }

  Status batch(std::size_t first, std::size_t last) {
    leaves_.clear();
    CAIRN_CHECK(get_pages(first, last));
    for (std::size_t i = first; i < last; ++i) CAIRN_CHECK(look_at(i));
    pages_.clear();
    CAIRN_CHECK(get_locators());
    locators_.clear();
    return {};
  }

  // Pages that are not here, into the store; the leaves among them also for this batch. Their
  // locators come in the same round of requests.
  Status get_pages(std::size_t first, std::size_t last) {
    std::vector<PlacedChunk> wanted, locators;
    for (std::size_t i = first; i < last; ++i) {
      const format::TableEntry& entry = *entries_[i].at;
      if (entry.kind == format::ClosureKind::kChunk) continue;
      if (!arrivals_.claim(entry.page)) continue;
      wanted.push_back(placed_page(entry));
      if (entry.locator && !arrivals_.locator(*entry.locator))
        locators.push_back({*entry.locator, entry.locator_place});
    }
    std::vector<WantedRecord> records = by_record(wanted);
    const std::size_t pages = records.size();
    for (WantedRecord& record : ahead(locators)) records.push_back(std::move(record));
    const auto keep = [&](VerifiedRecord& record) -> Status {
      const WantedRecord& from = records[record.index];
      auto& kept = record.index < pages ? pages_ : locators_;
      for (std::size_t i = 0; i < from.chunks.size(); ++i) {
        if (!record.good[i]) continue;
        const auto page = record.plain.subspan(from.chunks[i].offset, from.chunks[i].length);
        kept[from.chunks[i].id].assign(page.begin(), page.end());
      }
      return {};
    };
    if (!dry_run_) return arrivals_.read(records, format::PackKind::kMeta, Give::kBoth, keep);
    return read_records(view_.context(), view_.remote(), records, {}, keep);
  }

  // None where they could be too many for few files.
  std::vector<WantedRecord> ahead(std::vector<PlacedChunk>& locators) const {
    if (dry_run_) return {};
    std::vector<WantedRecord> records = by_record(locators);
    std::size_t bytes = 0;
    for (WantedRecord& record : records) {
      record.only_seen = true;
      bytes += record.bytes;
    }
    if (wants_ && bytes > kMaxLocatorsAhead) records.clear();
    return records;
  }

  static std::vector<WantedRecord> by_record(std::vector<PlacedChunk>& chunks) {
    std::sort(chunks.begin(), chunks.end(), [](const PlacedChunk& a, const PlacedChunk& b) {
      return std::tie(a.place.pack, a.place.record_offset, a.place.record_bytes, a.place.offset) <
             std::tie(b.place.pack, b.place.record_offset, b.place.record_bytes, b.place.offset);
    });
    std::vector<WantedRecord> records;
    for (const PlacedChunk& chunk : chunks) {
      const format::Place& place = chunk.place;
      if (records.empty() || records.back().pack != place.pack ||
          records.back().offset != place.record_offset ||
          records.back().bytes != place.record_bytes) {
        records.push_back({place.pack, place.record_offset, place.record_bytes, {}});
      }
      if (records.back().bases.empty()) records.back().bases = chunk.bases;
      records.back().chunks.push_back({chunk.id, place.offset, place.length, true});
    }
    return records;
  }

  struct Held {
    std::uint32_t bytes = 0;
    std::uint32_t plain_bytes = 0;
    std::uint64_t order = 0;
    bool any_wanted = false;
    std::vector<KnownChunk> chunks;
    std::vector<PlacedChunk> bases;
  };

  void begin_version(std::size_t index) {
    const Version& version = *entries_[index].version;
    if (version_ == &version) return;
    version_ = &version;
    recipes_.clear();
    recipe_wanted_ = !wants_ || wants_(version.path);
  }

  // In table order: which chunks of this entry are wanted follows from the manifest leaf before it.
  Status look_at(std::size_t index) {
    begin_version(index);
    const format::TableEntry& entry = *entries_[index].at;
    if (entry.kind == format::ClosureKind::kChunk) {
      if (!recipe_wanted_) return {};
      hold({entry.page, entry.place.length}, entry.place, 0, true);
      if (arrivals_.claim(entry.page)) expect({entry.page, entry.place.length}, true);
      return {};
    }
    if (entry.kind == format::ClosureKind::kRecipe) {
      const auto recipe = recipes_.find(entry.page);
      if (recipe != recipes_.end()) recipe_wanted_ = recipe->second;
    }
    if (entry.level != 0) return {};
    const auto page = page_of(entry.page);
    if (!page.ok()) {
      const Code code = page.error().code();
      return code == Code::kMissing || code == Code::kCorrupt ? Status() : page.error();
    }
    BatchLeaf leaf;
    leaf.entry = index;
    CAIRN_CHECK(entry.kind == format::ClosureKind::kManifest ? read_manifest(*page, leaf)
                                                             : read_recipe(*page, leaf));
    if (entry.kind == format::ClosureKind::kRecipe && ends_recipe(index) && !leaf.chunks.empty())
      leaf.ends.back() = true;
    claim_chunks(leaf);
    if (leaf.needs_locator && !dry_run_) leaves_.push_back(std::move(leaf));
    return {};
  }

  void claim_chunks(BatchLeaf& leaf) {
    for (std::size_t i = 0; i < leaf.chunks.size(); ++i) {
      if (!leaf.wanted[i]) continue;
      leaf.needs_locator |= arrivals_.wants_places();
      leaf.wanted[i] = arrivals_.claim(leaf.chunks[i].id);
      if (!leaf.wanted[i]) continue;
      leaf.needs_locator = true;
      expect(leaf.chunks[i], leaf.ends[i]);
    }
  }

  void expect(const format::ChunkRef& chunk, bool ends_file) {
    if (dry_run_) {
      ++dry_run_->chunks;
      dry_run_->plain_bytes += chunk.length;
    } else if (ends_file) {
      arrivals_.expect_file(chunk.id);
    }
  }

  // The pages of a recipe stand together, its top first.
  [[nodiscard]] bool ends_recipe(std::size_t index) const {
    if (index + 1 == entries_.size() || entries_[index + 1].version != version_) return true;
    const format::TableEntry& next = *entries_[index + 1].at;
    return next.kind != format::ClosureKind::kRecipe || recipes_.contains(next.page);
  }

  // A copy: a recipe that files of several leaves share stands in the table once for each.
  Result<base::Bytes> page_of(const ChunkId& id) {
    if (const auto fetched = pages_.find(id); fetched != pages_.end()) return fetched->second;
    return local_page_(id);
  }

  Status read_manifest(base::ByteView page, BatchLeaf& leaf) {
    CAIRN_TRY(const auto decoded, format::decode_manifest_page(page));
    recipes_.clear();
    for (const format::ManifestEntry& entry : decoded.entries) {
      const bool wanted = !wants_ || wants_(base::join(version_->path, entry.path));
      if (entry.has_recipe) recipes_[entry.recipe] |= wanted;
      append_chunks(entry, leaf.chunks);
      const bool some = leaf.chunks.size() > leaf.wanted.size();
      leaf.wanted.resize(leaf.chunks.size(), wanted);
      leaf.ends.resize(leaf.chunks.size());
      if (some) leaf.ends.back() = true;
    }
    return {};
  }

  Status read_recipe(base::ByteView page, BatchLeaf& leaf) {
    CAIRN_TRY(auto decoded, format::decode_recipe_page(page));
    leaf.chunks = std::move(decoded.entries);
    leaf.wanted.assign(leaf.chunks.size(), recipe_wanted_);
    leaf.ends.resize(leaf.chunks.size());
    return {};
  }

  Status get_locators() {
    std::vector<PlacedChunk> locators;
    std::vector<std::size_t> leaf_of;
    for (std::size_t i = 0; i < leaves_.size(); ++i) {
      const format::TableEntry& entry = *entries_[leaves_[i].entry].at;
      if (!entry.locator) continue;  // the index serves
      if (const base::Bytes* kept = arrivals_.locator(*entry.locator)) {
        CAIRN_CHECK(use_locator(leaves_[i], *kept));
        continue;
      }
      if (const auto ahead = locators_.find(*entry.locator); ahead != locators_.end()) {
        arrivals_.keep_locator(ahead->first, ahead->second);
        CAIRN_CHECK(use_locator(leaves_[i], ahead->second));
        continue;
      }
      locators.push_back({*entry.locator, entry.locator_place});
      leaf_of.push_back(i);
    }
    const auto visit = [&](std::size_t index, base::ByteView bytes) -> Status {
      arrivals_.keep_locator(locators[index].id, bytes);
      return use_locator(leaves_[leaf_of[index]], bytes);
    };
    const auto ignore = [](std::size_t, const Error&) -> Status { return {}; };
    return read_placed(view_.context(), view_.remote(), locators, visit, ignore);
  }

  Status use_locator(const BatchLeaf& leaf, base::ByteView bytes) {
    const auto locator = format::decode_locator(bytes);
    if (locator.ok()) hold_leaf(leaf, *locator);
    if (!locator.ok() && locator.error().code() == Code::kTooNew)
      return Error(locator.error())
          .with("`" + base::printable(entries_[leaf.entry].version->path) + "`");
    return {};
  }

  void hold_leaf(const BatchLeaf& leaf, const format::Locator& locator) {
    if (locator.refs.size() != leaf.chunks.size()) return;  // not the locator of this leaf
    for (std::size_t i = 0; i < leaf.chunks.size(); ++i) {
      const format::LocatorRef& ref = locator.refs[i];
      if (ref.length != leaf.chunks[i].length) continue;
      const format::LocatorRecord& record = locator.records[ref.record];
      const format::Place place{record.pack, record.offset, record.record_bytes, ref.offset,
                                ref.length};
      arrivals_.note_place(leaf.chunks[i].id, record);
      Held& held = hold(leaf.chunks[i], place, record.plain_bytes, leaf.wanted[i]);
      if (held.bases.empty()) held.bases = bases_of(locator, record);
    }
  }

  static std::vector<PlacedChunk> bases_of(const format::Locator& locator,
                                           const format::LocatorRecord& record) {
    std::vector<PlacedChunk> bases;
    for (const std::uint32_t index : record.bases) {
      const format::LocatorBase& base = locator.bases[index];
      const format::LocatorRecord& at = locator.records[base.ref.record];
      bases.push_back(
          {base.id, {at.pack, at.offset, at.record_bytes, base.ref.offset, base.ref.length}});
    }
    return bases;
  }

  // A chunk joins its record; the record waits until all of its chunks are known, so that it can be
  // copied whole.
  Held& hold(const format::ChunkRef& chunk, const format::Place& place, std::uint32_t plain_bytes,
             bool wanted) {
    Held& held = held_[{place.pack, place.record_offset}];
    if (held.chunks.empty()) {
      held.bytes = place.record_bytes;
      held.plain_bytes = plain_bytes;
      held.order = next_order_++;
    }
    held.any_wanted |= wanted;
    held.chunks.push_back({chunk.id, place.offset, chunk.length, wanted});
    ++held_chunks_;
    return held;
  }

  // By place; a chunk that several files share stands once, wanted if one of them is. True when
  // they fill the record.
  static bool tidy(Held& held) {
    std::vector<KnownChunk>& chunks = held.chunks;
    std::stable_sort(chunks.begin(), chunks.end(),
                     [](const KnownChunk& a, const KnownChunk& b) { return a.offset < b.offset; });
    std::size_t kept = 0;
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      if (kept > 0 && chunks[kept - 1].offset == chunks[i].offset &&
          chunks[kept - 1].id == chunks[i].id) {
        chunks[kept - 1].wanted |= chunks[i].wanted;
        continue;
      }
      bytes += chunks[i].length;
      chunks[kept++] = chunks[i];
    }
    chunks.resize(kept);
    return bytes == held.plain_bytes;
  }

  Status flush(bool everything) {
    std::vector<std::pair<std::uint64_t, WantedRecord>> ready;
    for (auto at = held_.begin(); at != held_.end();) {
      const bool complete = tidy(at->second);
      if (!complete && !everything) {
        ++at;
        continue;
      }
      Held& held = at->second;
      if (held.any_wanted) {
        ready.emplace_back(held.order, WantedRecord{at->first.pack, at->first.offset, held.bytes,
                                                    std::move(held.chunks), std::move(held.bases)});
      }
      at = held_.erase(at);
    }
    held_chunks_ = 0;
    for (const auto& [key, held] : held_) held_chunks_ += held.chunks.size();
    std::vector<WantedRecord> records;
    records.reserve(ready.size());
    std::sort(ready.begin(), ready.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& item : ready) records.push_back(std::move(item.second));
    if (dry_run_) return {};
    return arrivals_.read(records, format::PackKind::kData, Give::kRecords, {});
  }

  const RemoteView& view_;
  Arrivals& arrivals_;
  const Wants& wants_;
  FetchPlan* dry_run_;
  format::PageFetch local_page_;
  std::vector<Entry> entries_;                                 // of all versions
  const Version* version_ = nullptr;                           // of the entry at hand
  std::unordered_map<ChunkId, base::Bytes> pages_, locators_;  // fetched for this batch
  std::unordered_map<ChunkId, bool>
      recipes_;                // of the last manifest leaf: is one of its files wanted
  bool recipe_wanted_ = true;  // of a file on its own, else of the recipe at hand
  std::vector<BatchLeaf> leaves_;
  std::unordered_map<RecordKey, Held, RecordKeyHash> held_;
  std::size_t held_chunks_ = 0;
  std::uint64_t next_order_ = 0;
};

}  // namespace

Status fetch_by_root(const RemoteView& view, Arrivals& arrivals,
                     std::span<const RootedVersion> versions, const Wants& wants,
                     FetchPlan* dry_run) {
  return RootFetch(view, arrivals, versions, wants, dry_run).run();
}

}  // namespace cairn::sync
