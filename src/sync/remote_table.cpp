#include "sync/remote_table.hpp"

#include <utility>

#include "format/root_table_page.hpp"
#include "sync/index_lookup.hpp"

namespace cairn::sync {
namespace {

// Bytes of locators asked for in one go: they are decoded and dropped before the next ones.
constexpr std::size_t kLocatorBatchBytes = std::size_t{32} << 20;

// Pages of a root table, verified. What an inner page names is fetched together, not one by one.
class TablePages {
 public:
  explicit TablePages(const RemoteView& view) : view_(view) {}

  Result<base::Bytes> fetch(const ChunkId& id, const format::Place& place) {
    if (const auto ready = ready_.find(id); ready != ready_.end()) {
      base::Bytes page = std::move(ready->second);
      ready_.erase(ready);
      return page;
    }
    CAIRN_CHECK(load({{id, place}}));
    base::Bytes page = std::move(ready_.at(id));
    ready_.erase(id);
    const std::vector<PlacedChunk> children = children_of(page);
    if (!children.empty()) CAIRN_CHECK(load(children));
    return page;
  }

 private:
  // Only to read ahead: the walk that follows checks the page itself.
  static std::vector<PlacedChunk> children_of(const base::Bytes& page) {
    std::vector<PlacedChunk> children;
    const auto decoded = format::decode_root_table_page(page);
    if (!decoded.ok()) return children;
    for (const format::RootTableChild& child : decoded->children) {
      children.push_back({child.page, child.place});
    }
    return children;
  }

  Status load(const std::vector<PlacedChunk>& pages) {
    const auto keep = [&](std::size_t index, base::ByteView bytes) -> Status {
      ready_[pages[index].id].assign(bytes.begin(), bytes.end());
      return {};
    };
    const auto fail = [](std::size_t, const Error& why) -> Status { return why; };
    return read_placed(view_.context(), view_.remote(), pages, keep, fail);
  }

  const RemoteView& view_;
  std::unordered_map<ChunkId, base::Bytes> ready_;
};

std::string fault_of_place(const RemoteView& view, const PackId& pack) {
  if (!view.pack_size(pack)) return "pack " + pack.short_hex() + " is missing";
  if (view.is_condemned(pack)) return "pack " + pack.short_hex() + " is condemned";
  return "pack " + pack.short_hex() + " is truncated or holds a damaged record";
}

bool place_is_good(const RemoteView& view, const PackId& pack, std::uint32_t offset,
                   std::uint32_t bytes, Judge judge) {
  if (judge == Judge::kCounts) return view.counts(pack, offset, bytes);
  return view.is_present(pack, std::uint64_t{offset} + bytes);
}

// Collects the first fault while a version is looked through.
class VersionJudge {
 public:
  VersionJudge(const RemoteView& view, const RemoteTable& table, Judge judge,
               std::unordered_set<PackId>* relied)
      : view_(view), table_(table), judge_(judge), relied_(relied) {}

  Result<std::optional<std::string>> run() {
    for (const PlacedChunk& page : table_.pages) check(page.place);
    for (const format::TableEntry& entry : table_.entries) {
      check(entry.place);
      if (entry.locator) check(entry.locator_place);
    }
    if (fault_) return fault_;
    const auto visit = [&](std::size_t, const format::Locator& locator) -> Status {
      check_locator(locator);
      return {};
    };
    const auto on_fault = [&](std::size_t entry, const Error& why) -> Status {
      if (!fault_)
        fault_ = "locator of leaf " + table_.entries[entry].page.short_hex() + ": " + why.message();
      return {};
    };
    CAIRN_CHECK(read_locators(
        view_, table_, [](std::size_t) { return true; }, visit, on_fault));
    if (!fault_) CAIRN_CHECK(check_leaves_without_locator());
    return fault_;
  }

 private:
  void check(const format::Place& place) {
    if (relied_) relied_->insert(place.pack);
    if (fault_ ||
        place_is_good(view_, place.pack, place.record_offset, place.record_bytes, judge_)) {
      return;
    }
    fault_ = fault_of_place(view_, place.pack);
  }

  void check_locator(const format::Locator& locator) {
    for (std::size_t i = 0; i < locator.records.size(); ++i) {
      const format::LocatorRecord& record = locator.records[i];
      if (relied_) relied_->insert(record.pack);
      if (!fault_ && !record_counts(view_, locator, i, judge_)) {
        fault_ = fault_of_place(view_, record.pack);
      }
    }
  }

  // Such a leaf is found through the index alone.
  Status check_leaves_without_locator() {
    std::vector<PlacedChunk> pages;
    std::vector<format::ClosureKind> kinds;
    for (const format::TableEntry& entry : table_.entries) {
      if (!is_leaf(entry) || entry.locator) continue;
      pages.push_back({entry.page, entry.place});
      kinds.push_back(entry.kind);
    }
    if (pages.empty()) return {};
    std::vector<ChunkId> chunks;
    const auto visit = [&](std::size_t index, base::ByteView page) -> Status {
      CAIRN_TRY(const auto refs, leaf_chunks(kinds[index], page));
      for (const format::ChunkRef& ref : refs) chunks.push_back(ref.id);
      return {};
    };
    const auto on_fault = [&](std::size_t, const Error& why) -> Status {
      if (!fault_) fault_ = why.message();
      return {};
    };
    CAIRN_CHECK(read_placed(view_.context(), view_.remote(), pages, visit, on_fault));
    return check_by_index(chunks);
  }

