#include "store/earlier_pages.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "codec/patch.hpp"

namespace cairn::store {
namespace {

using format::InnerEntry;
using format::ManifestPage;
using format::RecipePage;

constexpr std::uint64_t kRecipeEntryBytes = 36;           // of a recipe's leaf
constexpr std::size_t kMostPages = std::size_t{1} << 14;  // of a recipe: about 1 TiB

// The pages whose paths lie between those of a new page. Only inner pages on the way are read, and
// the last one of each level is kept: new pages come in order.
class ManifestPages final : public EarlierPages {
 public:
  ManifestPages(const ChunkId& top, format::PageFetch fetch)
      : top_(top), fetch_(std::move(fetch)) {}

  void pass(base::ByteView page) override { bytes_ = page; }

  std::vector<ChunkId> beside() override {
    const auto page = format::decode_manifest_page(bytes_);
    if (!page.ok() || page->header.entries == 0) return {};
    const bool leaf = page->header.level == 0;
    level_ = page->header.level;
    // Of an inner page the first path is unknown; the last one of its first child is close enough.
    first_ = leaf ? page->entries.front().path : page->children.front().last_path;
    last_ = leaf ? page->entries.back().path : page->children.back().last_path;
    found_.clear();
    if (!top_level_) top_level_ = level_of_top();
    if (*top_level_ == level_) return {top_};
    if (*top_level_ > level_) collect(top_, static_cast<std::uint8_t>(*top_level_));
    return found_;
  }

 private:
  int level_of_top() {
    const auto bytes = fetch_(top_);
    if (!bytes.ok()) return -1;
    const auto page = format::decode_manifest_page(*bytes);
    return page.ok() ? page->header.level : -1;
  }

  void collect(const ChunkId& id, std::uint8_t level) {
    const std::vector<InnerEntry>* const children = children_of(id, level);
    if (children == nullptr) return;
    auto child = std::ranges::lower_bound(*children, first_, {}, &InnerEntry::last_path);
    if (child == children->end()) --child;  // behind all paths there were
    for (; child != children->end() && found_.size() < codec::kMaxPatchBases; ++child) {
      if (level == level_ + 1) {
        found_.push_back(child->page);
      } else {
        collect(child->page, static_cast<std::uint8_t>(level - 1));
      }
      if (child->last_path >= last_) break;
    }
  }

  // Null when the page can't be read.
  const std::vector<InnerEntry>* children_of(const ChunkId& id, std::uint8_t level) {
    Inner& known = inner_[level];
    if (known.id == id) return &known.children;
    const auto bytes = fetch_(id);
    if (!bytes.ok()) return nullptr;
    auto page = format::decode_manifest_page(*bytes);
    if (!page.ok() || page->header.level != level || page->children.empty()) return nullptr;
    known = {id, std::move(page->children)};
    return &known.children;
  }

  struct Inner {
    std::optional<ChunkId> id = {};
    std::vector<InnerEntry> children = {};
  };
  const ChunkId top_;
  const format::PageFetch fetch_;
  std::optional<int> top_level_;  // -1: it can't be read
  std::array<Inner, format::kMaxLevel + 1> inner_;
  base::ByteView bytes_;    // of the new page
  std::uint8_t level_ = 0;  // and its range of paths
  std::string first_;
  std::string last_;
  std::vector<ChunkId> found_;
};

// The pages that have a part of the file near the one of a new page. What lies between the two ends
// of the file may have moved by as much as the file has grown.
class RecipePages final : public EarlierPages {
 public:
  RecipePages(const ChunkId& top, format::PageFetch fetch, std::uint64_t size_bytes)
      : top_(top), fetch_(std::move(fetch)), size_bytes_(size_bytes) {}

  void pass(base::ByteView bytes) override {
    const auto page = format::decode_recipe_page(bytes);
    if (!page.ok()) return;
    level_ = page->header.level;
    from_ = passed_[level_];
    passed_[level_] += bytes_of(*page);
  }

