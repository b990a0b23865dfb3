// Whatever goes into a tree, table, pointer or locator comes back; the same entries give the same
// pages however they came about; and one change touches few pages.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "crypto/sha256.hpp"
#include "format/page_rules.hpp"
#include "format/pointer.hpp"
#include "format/remote_objects.hpp"
#include "format/table.hpp"
#include "format/tree.hpp"

namespace cairn::format {
namespace {

using base::Bytes;
using Pages = std::map<ChunkId, Bytes>;

template <typename IdType>
IdType any_id() {
  const auto word = *rc::gen::arbitrary<std::uint64_t>();
  return crypto::sha256(base::view_of(std::to_string(word))).as<IdType>();
}

// Short components over few letters, so that prefixes, siblings and near-parents are frequent.
std::string any_path() {
  std::string path;
  for (int parts = *rc::gen::inRange(1, 4); parts > 0; --parts) {
    if (!path.empty()) path += '/';
    path += *rc::gen::nonEmpty(
        rc::gen::container<std::string>(rc::gen::element('a', 'b', '-', '!', 'z', '\\')));
  }
  return path;
}

ManifestEntry any_file(std::string path) {
  ManifestEntry entry;
  entry.path = std::move(path);
  entry.executable = *rc::gen::arbitrary<bool>();
  entry.file_id = any_id<FileId>();
  const int shape = *rc::gen::inRange(0, 4);
  if (shape == 0) entry.file_id = crypto::sha256({}).as<FileId>();
  if (shape == 1) entry.size_bytes = *rc::gen::inRange<std::uint64_t>(1, kMaxChunkBytes + 1);
  if (shape == 2) {
    for (int chunks = *rc::gen::inRange(2, 17); chunks > 0; --chunks) {
      entry.chunks.push_back(
          {any_id<ChunkId>(), *rc::gen::inRange<std::uint32_t>(1, kMaxChunkBytes + 1)});
      entry.size_bytes += entry.chunks.back().length;
    }
  }
  if (shape == 3) {
    entry.has_recipe = true;
    entry.recipe = any_id<ChunkId>();
    entry.size_bytes = *rc::gen::inRange<std::uint64_t>(17, std::uint64_t{1} << 50);
  }
  return entry;
}

ManifestEntry any_entry(std::string path) {
  const int kind = *rc::gen::inRange(0, 5);
  if (kind > 1) return any_file(std::move(path));
  ManifestEntry entry;
  entry.path = std::move(path);
  entry.type = kind == 0 ? EntryType::kLink : EntryType::kEmptyFolder;
  if (kind == 0) entry.target = *rc::gen::nonEmpty(rc::gen::string<std::string>());
  if (entry.target.find('\0') != std::string::npos) entry.target = "x";
  return entry;
}

using Entries = std::map<std::string, ManifestEntry>;

// No path is the parent of another one.
bool fits_into(const Entries& entries, const std::string& path) {
  for (std::size_t slash = 0; (slash = path.find('/', slash)) != std::string::npos; ++slash) {
    if (entries.count(path.substr(0, slash)) != 0) return false;
  }
  const auto below = entries.lower_bound(path + "/");
  return below == entries.end() || !below->first.starts_with(path + "/");
}

Entries any_entries() {
  Entries entries;
  for (int count = *rc::gen::inRange(0, 40); count > 0; --count) {
    std::string path = any_path();
    if (fits_into(entries, path)) entries[path] = any_entry(path);
  }
  return entries;
}

Result<TreeTop> build(const Entries& entries, Pages& pages) {
  ManifestBuilder builder([&](const ChunkId& id, Bytes page) -> Status {
    pages[id] = std::move(page);
    return {};
  });
  for (const auto& [path, entry] : entries) CAIRN_CHECK(builder.add(entry));
  return builder.finish();
}

Result<Entries> walk(const ChunkId& top, const Pages& pages) {
  Entries entries;
  const PageFetch fetch = [&](const ChunkId& id) -> Result<Bytes> { return pages.at(id); };
  CAIRN_CHECK(walk_manifest(top, fetch,
                            [&](const ChunkId&, const std::vector<ManifestEntry>& leaf) -> Status {
                              for (const ManifestEntry& entry : leaf) entries[entry.path] = entry;
                              return {};
                            }));
  return entries;
}

bool identical(const ManifestEntry& a, const ManifestEntry& b) {
  return a.same_content(b) && a.chunks == b.chunks && a.has_recipe == b.has_recipe &&
         a.recipe == b.recipe;
}
bool identical(const Entries& a, const Entries& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return identical(x.second, y.second); });
}