  Status check_by_index(const std::vector<ChunkId>& chunks) {
    std::vector<bool> found(chunks.size(), false);
    const auto on_copy = [&](std::size_t index, const IndexCopy& copy) -> Status {
      if (found[index]) return {};
      if (!place_is_good(view_, copy.pack, copy.record.offset, copy.record.record_bytes, judge_)) {
        return {};
      }
      found[index] = true;
      if (relied_) relied_->insert(copy.pack);
      return {};
    };
    CAIRN_CHECK(find_in_index(view_, chunks, on_copy));
    for (std::size_t i = 0; i < chunks.size() && !fault_; ++i) {
      if (!found[i]) fault_ = "chunk " + chunks[i].short_hex() + " is in no pack that is there";
    }
    return {};
  }

  const RemoteView& view_;
  const RemoteTable& table_;
  Judge judge_;
  std::unordered_set<PackId>* relied_;
  std::optional<std::string> fault_;
};

}  // namespace

Result<RemoteTable> read_table(const RemoteView& view, const format::Root& root) {
  RemoteTable table;
  table.root = root;
  TablePages pages(view);
  const auto fetch = [&](const ChunkId& id, const format::Place& place) -> Result<base::Bytes> {
    table.pages.push_back({id, place});
    return pages.fetch(id, place);
  };
  const auto visit = [&](const format::TableEntry& entry) -> Status {
    table.entries.push_back(entry);
    return {};
  };
  Status walked = format::walk_root_table(root.table, root.table_place, fetch, visit);
  if (!walked.ok()) {
    return std::move(walked).error().with("the table of version " + root.closure.short_hex());
  }
  if (table.entries.empty() || table.entries.front().page != root.closure.as<ChunkId>()) {
    return Error(Code::kCorrupt, "the table of version " + root.closure.short_hex() +
                                     " does not start with its top page");
  }
  return table;
}

Status read_locators(const RemoteView& view, const RemoteTable& table,
                     const std::function<bool(std::size_t entry)>& wanted,
                     const LocatorVisit& visit, const PlacedFault& on_fault) {
  std::vector<PlacedChunk> batch;
  std::vector<std::size_t> entries;
  std::size_t batch_bytes = 0;
  const auto flush = [&]() -> Status {
    const auto on_bytes = [&](std::size_t index, base::ByteView bytes) -> Status {
      const auto locator = format::decode_locator(bytes);
      if (locator.ok()) return visit(entries[index], *locator);
      if (locator.error().code() == Code::kTooNew) return locator.error();
      return on_fault(entries[index], locator.error());
    };
    const auto fail = [&](std::size_t index, const Error& why) -> Status {
      return on_fault(entries[index], why);
    };
    Status status = read_placed(view.context(), view.remote(), batch, on_bytes, fail);
    batch.clear();
    entries.clear();
    batch_bytes = 0;
    return status;
  };
  for (std::size_t i = 0; i < table.entries.size(); ++i) {
    const format::TableEntry& entry = table.entries[i];
    if (!entry.locator || !wanted(i)) continue;
    batch.push_back({*entry.locator, entry.locator_place});
    entries.push_back(i);
    batch_bytes += entry.locator_place.length;
    if (batch_bytes >= kLocatorBatchBytes) CAIRN_CHECK(flush());
  }
  return batch.empty() ? Status() : flush();
}

Result<std::vector<format::ChunkRef>> leaf_chunks(format::ClosureKind kind, base::ByteView page) {
  if (kind == format::ClosureKind::kRecipe) {
    CAIRN_TRY(auto decoded, format::decode_recipe_page(page));
    return std::move(decoded.entries);
  }
  CAIRN_TRY(const auto decoded, format::decode_manifest_page(page));
  std::vector<format::ChunkRef> chunks;
  for (const format::ManifestEntry& entry : decoded.entries) append_chunks(entry, chunks);
  return chunks;
}

void append_chunks(const format::ManifestEntry& entry, std::vector<format::ChunkRef>& out) {
  if (entry.type != format::EntryType::kFile || entry.has_recipe || entry.size_bytes == 0) return;
  if (!entry.chunks.empty()) {
    out.insert(out.end(), entry.chunks.begin(), entry.chunks.end());
    return;
  }
  out.push_back({entry.file_id.as<ChunkId>(), static_cast<std::uint32_t>(entry.size_bytes)});
}

bool record_counts(const RemoteView& view, const format::Locator& locator, std::size_t record,
                   Judge judge) {
  const format::LocatorRecord& at = locator.records[record];
  if (!place_is_good(view, at.pack, at.offset, at.record_bytes, judge)) return false;
  for (const std::uint32_t base : at.bases) {
    const format::LocatorRecord& plain = locator.records[locator.bases[base].ref.record];
    if (plain.codec > 2 ||
        !place_is_good(view, plain.pack, plain.offset, plain.record_bytes, judge)) {
      return false;
    }
  }
  return true;
}

Result<std::optional<std::string>> fault_of_version(const RemoteView& view,
                                                    const RemoteTable& table, Judge judge,
                                                    std::unordered_set<PackId>* relied) {
  return VersionJudge(view, table, judge, relied).run();
}

}  // namespace cairn::sync
