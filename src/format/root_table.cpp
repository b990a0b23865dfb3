// The paged tree of places behind a root. cairn-remote(7), ROOT TABLE.
#include <fmt/core.h>

#include "crypto/sha256.hpp"
#include "format/place.hpp"
#include "format/remote_objects.hpp"
#include "format/root_table_page.hpp"
#include "format/tree_builder.hpp"
#include "format/tree_cursor.hpp"

namespace cairn::format {
namespace {

struct RootTableTraits {
  using Leaf = RootTableSlot;
  using Child = RootTableChild;
  static constexpr PageKind kKind = PageKind::kRootTable;
  static constexpr std::uint32_t kMaxLeaf = kMaxRootLeafEntries;
  static constexpr std::uint32_t kMaxInner = kMaxRootInnerEntries;

  // A full leaf with two packs for each entry is far below the limit of a page.
  static std::size_t leaf_bytes(const Leaf&) { return kRootLeafEntryBytes; }
  static std::size_t child_bytes(const Child&) { return kRootInnerEntryBytes; }
  void put_leaf(const Leaf& leaf, base::ByteWriter& out) { encode_root_slot(leaf, packs, out); }
  static void put_child(const Child& child, base::ByteWriter& out) {
    encode_root_child(child, out);
  }
  static bool leaf_ends(const Leaf& leaf) { return leaf.entry.page.bytes[0] == 0; }
  static bool child_ends(const Child& child, unsigned) { return child.page.bytes[0] == 0; }
  static bool count_leaf(Child& sum, const Leaf&) { return count_root_entries(sum.entries, 1); }
  static bool count_child(Child& sum, const Child& child) {
    return count_root_entries(sum.entries, child.entries);
  }
  void put_leaf_prefix(base::ByteWriter& out) {
    const PackList list = std::exchange(packs, {});
    out.u32(static_cast<std::uint32_t>(list.ids().size()));
    for (const PackId& id : list.ids()) out.id(id);
  }
  static void put_top_prefix(const Child&, base::ByteWriter&) {}
  Status emit(Child& sum, base::Bytes page) const {
    sum.page = crypto::sha256(page).as<ChunkId>();
    CAIRN_TRY(sum.place, sink(sum.page, std::move(page)));
    return {};
  }

  TablePageSink sink;
  PackList packs;  // of the leaf under construction
};

struct RootCursorTraits {
  using Page = RootTablePage;
  using Child = RootTableChild;

  [[nodiscard]] Result<base::Bytes> fetch(const Child& child) const {
    return pages(child.page, child.place);
  }
  static Result<Page> decode(base::ByteView bytes) { return decode_root_table_page(bytes); }
  static bool sum_agrees(const Child& child, const Page& page) {
    std::uint64_t entries = page.slots.size();
    bool fits = true;
    for (const RootTableChild& below : page.children)
      fits = count_root_entries(entries, below.entries) && fits;
    return fits && entries == child.entries;
  }

  const PlacedFetch& pages;
};

}  // namespace

struct RootTableBuilder::State {
  explicit State(TablePageSink sink) : tree({std::move(sink), {}}) {}
  TreeBuilder<RootTableTraits> tree;
  bool any = false;
};

RootTableBuilder::RootTableBuilder(TablePageSink sink)
    : state_(std::make_unique<State>(std::move(sink))) {}
RootTableBuilder::~RootTableBuilder() = default;

Status RootTableBuilder::add(const TableEntry& entry) {
  if (const char* fault = root_entry_fault(entry)) return refuse("page", fault);
  RootTableSlot slot;
  slot.is_base = true;
  for (const TableBase& base : entry.bases) {
    slot.entry.page = base.page;
    slot.entry.place = base.place;
    CAIRN_CHECK(state_->tree.add(slot));
  }
  state_->any = true;
  return state_->tree.add({entry, false});
}

Result<TableTop> RootTableBuilder::finish() {
  if (!state_->any) return refuse("page", "a root table without an entry");
  CAIRN_TRY(const RootTableChild top, state_->tree.finish());
  return TableTop{top.page, top.place};
}

Status walk_root_table(const ChunkId& top, const Place& place, const PlacedFetch& fetch,
                       const std::function<Status(const TableEntry&)>& visit) {
  TreeCursor<RootCursorTraits> cursor({top, place, 0}, RootCursorTraits{fetch});
  std::vector<TableBase> bases;  // of the next entry
  while (cursor.node() != nullptr) {
    CAIRN_TRY(RootTablePage page, cursor.enter());
    for (RootTableSlot& slot : page.slots) {
      if (slot.is_base) {
        bases.push_back({slot.entry.page, slot.entry.place});
      } else {
        slot.entry.bases = std::exchange(bases, {});
        if (const char* fault = root_entry_fault(slot.entry)) return refuse("page", fault);
        CAIRN_CHECK(visit(slot.entry));
      }
      if (bases.size() > kMaxRecordBases) return refuse("page", "more than 8 bases");
    }
  }
  return bases.empty() ? Status() : refuse("page", "a base of no page");
}

}  // namespace cairn::format
