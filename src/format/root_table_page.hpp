// Pages of root tables: bytes <-> structs. cairn-remote(7), ROOT TABLE.
#pragma once

#include <vector>

#include "format/page.hpp"
#include "format/place.hpp"
#include "format/remote_objects.hpp"

namespace cairn::format {

inline constexpr std::uint32_t kMaxRootLeafEntries = 1024;
inline constexpr std::uint32_t kMaxRootInnerEntries = 4096;
inline constexpr std::size_t kRootLeafEntryBytes = 4 + 32 + 20 + 32 + 20;
inline constexpr std::size_t kRootInnerEntryBytes = 32 + 32 + 16 + 8;

struct RootTableChild {
  ChunkId page;
  Place place;
  std::uint64_t entries = 0;  // below
};

// An entry as it stands in a page; one of kind 3 has only a page and its place.
struct RootTableSlot {
  TableEntry entry;  // without bases, which have slots of their own before this
  bool is_base = false;
};

struct RootTablePage {
  PageHeader header;
  std::vector<RootTableSlot> slots;
  std::vector<RootTableChild> children;
};

// Pages of one version, far above what any has (4 billion files): its root table can't claim a walk
// without end, for a child may be named again and again. False when a sum would pass it.
inline constexpr std::uint64_t kMaxRootTableEntries = std::uint64_t{1} << 26;
[[nodiscard]] inline bool count_root_entries(std::uint64_t& sum, std::uint64_t entries) {
  if (entries > kMaxRootTableEntries - sum) return false;
  sum += entries;
  return true;
}

// Why an entry may not stand in a root table, or null.
const char* root_entry_fault(const TableEntry& entry);
// Its packs join `packs`, whose ids the page lists before its entries.
void encode_root_slot(const RootTableSlot& slot, PackList& packs, base::ByteWriter& out);
void encode_root_child(const RootTableChild& child, base::ByteWriter& out);
Result<RootTablePage> decode_root_table_page(base::ByteView bytes);

}  // namespace cairn::format