RC_GTEST_PROP(ManifestProperty, EveryTreeComesBack, ()) {
  const Entries entries = any_entries();
  Pages pages;
  const auto top = build(entries, pages);
  RC_ASSERT(top.ok());
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  for (const auto& [path, entry] : entries) {
    files += entry.type == EntryType::kFile ? 1 : 0;
    bytes += entry.size_bytes;
  }
  RC_ASSERT(top->a == files);
  RC_ASSERT(top->b == bytes);
  const auto back = walk(top->id, pages);
  RC_ASSERT(back.ok());
  RC_ASSERT(identical(*back, entries));
}

// What a decoder accepts, it would also have written: one list of entries has one page.
RC_GTEST_PROP(ManifestProperty, ADamagedPageIsRefusedOrAnotherPage, ()) {
  Pages pages;
  const auto top = build(any_entries(), pages);
  Bytes page = pages.at(top->id);
  for (int flips = *rc::gen::inRange(1, 4); flips > 0; --flips) {
    const auto at = *rc::gen::inRange<std::size_t>(0, page.size());
    page[at] = *rc::gen::arbitrary<std::uint8_t>();
  }
  const auto decoded = decode_manifest_page(page);
  if (!decoded.ok() || decoded->header.level != 0) return;
  base::ByteWriter again;
  encode_page_header(decoded->header, again);
  for (const ManifestEntry& entry : decoded->entries) encode_manifest_entry(entry, again);
  RC_ASSERT(std::move(again).take() == page);
}

Entries numbered_entries(int count) {
  Entries entries;
  for (int i = 0; i < count; ++i) {
    ManifestEntry entry;
    entry.path = "folder/" + std::to_string(1'000'000 + 7 * i);
    entry.size_bytes = 1;
    entry.file_id = crypto::sha256(base::view_of(entry.path)).as<FileId>();
    entries[entry.path] = entry;
  }
  return entries;
}

std::size_t pages_not_in(const Pages& pages, const Pages& others) {
  return static_cast<std::size_t>(std::count_if(
      pages.begin(), pages.end(), [&](const auto& page) { return others.count(page.first) == 0; }));
}