  std::vector<ChunkId> beside() override {
    read_once();
    const std::uint64_t from = from_;
    const std::uint64_t to = passed_[level_];
    const std::uint64_t shrunk = size_bytes_ > earlier_bytes_ ? 0 : earlier_bytes_ - size_bytes_;
    const std::uint64_t grown = size_bytes_ > earlier_bytes_ ? size_bytes_ - earlier_bytes_ : 0;
    auto found = overlapping(from - std::min(from, grown), to + shrunk);
    if (found.size() > codec::kMaxPatchBases) found = overlapping(from, to);
    if (found.size() > codec::kMaxPatchBases) found.resize(codec::kMaxPatchBases);
    return found;
  }

  std::uint64_t expected_bytes() override {
    read_once();
    if (earlier_bytes_ == 0) return 0;
    const double growth = static_cast<double>(size_bytes_) / static_cast<double>(earlier_bytes_);
    return static_cast<std::uint64_t>(static_cast<double>(page_bytes_) * growth);
  }

 private:
  struct Page {
    ChunkId id;
    std::uint8_t level = 0;
    std::uint64_t from = 0;
    std::uint64_t to = 0;
  };

  static std::uint64_t bytes_of(const RecipePage& page) {
    std::uint64_t bytes = 0;
    for (const format::ChunkRef& chunk : page.entries) bytes += chunk.length;
    for (const InnerEntry& child : page.children) bytes += child.a;
    return bytes;
  }

  void read_once() {
    if (read_) return;
    read_ = true;
    const auto on_page = [this](const ChunkId& id, const format::PageHeader& header) -> Status {
      if (pages_.size() == kMostPages) return Error(Code::kInternal, "too many");
      close(header.level);
      open_.push_back(pages_.size());
      pages_.push_back({id, header.level, earlier_bytes_, 0});
      return {};
    };
    const auto on_leaf = [this](const ChunkId&, const std::vector<format::ChunkRef>& some) {
      for (const format::ChunkRef& chunk : some) earlier_bytes_ += chunk.length;
      page_bytes_ += kRecipeEntryBytes * some.size();
      return Status();
    };
    const bool whole = format::walk_recipe(top_, fetch_, on_leaf, on_page).ok();
    close(format::kMaxLevel);
    if (!whole) pages_.clear();
  }

  // Pages of this level and below end where the next one begins.
  void close(std::uint8_t level) {
    while (!open_.empty() && pages_[open_.back()].level <= level) {
      pages_[open_.back()].to = earlier_bytes_;
      open_.pop_back();
    }
  }

  [[nodiscard]] std::vector<ChunkId> overlapping(std::uint64_t from, std::uint64_t to) const {
    std::vector<ChunkId> found;
    for (const Page& page : pages_) {
      if (page.level == level_ && page.from < to && page.to > from) found.push_back(page.id);
    }
    return found;
  }

  const ChunkId top_;
  const format::PageFetch fetch_;
  const std::uint64_t size_bytes_;
  bool read_ = false;
  std::vector<Page> pages_;          // of the earlier version, parents before children
  std::vector<std::size_t> open_;    // of them, while they are read: from the top down
  std::uint64_t earlier_bytes_ = 0;  // of the file
  std::uint64_t page_bytes_ = 0;     // of its leaves
  std::array<std::uint64_t, format::kMaxLevel + 1> passed_{};  // of the new one, by level
  std::uint8_t level_ = 0;                                     // of the page passed last
  std::uint64_t from_ = 0;                                     // where it begins
};

}  // namespace

EarlierPagesPtr earlier_manifest_pages(const ChunkId& top, format::PageFetch fetch) {
  return std::make_unique<ManifestPages>(top, std::move(fetch));
}

EarlierPagesPtr earlier_recipe_pages(const ChunkId& top, format::PageFetch fetch,
                                     std::uint64_t size_bytes) {
  return std::make_unique<RecipePages>(top, std::move(fetch), size_bytes);
}

}  // namespace cairn::store
