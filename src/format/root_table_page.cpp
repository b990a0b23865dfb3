#include "format/root_table_page.hpp"

#include <fmt/core.h>

#include "format/page_rules.hpp"
#include "format/refusal.hpp"

namespace cairn::format {
namespace {

constexpr std::uint8_t kLocatorFlag = 1;
constexpr std::uint8_t kBaseKind = 3;
constexpr std::uint32_t kMaxPagePacks = 65'536;

void put_numbered_place(const Place& place, PackList& packs, base::ByteWriter& out) {
  out.u32(packs.number_of(place.pack));
  encode_place_numbers(place, out);
}

Status decode_numbered_place(base::ByteReader& in, const std::vector<PackId>& packs, Place& place) {
  const std::uint32_t number = in.u32();
  decode_place_numbers(in, place);
  if (!in.ok()) return refuse("page", "an entry is cut short");
  if (number >= packs.size())
    return refuse("page", "a place in a pack that the page does not list");
  place.pack = packs[number];
  return {};
}

Status decode_locator_place(base::ByteReader& in, const std::vector<PackId>& packs, bool present,
                            TableEntry& entry) {
  if (!present) {
    return zeros_follow(in, 32 + 20) ? Status()
                                     : refuse("page", "a locator that its flag does not announce");
  }
  entry.locator = in.id<ChunkId>();
  return decode_numbered_place(in, packs, entry.locator_place);
}

Status decode_root_slot(base::ByteReader& in, const std::vector<PackId>& packs,
                        RootTableSlot& slot) {
  TableEntry& entry = slot.entry;
  const std::uint8_t kind = in.u8();
  entry.level = in.u8();
  const std::uint8_t flags = in.u8();
  const std::uint8_t reserved = in.u8();
  entry.page = in.id<ChunkId>();
  if (kind > kBaseKind) return refuse_newer("page", fmt::format("kind {}", kind));
  if ((flags & ~kLocatorFlag) != 0) return refuse_newer("page", fmt::format("flags {:#x}", flags));
  if (reserved != 0) return refuse("page", "reserved bytes that are not zero");
  slot.is_base = kind == kBaseKind;
  if (!slot.is_base) entry.kind = static_cast<ClosureKind>(kind);
  CAIRN_CHECK(decode_numbered_place(in, packs, entry.place));
  CAIRN_CHECK(decode_locator_place(in, packs, flags != 0, entry));
  if (const char* fault = root_entry_fault(entry)) return refuse("page", fault);
  return {};
}

Result<std::vector<PackId>> decode_pack_list(base::ByteReader& in) {
  const std::uint32_t count = in.u32();
  if (count > kMaxPagePacks || in.remaining() / 32 < count)
    return refuse("page", "too short for its pack list");
  std::vector<PackId> packs(count);
  for (PackId& id : packs) id = in.id<PackId>();
  return packs;
}

Status decode_root_leaf(base::ByteReader& in, RootTablePage& page) {
  CAIRN_TRY(const std::vector<PackId> packs, decode_pack_list(in));
  if (in.remaining() != kRootLeafEntryBytes * page.header.entries) {
    return refuse("page", "its length is not what its counts say");
  }
  page.slots.resize(page.header.entries);
  for (RootTableSlot& slot : page.slots) CAIRN_CHECK(decode_root_slot(in, packs, slot));
  return {};
}

Status decode_root_inner(base::ByteReader& in, RootTablePage& page) {
  if (in.remaining() != kRootInnerEntryBytes * page.header.entries) {
    return refuse("page", "its length is not what its count says");
  }
  std::uint64_t entries = 0;
  page.children.resize(page.header.entries);
  for (RootTableChild& child : page.children) {
    child.page = in.id<ChunkId>();
    child.place.pack = in.id<PackId>();
    decode_place_numbers(in, child.place);
    child.entries = in.u64();
    if (const char* fault = place_fault(child.place)) return refuse("page", fault);
    if (child.entries == 0 || !count_root_entries(entries, child.entries))
      return refuse("page", "impossible entry counts");
  }
  return {};
}

}  // namespace

const char* root_entry_fault(const TableEntry& entry) {
  if (entry.level > kMaxLevel) return "a level above 15";
  if (entry.kind == ClosureKind::kChunk && entry.level != 0) return "a chunk with a level";
  if (entry.locator && (entry.level != 0 || entry.kind == ClosureKind::kChunk))
    return "a locator of something that is no leaf";
  if (const char* fault = place_fault(entry.place)) return fault;
  if (entry.bases.size() > kMaxRecordBases) return "more than 8 bases";
  if (!entry.bases.empty() && entry.kind == ClosureKind::kChunk) return "a chunk with a base";
  for (const TableBase& base : entry.bases) {
    if (const char* fault = place_fault(base.place)) return fault;
  }
  return entry.locator ? place_fault(entry.locator_place) : nullptr;
}

void encode_root_slot(const RootTableSlot& slot, PackList& packs, base::ByteWriter& out) {
  const TableEntry& entry = slot.entry;
  out.u8(slot.is_base ? kBaseKind : static_cast<std::uint8_t>(entry.kind));
  out.u8(entry.level);
  out.u8(entry.locator ? kLocatorFlag : 0);
  out.u8(0);
  out.id(entry.page);
  put_numbered_place(entry.place, packs, out);
  if (!entry.locator) return out.zeros(32 + 20);
  out.id(*entry.locator);
  put_numbered_place(entry.locator_place, packs, out);
}

void encode_root_child(const RootTableChild& child, base::ByteWriter& out) {
  out.id(child.page);
  out.id(child.place.pack);
  encode_place_numbers(child.place, out);
  out.u64(child.entries);
}

Result<RootTablePage> decode_root_table_page(base::ByteView bytes) {
  if (bytes.size() > kMaxPageBytes) return refuse("page", "larger than 1 MiB");
  base::ByteReader in(bytes);
  RootTablePage page;
  CAIRN_TRY(page.header, decode_page_header(in, PageKind::kRootTable));
  CAIRN_CHECK(check_page_header(page.header, kMaxRootLeafEntries, kMaxRootInnerEntries));
  if (page.header.entries == 0) return refuse("page", "no entry");
  CAIRN_CHECK(page.header.level == 0 ? decode_root_leaf(in, page) : decode_root_inner(in, page));
  return page;
}

}  // namespace cairn::format