RC_GTEST_PROP(ManifestProperty, OneChangeTouchesFewPages, ()) {
  static const Entries before = numbered_entries(6000);
  static Pages pages_before;
  static const auto top_before = build(before, pages_before);
  RC_ASSERT(top_before.ok());
  Entries after = before;
  const int what = *rc::gen::inRange(0, 3);
  const auto number = *rc::gen::inRange(0, 42'000);
  const auto at = std::next(after.begin(), number / 7);
  if (what == 0) at->second.executable = true;
  if (what == 1) after.erase(at);
  if (what == 2) {
    const std::string path = "folder/" + std::to_string(1'000'000 + number) + "x";
    after[path] = before.begin()->second;
    after[path].path = path;
  }
  Pages pages_after;
  RC_ASSERT(build(after, pages_after).ok());
  // A changed entry: its leaf and the top. One more or less: a leaf may also be split or joined.
  RC_ASSERT(pages_before.size() > 40U);
  RC_ASSERT(pages_not_in(pages_after, pages_before) <= (what == 0 ? 2U : 4U));
}

RC_GTEST_PROP(ManifestProperty, TheSameEntriesHaveTheSamePagesWhateverWasBefore, ()) {
  Entries entries = any_entries();
  Pages pages;
  const auto first = build(entries, pages);
  const std::string path = any_path();
  RC_PRE(fits_into(entries, path) && entries.count(path) == 0);
  entries[path] = any_entry(path);
  const auto other = build(entries, pages);
  entries.erase(path);
  const auto again = build(entries, pages);
  RC_ASSERT(first->id == again->id);
  RC_ASSERT(first->id != other->id);
}

// ---- recipes ----

std::vector<ChunkRef> any_chunks() {
  std::vector<ChunkRef> chunks;
  for (int count = *rc::gen::inRange(2, 60); count > 0; --count) {
    ChunkRef chunk{any_id<ChunkId>(), *rc::gen::inRange<std::uint32_t>(1, kMaxChunkBytes + 1)};
    if (*rc::gen::inRange(0, 5) == 0) chunk.id.bytes[0] = chunk.id.bytes[1] = 0;  // ends a leaf
    const int times = *rc::gen::inRange(0, 10) == 0 ? 5000 : 1;  // runs of one chunk
    chunks.insert(chunks.end(), static_cast<std::size_t>(times), chunk);
  }
  return chunks;
}

Result<TreeTop> build(const std::vector<ChunkRef>& chunks, Pages& pages) {
  RecipeBuilder builder({}, [&](const ChunkId& id, Bytes page) -> Status {
    pages[id] = std::move(page);
    return {};
  });
  for (const ChunkRef& chunk : chunks) CAIRN_CHECK(builder.add(chunk));
  return builder.finish();
}

RC_GTEST_PROP(RecipeProperty, EveryTreeComesBack, ()) {
  const auto chunks = any_chunks();
  Pages pages;
  const auto top = build(chunks, pages);
  RC_ASSERT(top.ok());
  RC_ASSERT(top->b == chunks.size());
  std::vector<ChunkRef> back;
  const PageFetch fetch = [&](const ChunkId& id) -> Result<Bytes> { return pages.at(id); };
  const auto header =
      walk_recipe(top->id, fetch, [&](const ChunkId&, const std::vector<ChunkRef>& leaf) -> Status {
        back.insert(back.end(), leaf.begin(), leaf.end());
        return {};
      });
  RC_ASSERT(header.ok());
  RC_ASSERT(header->size_bytes == top->a);
  RC_ASSERT(back == chunks);
}

RC_GTEST_PROP(RecipeProperty, ALongerStartKeepsThePagesBehind, ()) {
  std::vector<ChunkRef> chunks;
  for (int i = 0; i < 2000; ++i) {
    ChunkRef chunk{crypto::sha256(base::view_of(std::to_string(i))).as<ChunkId>(), 1000};
    if (i % 50 == 0) chunk.id.bytes[0] = chunk.id.bytes[1] = 0;
    chunks.push_back(chunk);
  }
  Pages before;
  RC_ASSERT(build(chunks, before).ok());
  const auto at = *rc::gen::inRange<std::size_t>(0, chunks.size());
  chunks.insert(chunks.begin() + static_cast<std::ptrdiff_t>(at), {any_id<ChunkId>(), 5});
  Pages after;
  RC_ASSERT(build(chunks, after).ok());
  RC_ASSERT(before.size() > 40U);
  // The leaf and the top; a new id may, once in 1,024, also end a page.
  RC_ASSERT(pages_not_in(after, before) <= 5U);
}

// ---- tables ----

RC_GTEST_PROP(TableProperty, EveryTableComesBack, ()) {
  TableBuilder builder;
  std::multimap<ChunkId, std::array<std::uint32_t, 3>> want;
  std::uint32_t records = 0;
  for (int packs = *rc::gen::inRange(0, 5); packs > 0; --packs) {
    builder.add_pack(any_id<PackId>(), kMaxPackBytes, PackKind::kData);
    std::uint32_t offset = 64;
    for (int count = *rc::gen::inRange(1, 6); count > 0; --count) {
      const auto chunks = *rc::gen::inRange<std::uint32_t>(1, 40);
      const std::vector<ChunkId> bases(*rc::gen::inRange<std::size_t>(0, 3), any_id<ChunkId>());
      const auto record_bytes = static_cast<std::uint32_t>(24 + 4 * chunks + 32 * bases.size() + 9);
      const std::uint8_t codec = bases.empty() ? 1 : 4;
      builder.add_record({offset, record_bytes, 10 * chunks, 1, chunks, 0, codec, 0}, bases);
      offset += record_bytes + *rc::gen::inRange<std::uint32_t>(0, 50);
      for (std::uint32_t i = 0; i < chunks; ++i) {
        const auto id =
            crypto::sha256(base::view_of(std::to_string(*rc::gen::inRange(0, 300)))).as<ChunkId>();
        builder.add_chunk(id, 10 * i, 10);
        want.emplace(id, std::array<std::uint32_t, 3>{records, 10 * i, 10});
      }
      ++records;
    }
  }
  const Bytes bytes = builder.encode();
  const auto table = TableView::open(bytes);
  RC_ASSERT(table.ok());
  RC_ASSERT(table->check().ok());
  RC_ASSERT(table->chunk_count() == want.size());
  for (int i = 0; i < 300; ++i) {
    const auto id = crypto::sha256(base::view_of(std::to_string(i))).as<ChunkId>();
    const auto range = table->find(id);
    RC_ASSERT(range.last - range.first == want.count(id));
    auto at = want.equal_range(id).first;  // equal keys keep the order in which they came
    for (std::uint32_t k = range.first; k < range.last; ++k, ++at) {
      const TableChunk chunk = table->chunk(k);
      RC_ASSERT(chunk.id == id);
      RC_ASSERT((std::array<std::uint32_t, 3>{chunk.record, chunk.offset, chunk.length}) ==
                at->second);
    }
  }
}

// ---- pointers and locators ----

RC_GTEST_PROP(PointerProperty, EveryPointerComesBack, ()) {
  Pointer pointer;
  pointer.oid = any_id<Digest>();
  if (*rc::gen::arbitrary<bool>()) {
    pointer.kind = Pointer::Kind::kFolder;
    pointer.size_bytes = *rc::gen::arbitrary<std::uint64_t>() >> 1;
    pointer.files = *rc::gen::arbitrary<std::uint64_t>() >> 1;
  } else {
    pointer.executable = *rc::gen::arbitrary<bool>();
    pointer.size_bytes = *rc::gen::inRange<std::uint64_t>(1, kMaxChunkBytes + 1);
    if (*rc::gen::arbitrary<bool>()) {
      pointer.tree = any_id<ChunkId>();
      pointer.size_bytes = *rc::gen::inRange<std::uint64_t>(2, kMaxTotalBytes);
    }
  }
  const auto keys = *rc::gen::container<std::set<std::string>>(
      rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::element('q', 'z', '0', '-'))));
  for (const std::string& key : keys) {
    if (key.size() <= 32 && pointer.extra.size() < 8)
      pointer.extra.emplace_back(key, "value of " + key);
  }
  const std::string text = encode_pointer(pointer);
  RC_PRE(text.size() <= 1024U);
  const auto back = decode_pointer(text);
  RC_ASSERT(back.ok());
  RC_ASSERT(back->pointer == pointer);
  std::string damaged = text;
  damaged[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
  RC_ASSERT(damaged == text || !decode_pointer(damaged).ok());
}

