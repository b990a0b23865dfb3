// Stacks the levels of a paged tree, the same way for manifests, recipes and root tables. A page
// leaves as soon as it is closed, except the first of each level: while no second one follows, it
// may be the top. So memory is two pages a level.
#pragma once

#include <array>
#include <optional>

#include "format/page.hpp"
#include "format/page_rules.hpp"
#include "format/refusal.hpp"

namespace cairn::format {

// What differs between kinds of trees, as members of Traits:
//   Leaf, Child                         entries; a Child also sums up the page under construction
//   kKind, kMaxLeaf, kMaxInner          page kind and entry limits
//   leaf_bytes(leaf), child_bytes(child)
//   put_leaf(leaf, out), put_child(child, out)
//   leaf_ends(leaf), child_ends(child, level)      the cut rules
//   count_leaf(sum, leaf), count_child(sum, child) false: above the limit
//   put_leaf_prefix(out)                what precedes the entries of the leaf that is being closed
//   put_top_prefix(sum, out)            what follows the header of a top page
//   emit(sum, bytes) -> Status          names and hands on a page, sets its id (and place) in `sum`
template <typename Traits>
class TreeBuilder {
 public:
  using Leaf = typename Traits::Leaf;
  using Child = typename Traits::Child;

  explicit TreeBuilder(Traits traits) : traits_(std::move(traits)) {}

  Status add(const Leaf& leaf) {
    CAIRN_CHECK(make_room(0, Traits::leaf_bytes(leaf)));
    Level& level = levels_[0];
    traits_.put_leaf(leaf, level.entries);
    ++level.count;
    if (!Traits::count_leaf(level.sum, leaf)) return too_large();
    if (level.count == Traits::kMaxLeaf || traits_.leaf_ends(leaf)) return close(0);
    return {};
  }

  // Takes a closed page of level `i` over as it is: false, and nothing was done, when this tree is
  // inside a page there, or has none yet (the first one may turn out to be the top). The caller
  // knows that the page would be closed in this tree too, whatever follows it.
  Result<bool> take_page(unsigned i, const Child& child) {
    for (unsigned below = 0; below <= i; ++below) {
      if (levels_[below].count > 0) return false;
    }
    Level& level = levels_[i];
    if (level.closed == 0) return false;
    ++level.closed;
    CAIRN_CHECK(emit_first(i));
    CAIRN_CHECK(add_child(i + 1, child));
    return true;
  }

  // The top page's entry; the builder is spent.
  Result<Child> finish() {
    for (unsigned i = 0; i <= kMaxLevel; ++i) {
      Level& level = levels_[i];
      const bool empty_tree = i == 0 && level.closed == 0;
      if (level.count > 0 || empty_tree) CAIRN_CHECK(close(i));
      if (level.first) return emit(i, *std::move(level.first), Rank::kTop);
    }
    return too_deep();
  }

 private:
  struct Closed {
    base::ByteWriter prefix;
    base::ByteWriter entries;
    std::uint32_t count = 0;
    Child sum;
  };
  struct Level {
    base::ByteWriter entries;
    std::uint32_t count = 0;
    Child sum;
    std::uint64_t closed = 0;
    std::optional<Closed> first;  // until a second page is closed
  };
  enum class Rank { kBelow, kTop };

  static Error too_deep() {
    return Error(Code::kCorrupt, "a tree of more than 16 levels").slug("bad-page");
  }

  static Error too_large() { return refuse("page", "sizes or counts above the limit of a tree"); }

  Status make_room(unsigned i, std::size_t entry_bytes) {
    const Level& level = levels_[i];
    const bool full = kPageHeaderBytes + level.entries.size() + entry_bytes > kMaxPageBytes;
    return full && level.count > 0 ? close(i) : Status();
  }

  Status close(unsigned i) {
    Level& level = levels_[i];
    Closed page;
    if (i == 0) traits_.put_leaf_prefix(page.prefix);
    page.entries = std::exchange(level.entries, {});
    page.count = std::exchange(level.count, 0);
    page.sum = std::exchange(level.sum, Child());
    if (++level.closed == 1) {
      level.first = std::move(page);
      return {};
    }
    CAIRN_CHECK(emit_first(i));
    CAIRN_TRY(Child child, emit(i, std::move(page), Rank::kBelow));
    return add_child(i + 1, child);
  }

  // It has a neighbour now, so it is not the top.
  Status emit_first(unsigned i) {
    Level& level = levels_[i];
    if (!level.first) return {};
    CAIRN_TRY(Child first, emit(i, *std::exchange(level.first, std::nullopt), Rank::kBelow));
    return add_child(i + 1, first);
  }

  Status add_child(unsigned i, const Child& child) {
    if (i > kMaxLevel) return too_deep();
    CAIRN_CHECK(make_room(i, Traits::child_bytes(child)));
    Level& level = levels_[i];
    traits_.put_child(child, level.entries);
    ++level.count;
    if (!Traits::count_child(level.sum, child)) return too_large();
    // Two entries at least, so that every level is at most half as long as the one below.
    const bool ends = level.count >= 2 && traits_.child_ends(child, i);
    return ends || level.count == Traits::kMaxInner ? close(i) : Status();
  }

  Result<Child> emit(unsigned level, Closed page, Rank rank) {
    base::ByteWriter out;
    const PageHeader header{Traits::kKind, static_cast<std::uint8_t>(level), rank == Rank::kTop,
                            page.count};
    encode_page_header(header, out);
    if (rank == Rank::kTop) traits_.put_top_prefix(page.sum, out);
    out.raw(page.prefix.view());
    out.raw(page.entries.view());
    CAIRN_CHECK(traits_.emit(page.sum, std::move(out).take()));
    return std::move(page.sum);
  }

  Traits traits_;
  std::array<Level, kMaxLevel + 1> levels_;
};

}  // namespace cairn::format
