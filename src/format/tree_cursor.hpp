// Goes through a paged tree in order, one page at a time, and checks what must hold between a page
// and its parent: level minus one, top flag, counts, sums and last path. Levels fall by one, so it
// ends whatever pages it is given.
#pragma once

#include <utility>
#include <vector>

#include "format/page.hpp"
#include "format/page_rules.hpp"
#include "format/refusal.hpp"

namespace cairn::format {

// What differs between kinds of trees, as members of Traits:
//   Page            header, children, and entries that the cursor does not look at
//   Child           entry of an inner page; has the id `page`
//   fetch(child) -> Result<base::Bytes>
//   decode(bytes) -> Result<Page>
//   sum_agrees(child, page)     what the parent says of a page is what the page holds
template <typename Traits>
class TreeCursor {
 public:
  using Page = typename Traits::Page;
  using Child = typename Traits::Child;

  // Of `top`, only what fetch() needs has a meaning.
  TreeCursor(Child top, Traits traits) : traits_(std::move(traits)) {
    frames_.push_back({{std::move(top)}, 0, kAboveTop});
  }

  // The next page that was neither entered nor skipped; null at the end.
  [[nodiscard]] const Child* node() const {
    return frames_.empty() ? nullptr : &frames_.back().children[frames_.back().next];
  }
  // The last page beside node(), below the same parent.
  [[nodiscard]] const Child* last_sibling() const {
    return frames_.empty() ? nullptr : &frames_.back().children.back();
  }
  // Its level; above all others while it is the top page, whose level its parent does not tell.
  [[nodiscard]] unsigned node_level() const { return frames_.back().level; }
  [[nodiscard]] bool at_top() const {
    return !frames_.empty() && frames_.back().level == kAboveTop;
  }

  void skip() {
    ++frames_.back().next;
    while (!frames_.empty() && frames_.back().next == frames_.back().children.size())
      frames_.pop_back();
  }

  // The page of node(). Of an inner page the children are taken over: they come next.
  Result<Page> enter() {
    const Child& child = *node();
    const ChunkId id = child.page;
    auto page = load(child);
    if (!page.ok()) return std::move(page).error().with("page " + id.short_hex());
    skip();
    if (page->header.level > 0)
      frames_.push_back({std::exchange(page->children, {}), 0, page->header.level - 1U});
    return page;
  }

 private:
  static constexpr unsigned kAboveTop = kMaxLevel + 1;
  struct Frame {
    std::vector<Child> children;
    std::size_t next = 0;
    unsigned level = 0;
  };

  Result<Page> load(const Child& child) {
    CAIRN_TRY(const base::Bytes bytes, traits_.fetch(child));
    CAIRN_TRY(Page page, Traits::decode(bytes));
    if (page.header.top != at_top())
      return refuse("page", "a top page in place of another, or none on top");
    if (at_top()) return page;
    if (page.header.level != node_level())
      return refuse("page", "not of the level below its parent");
    if (!Traits::sum_agrees(child, page))
      return refuse("page", "other contents than its parent says");
    return page;
  }

  Traits traits_;
  std::vector<Frame> frames_;
};

}  // namespace cairn::format