RC_GTEST_PROP(LocatorProperty, EveryLocatorComesBack, ()) {
  Locator locator;
  const auto records = *rc::gen::inRange<std::uint32_t>(1, 10);
  const std::vector<PackId> packs = {any_id<PackId>(), any_id<PackId>(), any_id<PackId>()};
  for (std::uint32_t i = 0; i < records; ++i) {
    locator.records.push_back({*rc::gen::elementOf(packs),
                               *rc::gen::inRange<std::uint32_t>(64, 1U << 31),
                               900,
                               4000,
                               1,
                               {}});
  }
  const auto any_ref = [&] {
    return LocatorRef{*rc::gen::inRange<std::uint32_t>(0, records),
                      *rc::gen::inRange<std::uint32_t>(0, 3000), 1000};
  };
  for (int refs = *rc::gen::inRange(0, 20); refs > 0; --refs) locator.refs.push_back(any_ref());
  const auto bases = *rc::gen::inRange<std::uint32_t>(1, 5);
  for (std::uint32_t i = 0; i < bases; ++i) locator.bases.push_back({any_id<ChunkId>(), any_ref()});
  LocatorRecord patch{packs[0], 64, 500, 4000, 4, {}};
  for (std::uint32_t i = 0; i < bases; ++i) patch.bases.push_back(bases - 1 - i);
  locator.records.push_back(patch);
  const Bytes bytes = encode_locator(locator);
  const auto back = decode_locator(bytes);
  RC_ASSERT(back.ok());
  RC_ASSERT(back->bases.size() == bases);
  for (std::uint32_t i = 0; i < bases; ++i) {
    RC_ASSERT(back->bases[back->records.back().bases[i]].id == locator.bases[patch.bases[i]].id);
  }
  RC_ASSERT(encode_locator(*back) == bytes);
}

}  // namespace
}  // namespace cairn::format
