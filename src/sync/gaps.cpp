#include "sync/gaps.hpp"

#include "base/file.hpp"
#include "store/chunk_reader.hpp"
#include "sync/remote_table.hpp"

namespace cairn::sync {
namespace {

constexpr std::size_t kFilesNamed = 5;

class GapSearch {
 public:
  GapSearch(const Holdings& here, const Version& version, const Wants& wants, std::size_t limit)
      : here_(here), version_(version), wants_(wants), limit_(limit) {}

  Result<Gaps> run() {
    const auto kind = closure_kind(version_.pointer);
    if (!kind) return Gaps();
    const auto top = version_.pointer.closure_id()->as<ChunkId>();
    const bool wanted = !wants_ || wants_(version_.path);  // of a file on its own
    if (*kind == format::ClosureKind::kChunk) {
      if (wanted) check_chunk(top);
    } else if (*kind == format::ClosureKind::kRecipe) {
      CAIRN_CHECK(recipe(top, wanted));
    } else {
      CAIRN_CHECK(manifest(top));
    }
    if (!gaps_.none() && gaps_.files.empty()) gaps_.files.push_back(version_.path);
    return std::move(gaps_);
  }

 private:
  [[nodiscard]] bool full() const { return gaps_.pages.size() + gaps_.chunks.size() >= limit_; }

  // Nothing: the page is a gap.
  Result<std::optional<base::Bytes>> page(const ChunkId& id) {
    auto bytes = here_.pages(id);
    if (bytes.ok()) return std::optional<base::Bytes>(*std::move(bytes));
    const Code code = bytes.error().code();
    if (code != Code::kMissing && code != Code::kCorrupt) return std::move(bytes).error();
    gaps_.pages.push_back(id);
    return std::optional<base::Bytes>();
  }

  void check_chunk(const ChunkId& id) {
    if (!here_.has(id)) gaps_.chunks.push_back(id);
  }

  Status manifest(const ChunkId& id) {
    if (full()) return {};
    CAIRN_TRY(const auto bytes, page(id));
    if (!bytes) return {};
    CAIRN_TRY(const auto decoded, format::decode_manifest_page(*bytes));
    for (const format::InnerEntry& child : decoded.children) CAIRN_CHECK(manifest(child.page));
    for (const format::ManifestEntry& entry : decoded.entries) {
      if (full()) return {};
      CAIRN_CHECK(file(entry));
    }
    return {};
  }

  // Pages of recipes are needed even where the file is not wanted: diff, du and add work from pages
  // alone.
  Status file(const format::ManifestEntry& entry) {
    const std::string path = base::join(version_.path, entry.path);
    const std::size_t before = gaps_.pages.size() + gaps_.chunks.size();
    const bool wanted = !wants_ || wants_(path);
    if (entry.has_recipe) {
      CAIRN_CHECK(recipe(entry.recipe, wanted));
    } else if (wanted) {
      chunks_.clear();
      append_chunks(entry, chunks_);
      for (const format::ChunkRef& chunk : chunks_) check_chunk(chunk.id);
    }
    if (gaps_.pages.size() + gaps_.chunks.size() > before && gaps_.files.size() < kFilesNamed) {
      gaps_.files.push_back(path);
    }
    return {};
  }

  Status recipe(const ChunkId& id, bool wanted) {
    if (full()) return {};
    CAIRN_TRY(const auto bytes, page(id));
    if (!bytes) return {};
    CAIRN_TRY(const auto decoded, format::decode_recipe_page(*bytes));
    for (const format::InnerEntry& child : decoded.children)
      CAIRN_CHECK(recipe(child.page, wanted));
    if (!wanted) return {};
    for (const format::ChunkRef& chunk : decoded.entries) check_chunk(chunk.id);
    return {};
  }

  const Holdings& here_;
  const Version& version_;
  const Wants& wants_;
  std::size_t limit_;
  Gaps gaps_;
  std::vector<format::ChunkRef> chunks_;
};

}  // namespace

Holdings holdings_of(const store::Store& store) {
  return {store::page_fetch(store), [&store](const ChunkId& id) { return store.has(id); }};
}

Result<Gaps> find_gaps(const Holdings& here, const Version& version, const Wants& wants,
                       std::size_t limit) {
  return GapSearch(here, version, wants, limit).run();
}

Result<Gaps> find_gaps(const store::Store& store, const Version& version, const Wants& wants,
                       std::size_t limit) {
  return find_gaps(holdings_of(store), version, wants, limit);
}

}  // namespace cairn::sync
