// One file of each format, byte for byte.
#include "codec/codec.hpp"
#include "format/pointer.hpp"
#include "format/root_table_page.hpp"
#include "format/table.hpp"
#include "golden/golden_file.hpp"
#include "unit/format/page_store.hpp"
#include "unit/format/remote_samples.hpp"

namespace cairn::format {
namespace {

using base::Bytes;
using base::ByteView;

// ---- pointers ----

TEST(GoldenPointer, File) {
  Pointer pointer;
  pointer.oid = sample_id<Digest>("file");
  pointer.tree = sample_id<ChunkId>("recipe");
  pointer.size_bytes = 10'276'045;
  pointer.executable = true;
  pointer.extra = {{"later-key", "kept as it is"}};
  const auto back = decode_pointer(golden_text("pointer-file.txt", encode_pointer(pointer)));
  ASSERT_TRUE(accepted(back));
  EXPECT_EQ(back->pointer, pointer);
}

TEST(GoldenPointer, Folder) {
  Pointer pointer;
  pointer.kind = Pointer::Kind::kFolder;
  pointer.oid = sample_id<Digest>("manifest");
  pointer.size_bytes = 10'276'045;
  pointer.files = 4123;
  const auto back = decode_pointer(golden_text("pointer-folder.txt", encode_pointer(pointer)));
  ASSERT_TRUE(accepted(back));
  EXPECT_EQ(back->pointer, pointer);
}

// ---- trees ----

std::vector<ManifestEntry> every_kind_of_entry() {
  ManifestEntry chunked = sample_file("b/chunked", 300'000);
  chunked.chunks = {{sample_id<ChunkId>("1"), 100'000}, {sample_id<ChunkId>("2"), 200'000}};
  ManifestEntry program = sample_file("b/program");
  program.executable = true;
  ManifestEntry large = sample_file("b/with-recipe", 5'000'000'000);
  large.has_recipe = true;
  large.recipe = sample_id<ChunkId>("recipe");
  ManifestEntry link;
  link.path = "c/link";
  link.type = EntryType::kLink;
  link.target = "../a/\xff";
  ManifestEntry folder;
  folder.path = "c/\xc3\xa9mpty";
  folder.type = EntryType::kEmptyFolder;
  return {sample_file("a", 0), chunked, program, large, link, folder};
}

// The only page, or the top and the leaf that the first emitted page is.
struct Emitted {
  std::vector<Bytes> pages;
  PageSink sink() {
    return [this](const ChunkId&, Bytes page) -> Status {
      pages.push_back(std::move(page));
      return {};
    };
  }
};

TEST(GoldenManifest, Leaf) {
  Emitted emitted;
  ManifestBuilder builder(emitted.sink());
  const auto entries = every_kind_of_entry();
  for (const ManifestEntry& entry : entries) ASSERT_TRUE(accepted(builder.add(entry)));
  ASSERT_TRUE(accepted(builder.finish()));
  ASSERT_EQ(emitted.pages.size(), 1U);
  const auto page = decode_manifest_page(golden("manifest-leaf.page", emitted.pages[0]));
  ASSERT_TRUE(accepted(page));
  ASSERT_EQ(page->entries.size(), entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    EXPECT_TRUE(page->entries[i].same_content(entries[i]));
    EXPECT_EQ(page->entries[i].chunks, entries[i].chunks);
    EXPECT_EQ(page->entries[i].recipe, entries[i].recipe);
  }
}

TEST(GoldenManifest, InnerPage) {
  // Paths that end leaves, and inner pages of level 1 and 2: see the tests of trees.
  Emitted emitted;
  ManifestBuilder builder(emitted.sink());
  for (const char* path : {"a02a", "a1f20d", "b051", "b16664a3", "c0277", "c130ec2", "d04"}) {
    ASSERT_TRUE(accepted(builder.add(sample_file(path))));
  }
  ASSERT_TRUE(accepted(builder.finish()));
  const auto page = decode_manifest_page(golden("manifest-inner.page", emitted.pages.back()));
  ASSERT_TRUE(accepted(page));
  EXPECT_EQ(page->header.level, 3);
  ASSERT_EQ(page->children.size(), 2U);
  EXPECT_EQ(page->children[0].a, 4U);
  EXPECT_EQ(page->children[1].b, 3000U);
  EXPECT_EQ(page->children[1].last_path, "d04");
}

TEST(GoldenRecipe, LeafAndTop) {
  Emitted emitted;
  RecipeBuilder builder({}, emitted.sink());
  for (int i = 0; i < 5; ++i) {
    ChunkRef chunk{sample_id<ChunkId>("chunk " + std::to_string(i)), 70'000};
    if (i == 2) chunk.id.bytes[0] = 0;
    if (i == 2) chunk.id.bytes[1] = 63;
    ASSERT_TRUE(accepted(builder.add(chunk)));
  }
  ASSERT_TRUE(accepted(builder.finish()));
  ASSERT_EQ(emitted.pages.size(), 3U);
  const auto leaf = decode_recipe_page(golden("recipe-leaf.page", emitted.pages[0]));
  ASSERT_TRUE(accepted(leaf));
  EXPECT_EQ(leaf->entries.size(), 3U);
  const auto top = decode_recipe_page(golden("recipe-top.page", emitted.pages[2]));
  ASSERT_TRUE(accepted(top));
  EXPECT_EQ(top->children.size(), 2U);
  EXPECT_EQ(top->recipe.gear, chunk::GearParameters());
  EXPECT_EQ(top->recipe.size_bytes, 350'000U);
  EXPECT_EQ(top->recipe.chunk_count, 5U);
}

// ---- packs ----

std::string repeated_line() {
  std::string text;
  for (int i = 0; i < 20; ++i) text += "all work and no play\n";
  return text;
}
// Level 3 of zstd 1.5.4 over repeated_line(). As literal bytes: another release may compress in
// another way.
Bytes compressed_line() {
  Bytes bytes(38);
  EXPECT_TRUE(base::from_hex(
      "28b52ffd60a400e50000a8616c6c20776f726b20616e64206e6f20706c61790a010019519d4c", bytes));
  return bytes;
}

TEST(GoldenRecord, PatchWithBases) {
  RecordHeader header;
  header.codec = 4;
  header.plain_bytes = 1000;
  header.chunk_lengths = {400, 600};
  header.bases = {sample_id<ChunkId>("base 1"), sample_id<ChunkId>("base 2")};
  const Bytes payload = {1, 2, 3, 4, 5};
  const Bytes file =
      golden("record-patch.bin", joined(encode_record_header(header, payload), payload));
  const auto back = decode_record(file);
  ASSERT_TRUE(accepted(back));
  EXPECT_EQ(back->header.bases, header.bases);
  EXPECT_EQ(back->header.chunk_lengths, header.chunk_lengths);
  EXPECT_EQ(Bytes(back->payload.begin(), back->payload.end()), payload);
}

struct PackParts {
  Bytes bytes;
  TableBuilder footer;
};

void add_record(PackParts& pack, std::uint8_t codec, ByteView plain,
                const std::vector<std::uint32_t>& lengths, ByteView payload) {
  RecordHeader header;
  header.codec = codec;
  header.plain_bytes = static_cast<std::uint32_t>(plain.size());
  header.chunk_lengths = lengths;
  const auto offset = static_cast<std::uint32_t>(pack.bytes.size());
  pack.bytes =
      joined(joined(std::move(pack.bytes), encode_record_header(header, payload)), payload);
  TableRecord record;
  record.offset = offset;
  record.record_bytes = static_cast<std::uint32_t>(header.record_bytes());
  record.plain_bytes = header.plain_bytes;
  record.crc = header.crc;
  record.chunk_count = static_cast<std::uint32_t>(lengths.size());
  record.codec = codec;
  pack.footer.add_record(record, {});
  std::uint32_t at = 0;
  for (const std::uint32_t length : lengths) {
    pack.footer.add_chunk(crypto::sha256(plain.subspan(at, length)).as<ChunkId>(), at, length);
    at += length;
  }
}

// A raw record of two chunks and a zstd record of one.
Bytes sample_pack(PackId& id) {
  PackHeader header;
  for (std::size_t i = 0; i < header.salt.size(); ++i)
    header.salt[i] = static_cast<std::uint8_t>(0xA0 + i);
  PackParts pack;
  pack.bytes = encode_pack_header(header);
  add_record(pack, 0, base::view_of("first chunk, second"), {12, 7},
             base::view_of("first chunk, second"));
  add_record(pack, 1, base::view_of(repeated_line()), {420}, compressed_line());
  const Bytes footer = pack.footer.encode();
  id = pack_id_of(ByteView(pack.bytes).first(kPackHeaderBytes), footer);
  pack.bytes = joined(std::move(pack.bytes), footer);
  const PackTrailer trailer{static_cast<std::uint32_t>(footer.size()), crypto::crc32c(footer)};
  return joined(std::move(pack.bytes), encode_pack_trailer(trailer));
}

// Every chunk of the pack, decoded from its own record.
void expect_chunks_read(const Bytes& pack, const TableView& footer) {
  codec::Decoder decoder;
  for (std::uint32_t i = 0; i < footer.chunk_count(); ++i) {
    const TableChunk chunk = footer.chunk(i);
    const TableRecord place = footer.record(chunk.record);
    const auto record = decode_record(ByteView(pack).subspan(place.offset, place.record_bytes));
    ASSERT_TRUE(accepted(record));
    EXPECT_EQ(record->header.crc, place.crc);
    Bytes plain(record->header.plain_bytes);
    ASSERT_TRUE(accepted(decoder.decode(record->header.codec, record->payload, plain)));
    EXPECT_EQ(crypto::sha256(ByteView(plain).subspan(chunk.offset, chunk.length)).as<ChunkId>(),
              chunk.id);
  }
}

TEST(GoldenPack, RawAndZstd) {
  PackId id;
  const Bytes pack = golden("pack.bin", sample_pack(id));
  EXPECT_EQ(golden_text("pack-id.txt", id.hex() + "\n"), id.hex() + "\n");
  ASSERT_TRUE(accepted(decode_pack_header(pack)));
  const auto trailer = decode_pack_trailer(ByteView(pack).last(kPackTrailerBytes));
  ASSERT_TRUE(accepted(trailer));
  const auto footer = ByteView(pack).subspan(
      pack.size() - kPackTrailerBytes - trailer->footer_bytes, trailer->footer_bytes);
  EXPECT_EQ(crypto::crc32c(footer), trailer->footer_crc);
  const auto table = TableView::open(footer);
  ASSERT_TRUE(accepted(table));
  EXPECT_TRUE(accepted(table->check()));
  EXPECT_EQ(table->chunk_count(), 3U);
  expect_chunks_read(pack, *table);
}

TEST(GoldenTable, Segment) {
  TableBuilder builder;
  const std::vector<ChunkId> bases = {sample_id<ChunkId>("base 1"), sample_id<ChunkId>("base 2")};
  for (std::uint32_t pack = 0; pack < 2; ++pack) {
    builder.add_pack(sample_id<PackId>("pack " + std::to_string(pack)), 20'000 + pack,
                     pack == 0 ? PackKind::kData : PackKind::kMeta);
    for (std::uint32_t i = 0; i < 3; ++i) {
      const bool patch = i == 1;
      builder.add_record(
          {64 + 1000 * i, 900, 4000, 0x12345678 + i, 2, 0, std::uint8_t(patch ? 4 : 1), 0},
          patch ? bases : std::vector<ChunkId>());
      builder.add_chunk(sample_id<ChunkId>("chunk " + std::to_string(i)), 0, 1000);
      builder.add_chunk(sample_id<ChunkId>("chunk " + std::to_string(10 * pack + 3 + i)), 1000,
                        3000);
    }
  }
  const Bytes file = golden("table-segment.bin", builder.encode());
  EXPECT_EQ(golden_text("index-key.txt", index_key(file) + "\n"), index_key(file) + "\n");
  const auto table = TableView::open(file);
  ASSERT_TRUE(accepted(table));
  EXPECT_TRUE(accepted(table->check()));
  const auto copies = table->find(sample_id<ChunkId>("chunk 1"));
  ASSERT_EQ(copies.last - copies.first, 2U);
  EXPECT_EQ(table->chunk(copies.first).record, 1U);
  EXPECT_EQ(table->chunk(copies.first + 1).record, 4U);
  EXPECT_EQ(table->pack_of_record(4), 1U);
}

// ---- remotes ----

TEST(GoldenRemote, Root) {
  const Root root = sample_root();
  const auto back = decode_root(golden("root.bin", encode_root(root)));
  ASSERT_TRUE(accepted(back));
  EXPECT_EQ(back->closure, root.closure);
  EXPECT_EQ(back->table_place, root.table_place);
  EXPECT_EQ(back->commit, root.commit);
  EXPECT_EQ(back->program, root.program);
}

TEST(GoldenRemote, RootTable) {
  std::vector<Bytes> pages;
  std::uint32_t offset = 64;
  RootTableBuilder builder([&](const ChunkId&, Bytes page) -> Result<Place> {
    const auto length = static_cast<std::uint32_t>(page.size());
    pages.push_back(std::move(page));
    offset += 5000;
    return Place{sample_id<PackId>("pages"), offset - 5000, length + 28, 0, length};
  });
  for (int i = 0; i < 6; ++i) {
    TableEntry entry = sample_table_entry(i);
    entry.page.bytes[0] = i == 3 ? 0 : 1;
    ASSERT_TRUE(accepted(builder.add(entry)));
  }
  ASSERT_TRUE(accepted(builder.finish()));
  ASSERT_EQ(pages.size(), 3U);
  const auto leaf = decode_root_table_page(golden("root-table-leaf.page", pages[0]));
  ASSERT_TRUE(accepted(leaf));
  ASSERT_EQ(leaf->slots.size(), 4U);
  EXPECT_TRUE(same_entry(leaf->slots[1].entry, [] {
    TableEntry entry = sample_table_entry(1);
    entry.page.bytes[0] = 1;
    return entry;
  }()));
  const auto top = decode_root_table_page(golden("root-table-top.page", pages[2]));
  ASSERT_TRUE(accepted(top));
  ASSERT_EQ(top->children.size(), 2U);
  EXPECT_EQ(top->children[0].entries, 4U);
  EXPECT_EQ(top->children[1].place.record_offset, 5064U);
}

TEST(GoldenRemote, RootTableWithBases) {
  Bytes top;
  RootTableBuilder builder([&](const ChunkId&, Bytes page) -> Result<Place> {
    top = std::move(page);
    return sample_place("pages", 64);
  });
  TableEntry entry = sample_table_entry(0);
  entry.page.bytes[0] = 1;
  for (int i = 1; i < 3; ++i) {
    TableBase base{sample_id<ChunkId>("base " + std::to_string(i)), sample_place("bases", 500)};
    base.page.bytes[0] = 1;
    entry.bases.push_back(base);
  }
  ASSERT_TRUE(accepted(builder.add(entry)));
  ASSERT_TRUE(accepted(builder.finish()));
  const auto page = decode_root_table_page(golden("root-table-bases.page", top));
  ASSERT_TRUE(accepted(page));
  ASSERT_EQ(page->slots.size(), 3U);
  EXPECT_TRUE(page->slots[0].is_base && page->slots[1].is_base && !page->slots[2].is_base);
  EXPECT_EQ(page->slots[1].entry.page, entry.bases[1].page);
  EXPECT_EQ(page->slots[1].entry.place, entry.bases[1].place);
}

TEST(GoldenRemote, Locator) {
  const auto back = decode_locator(golden("locator.bin", encode_locator(sample_locator())));
  ASSERT_TRUE(accepted(back));
  EXPECT_EQ(back->records.size(), 3U);
  EXPECT_EQ(back->refs.size(), 3U);
  EXPECT_EQ(back->bases.size(), 2U);
}

TEST(GoldenRemote, TextObjects) {
  EXPECT_TRUE(accepted(decode_lease(golden_text("lease.json", encode_lease(sample_lease())))));
  golden_text("lease-end.json", encode_lease_end(sample_lease().session, 1'700'000'123'456));
  EXPECT_TRUE(accepted(check_remote_config(golden_text("cairn.json", encode_remote_config()))));
  const std::vector<std::pair<PackId, std::string>> packs = {
      {sample_id<PackId>("1"), "unreachable"}, {sample_id<PackId>("2"), "poorly filled: 12 %"}};
  const auto list = decode_condemned(golden_text("condemned.txt", encode_condemned(packs)));
  ASSERT_TRUE(accepted(list));
  EXPECT_EQ(*list, packs);
}

}  // namespace
}  // namespace cairn::format
