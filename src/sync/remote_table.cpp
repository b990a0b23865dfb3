#include "sync/remote_table.hpp"

#include <unordered_set>
#include <utility>

#include "base/cpu_pool.hpp"
#include "format/root_table_page.hpp"
#include "sync/page_cache.hpp"

namespace cairn::sync {
namespace {

// Bytes of locators asked for in one go: they are decoded and dropped before the next ones.
constexpr std::size_t kLocatorBatchBytes = std::size_t{32} << 20;
// How often a table may name a page that it named before. Copies of one file of many gigabytes in
// many folders do; a table that is small and endless when it is followed does too, and the index
// serves in its place.
constexpr std::size_t kMaxRepeatedPages = 256;

// As read_placed(), but for what the view's cache has; what comes is kept there.
Status read_pages(const RemoteView& view, std::span<const PlacedChunk> pages,
                  const PlacedVisit& visit, const PlacedFault& on_fault) {
  PageCache* cache = view.cache();
  if (!cache) return read_placed(view.context(), view.remote(), pages, visit, on_fault);
  std::vector<PlacedChunk> absent;
  std::vector<std::size_t> index_of;
  for (std::size_t i = 0; i < pages.size(); ++i) {
    if (const auto page = cache->find(pages[i].id)) {
      CAIRN_CHECK(visit(i, *page));
      continue;
    }
    absent.push_back(pages[i]);
    index_of.push_back(i);
  }
  const auto keep = [&](std::size_t index, base::ByteView bytes) -> Status {
    cache->keep(absent[index].id, bytes);
    return visit(index_of[index], bytes);
  };
  const auto fail = [&](std::size_t index, const Error& why) {
    return on_fault(index_of[index], why);
  };
  return read_placed(view.context(), view.remote(), absent, keep, fail);
}

// Pages of a root table, verified. What an inner page names is fetched together, not one by one.
class TablePages {
 public:
  explicit TablePages(const RemoteView& view) : view_(view) {}

  Result<base::Bytes> fetch(const ChunkId& id, const format::Place& place) {
    if (!ready_.contains(id)) CAIRN_CHECK(load({{id, place}}));
    base::Bytes page = std::move(ready_.at(id));
    ready_.erase(id);
    const std::vector<PlacedChunk> children = children_of(page);
    if (!children.empty()) CAIRN_CHECK(load(children));
    return page;
  }

  // What cannot be read here fails when it is asked for.
  Status read_ahead(const std::vector<PlacedChunk>& pages) {
    const auto pass = [](std::size_t, const Error&) -> Status { return {}; };
    return read_pages(view_, pages, keeper(pages), pass);
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
    const auto fail = [](std::size_t, const Error& why) -> Status { return why; };
    return read_pages(view_, pages, keeper(pages), fail);
  }

  PlacedVisit keeper(const std::vector<PlacedChunk>& pages) {
    return [this, &pages](std::size_t index, base::ByteView bytes) -> Status {
      ready_[pages[index].id].assign(bytes.begin(), bytes.end());
      return {};
    };
  }

  const RemoteView& view_;
  std::unordered_map<ChunkId, base::Bytes> ready_;
};

Result<RemoteTable> read_with(TablePages& pages, const format::Root& root) {
  RemoteTable table;
  table.root = root;
  std::unordered_set<ChunkId> seen;
  std::size_t repeated = 0;
  const auto fetch = [&](const ChunkId& id, const format::Place& place) -> Result<base::Bytes> {
    if (!seen.insert(id).second && ++repeated > kMaxRepeatedPages)
      return Error(Code::kCorrupt, "it names its own pages again and again");
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

}  // namespace

PlacedChunk placed_page(const format::TableEntry& entry) {
  PlacedChunk page{entry.page, entry.place};
  for (const format::TableBase& base : entry.bases) page.bases.push_back({base.page, base.place});
  return page;
}

Result<RemoteTable> read_table(const RemoteView& view, const format::Root& root) {
  TablePages pages(view);
  return read_with(pages, root);
}

Status read_tables(const RemoteView& view, std::span<const format::Root> roots,
                   const TableVisit& visit) {
  TablePages pages(view);
  std::vector<PlacedChunk> ahead;
  for (std::size_t i = 0, known = 0; i < roots.size(); ++i) {
    CAIRN_CHECK(base::check_stop(view.context()));
    if (i == known) {
      std::size_t bytes = 0;
      ahead.clear();
      for (; known < roots.size() && (known == i || bytes < kLocatorBatchBytes); ++known) {
        ahead.push_back({roots[known].table, roots[known].table_place});
        bytes += roots[known].table_place.length;
      }
      CAIRN_CHECK(pages.read_ahead(ahead));
    }
    CAIRN_CHECK(visit(i, read_with(pages, roots[i])));
  }
  return {};
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
    Status status = read_pages(view, batch, on_bytes, fail);
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

}  // namespace cairn::sync
