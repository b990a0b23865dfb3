// Tables: look-ups, the builder's order, and every rule that open() and check() hold.
#include "format/table.hpp"

#include <algorithm>
#include <random>

#include "format/table_layout.hpp"
#include "unit/format/refusals.hpp"

namespace cairn::format {
namespace {

using base::Bytes;
using base::ByteView;

constexpr std::uint32_t kRecordBytes = 24 + 2 * 4 + 50;  // two chunks, without a base

// Three packs of two records of two chunks; the last record is a patch with two bases.
Bytes sample_table(bool footer = false) {
  TableBuilder builder;
  int chunk = 0;
  const std::vector<ChunkId> bases = {sample_id<ChunkId>("base 1"), sample_id<ChunkId>("base 2")};
  for (int pack = 0; pack < (footer ? 1 : 3); ++pack) {
    if (!footer) {
      builder.add_pack(sample_id<PackId>(std::to_string(pack)), 400,
                       pack == 1 ? PackKind::kMeta : PackKind::kData);
    }
    for (std::uint32_t i = 0; i < 2; ++i) {
      const bool patch = pack == 2 && i == 1;
      TableRecord record{64 + i * kRecordBytes, kRecordBytes, 100, 7, 2, 0, 1, 0};
      if (patch) record.codec = 4;
      if (patch) record.record_bytes += 64;
      builder.add_record(record, patch ? bases : std::vector<ChunkId>());
      builder.add_chunk(sample_id<ChunkId>(std::to_string(chunk++)), 0, 60);
      builder.add_chunk(sample_id<ChunkId>(std::to_string(chunk++)), 60, 40);
    }
  }
  return builder.encode();
}

TableHeader header_of(const Bytes& table) {
  const auto view = TableView::open(table);
  TableHeader header{view->pack_count(), view->record_count(),
                     base::load_le<std::uint32_t>(&table[44]), view->chunk_count(), table[52]};
  return header;
}
// Both checksums made right again.
Bytes sealed(Bytes table) {
  const std::size_t end = table.size() - 4;
  return with_crc(with_crc(std::move(table), 60, 0, 60), end, 64, end);
}
template <typename T>
Bytes table_with(std::size_t at, T value) {
  return sealed(patched(sample_table(), at, value));
}
Status open_and_check(ByteView bytes) {
  CAIRN_TRY(const TableView table, TableView::open(bytes));
  return table.check();
}

TEST(Table, ComesBack) {
  const Bytes bytes = sample_table();
  const auto table = TableView::open(bytes);
  ASSERT_TRUE(accepted(table));
  EXPECT_TRUE(accepted(table->check()));
  EXPECT_EQ(table->pack_count(), 3U);
  EXPECT_EQ(table->record_count(), 6U);
  EXPECT_EQ(table->chunk_count(), 12U);
  EXPECT_EQ(table->pack(1).id, sample_id<PackId>("1"));
  EXPECT_EQ(table->pack(1).kind, PackKind::kMeta);
  EXPECT_EQ(table->pack(1).first_record, 2U);
  EXPECT_EQ(table->pack(1).size_bytes, 400U);
  const TableRecord last = table->record(5);
  EXPECT_EQ(last.codec, 4);
  EXPECT_EQ(last.base_count, 2);
  EXPECT_EQ(last.offset, 64 + kRecordBytes);
  EXPECT_EQ(last.record_bytes, kRecordBytes + 64);
  EXPECT_EQ(last.plain_bytes, 100U);
  EXPECT_EQ(last.crc, 7U);
  EXPECT_EQ(last.chunk_count, 2U);
  EXPECT_EQ(table->base(last.first_base + 1), sample_id<ChunkId>("base 2"));
  EXPECT_EQ(header_of(bytes).fanout_bits, 1);  // 12 chunks, about eight an element
}

TEST(Table, FindsEveryChunk) {
  const Bytes bytes = sample_table();
  const auto table = TableView::open(bytes);
  for (int i = 0; i < 12; ++i) {
    const ChunkId id = sample_id<ChunkId>(std::to_string(i));
    const auto range = table->find(id);
    ASSERT_EQ(range.last, range.first + 1) << i;
    const TableChunk chunk = table->chunk(range.first);
    EXPECT_EQ(chunk.id, id);
    EXPECT_EQ(chunk.record, static_cast<std::uint32_t>(i / 2));
    EXPECT_EQ(chunk.offset, i % 2 == 0 ? 0U : 60U);
    EXPECT_EQ(chunk.length, i % 2 == 0 ? 60U : 40U);
    EXPECT_EQ(table->pack_of_record(chunk.record), static_cast<std::uint32_t>(i / 4));
  }
  const auto none = table->find(sample_id<ChunkId>("none"));
  EXPECT_EQ(none.first, none.last);
}

TEST(Table, FindsAllCopiesInOrder) {
  TableBuilder builder;
  const ChunkId twice = sample_id<ChunkId>("twice");
  for (std::uint32_t i = 0; i < 40; ++i) {
    builder.add_record({64 + i * kRecordBytes, kRecordBytes, 100, 0, 2, 0, 1, 0}, {});
    builder.add_chunk(i % 2 == 0 ? twice : sample_id<ChunkId>(std::to_string(i)), 60, 40);
    builder.add_chunk(i == 0 ? twice : sample_id<ChunkId>("x" + std::to_string(i)), 0, 60);
  }
  const Bytes bytes = builder.encode();
  const auto table = TableView::open(bytes);
  ASSERT_TRUE(accepted(table->check()));
  const auto range = table->find(twice);
  ASSERT_EQ(range.last - range.first, 21U);
  EXPECT_EQ(table->chunk(range.first).offset, 0U);
  EXPECT_EQ(table->chunk(range.first + 1).offset, 60U);
  EXPECT_EQ(table->chunk(range.first + 1).record, 0U);
  EXPECT_EQ(table->chunk(range.last - 1).record, 38U);
}

TEST(Table, LooksUpLikeALinearSearchWhateverTheFanOut) {
  std::mt19937 random(11);
  for (const int count : {1, 8, 9, 500, 3000}) {
    TableBuilder builder;
    std::vector<ChunkId> ids;
    for (int i = 0; i < count; ++i) {
      const auto at = static_cast<std::uint32_t>(i);
      builder.add_record({64 + at * 60, 60, 32, 0, 1, 0, 0, 0}, {});
      ids.push_back(sample_id<ChunkId>(std::to_string(random() % 2000)));
      if (i % 3 == 0) ids.back().bytes[0] = 77;  // one crowded element
      builder.add_chunk(ids.back(), 0, 32);
    }
    const Bytes bytes = builder.encode();
    const auto table = TableView::open(bytes);
    ASSERT_TRUE(accepted(table->check()));
    std::sort(ids.begin(), ids.end());
    for (int i = 0; i < 2000; ++i) {
      const ChunkId id = sample_id<ChunkId>(std::to_string(i));
      const auto want = std::equal_range(ids.begin(), ids.end(), id);
      const auto got = table->find(id);
      ASSERT_EQ(got.last - got.first, want.second - want.first);
      if (got.last > got.first) {
        ASSERT_EQ(got.first, want.first - ids.begin());
      }
    }
    for (std::size_t i = 0; i < ids.size(); ++i)
      ASSERT_EQ(table->chunk(static_cast<std::uint32_t>(i)).id, ids[i]);
  }
}

TEST(Table, MayBeEmpty) {
  const Bytes bytes = TableBuilder().encode();
  EXPECT_EQ(bytes.size(), 64U + 8 + 4);
  const auto table = TableView::open(bytes);
  ASSERT_TRUE(accepted(table));
  EXPECT_TRUE(accepted(table->check()));
  const auto range = table->find(sample_id<ChunkId>("x"));
  EXPECT_EQ(range.first, range.last);
}

TEST(Table, GivesNothingForIndexesOutOfRange) {
  const Bytes bytes = sample_table();
  const auto table = TableView::open(bytes);
  EXPECT_TRUE(table->pack(3).id.is_zero());
  EXPECT_EQ(table->record(6).record_bytes, 0U);
  EXPECT_EQ(table->chunk(12).length, 0U);
  EXPECT_TRUE(table->base(2).is_zero());
  EXPECT_EQ(table->pack_of_record(6), table->pack_count());
  EXPECT_TRUE(corrupt(TableView().check(), "none was opened"));
}

TEST(Table, RefusesDamage) {
  expect_truncations_refused(sample_table(), open_and_check);
  expect_flips_refused(sample_table(), open_and_check);
  EXPECT_TRUE(corrupt(open_and_check(joined(sample_table(), Bytes(1))), "length"));
}

TEST(Table, RefusesWhatIsNewer) {
  EXPECT_TRUE(too_new(open_and_check(table_with(8, std::uint16_t{2})), "version 2"));
  EXPECT_TRUE(too_new(open_and_check(table_with(10, std::uint8_t{3})), "digest 3"));
  EXPECT_TRUE(too_new(open_and_check(table_with(11, std::uint8_t{1})), "cipher 1"));
  EXPECT_TRUE(too_new(open_and_check(table_with(16, std::uint64_t{1})), "features 0x1"));
  EXPECT_TRUE(too_new(open_and_check(table_with(64 + 44, std::uint8_t{3})), "pack kind"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(24, std::uint8_t{1})), "key id"));
}

TEST(Table, RefusesReservedBytes) {
  const TableLayout at = table_layout(header_of(sample_table()));
  for (const std::size_t byte : {std::size_t{53}, std::size_t{59}, std::size_t{64 + 45},
                                 std::size_t{64 + 47}, at.records + 26, at.records + 31}) {
    EXPECT_TRUE(corrupt(open_and_check(table_with(byte, std::uint8_t{1})), "reserved")) << byte;
  }
}

TEST(Table, RefusesLyingCounts) {
  EXPECT_TRUE(corrupt(open_and_check(table_with(12, std::uint32_t{2})), "length"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(12, std::uint32_t{0xFFFFFFFF})),
                      "more packs than records"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(40, std::uint32_t{7})), "length"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(40, std::uint32_t{1 << 20 | 1})), "too many"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(44, std::uint32_t{3})), "length"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(44, std::uint32_t{0xFFFFFFFF})), "more bases"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(48, std::uint32_t{11})), "length"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(48, std::uint32_t{0xFFFFFFFF})), "too many"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(52, std::uint8_t{2})), "length"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(52, std::uint8_t{21})), "fan-out bits"));
}

TEST(Table, RefusesAFanOutThatDoesNotCount) {
  const TableLayout at = table_layout(header_of(sample_table()));
  EXPECT_TRUE(corrupt(TableView::open(table_with(at.fanout, std::uint32_t{1})), "fan-out"));
  EXPECT_TRUE(corrupt(TableView::open(table_with(at.fanout + 4, std::uint32_t{13})), "fan-out"));
  EXPECT_TRUE(corrupt(TableView::open(table_with(at.fanout + 8, std::uint32_t{11})), "fan-out"));
  // In order, but not where the prefixes change: only check() can see it.
  const auto middle = base::load_le<std::uint32_t>(&sample_table()[at.fanout + 4]);
  EXPECT_TRUE(accepted(TableView::open(table_with(at.fanout + 4, middle - 1))));
  EXPECT_TRUE(corrupt(open_and_check(table_with(at.fanout + 4, middle - 1)), "misses a chunk"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(at.fanout + 4, middle + 1)), "misses a chunk"));
}

TEST(Table, RefusesPacksThatDoNotShareOutTheRecords) {
  EXPECT_TRUE(corrupt(open_and_check(table_with(64 + 40, std::uint32_t{1})), "share out"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(64 + 48 + 40, std::uint32_t{0})), "share out"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(64 + 48 + 40, std::uint32_t{4})), "share out"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(64 + 96 + 40, std::uint32_t{6})), "share out"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(64 + 32, std::uint64_t{1} << 32)), "4 GiB"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(64 + 32, std::uint64_t{200})),
                      "beyond the end of its pack"));
  EXPECT_TRUE(
      corrupt(open_and_check(table_with(64 + 32, std::uint64_t{3})), "beyond the end of its pack"));
}

TEST(Table, RefusesRecordsThatCanNotBe) {
  const std::size_t record = table_layout(header_of(sample_table())).records;
  EXPECT_TRUE(corrupt(open_and_check(table_with(record, std::uint32_t{63})), "inside the header"));
  EXPECT_TRUE(
      corrupt(open_and_check(table_with(record, std::uint32_t{0xFFFFFFF0})), "beyond 4 GiB"));
  EXPECT_TRUE(
      corrupt(open_and_check(table_with(record + 32, std::uint32_t{64})), "order of their pack"));
  EXPECT_TRUE(
      corrupt(open_and_check(table_with(record + 4, std::uint32_t{28})), "impossible size"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(record + 4, std::uint32_t{32})),
                      "shorter than its header"));
  EXPECT_TRUE(
      corrupt(open_and_check(table_with(record + 4, std::uint32_t{2'000'000})), "impossible size"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(record + 8, std::uint32_t{0})), "plain length"));
  EXPECT_TRUE(
      corrupt(open_and_check(table_with(record + 8, std::uint32_t{1 << 20 | 1})), "plain length"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(record + 8, std::uint32_t{40})), "payload"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(record + 16, std::uint32_t{0})), "chunk count"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(record + 16, std::uint32_t{5000})),
                      "shorter than its header"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(record + 24, std::uint8_t{0})), "raw payload"));
  EXPECT_TRUE(
      corrupt(open_and_check(table_with(record + 24, std::uint8_t{2})), "more than one chunk"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(record + 24, std::uint8_t{4})), "without one"));
  EXPECT_TRUE(accepted(
      open_and_check(table_with(record + 24, std::uint8_t{9}))));  // for the codec module to refuse
}

TEST(Table, RefusesBaseRunsThatDoNotFollowEachOther) {
  const std::size_t record = table_layout(header_of(sample_table())).records;
  EXPECT_TRUE(
      corrupt(open_and_check(table_with(record + 20, std::uint32_t{1})), "follow each other"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(record + 5 * 32 + 20, std::uint32_t{1})),
                      "follow each other"));
  EXPECT_TRUE(
      corrupt(open_and_check(table_with(record + 5 * 32 + 25, std::uint8_t{1})), "do not add up"));
}

TEST(Table, RefusesChunksThatDoNotFillTheirRecord) {
  const TableLayout at = table_layout(header_of(sample_table()));
  EXPECT_TRUE(corrupt(open_and_check(table_with(at.places, std::uint32_t{6})), "no record"));
  EXPECT_TRUE(
      corrupt(open_and_check(table_with(at.places + 4, std::uint32_t{61})), "outside its record"));
  EXPECT_TRUE(corrupt(open_and_check(table_with(at.places + 4, std::uint32_t{0xFFFFFFFF})),
                      "outside its record"));
  EXPECT_TRUE(
      corrupt(open_and_check(table_with(at.places + 8, std::uint32_t{0})), "outside its record"));
  EXPECT_TRUE(
      corrupt(open_and_check(table_with(at.places + 8, std::uint32_t{39})), "fill their record"));
  const auto record = base::load_le<std::uint32_t>(&sample_table()[at.places]);
  EXPECT_TRUE(
      corrupt(open_and_check(table_with(at.places, (record + 1) % 6)), "fill their record"));
}

TEST(Table, RefusesChunksOutOfOrder) {
  const TableLayout at = table_layout(header_of(sample_table()));
  Bytes bytes = sample_table();
  std::swap_ranges(&bytes[at.ids], &bytes[at.ids + 32], &bytes[at.ids + 32]);
  EXPECT_TRUE(corrupt(open_and_check(sealed(bytes)), "out of order"));
  // The same chunk at the same place twice.
  bytes = sample_table();
  std::copy(&bytes[at.ids], &bytes[at.ids + 32], &bytes[at.ids + 32]);
  std::copy(&bytes[at.places], &bytes[at.places + 12], &bytes[at.places + 12]);
  EXPECT_TRUE(corrupt(open_and_check(sealed(bytes)), "out of order"));
}

TEST(Footer, HasNoGapBetweenRecords) {
  const Bytes bytes = sample_table(true);
  EXPECT_TRUE(accepted(open_and_check(bytes)));
  const std::size_t record = table_layout(header_of(bytes)).records;
  EXPECT_TRUE(corrupt(open_and_check(sealed(patched(bytes, record, std::uint32_t{65}))),
                      "order of their pack"));
  EXPECT_TRUE(corrupt(open_and_check(sealed(patched(bytes, record + 32, 65 + kRecordBytes))),
                      "order of their pack"));
  // A segment may leave records out.
  EXPECT_TRUE(accepted(open_and_check(
      table_with(table_layout(header_of(sample_table())).records + 32, 65 + kRecordBytes))));
}

TEST(TableBuilder, SortsAFullTable) {
  std::mt19937_64 random(5);
  TableBuilder builder;
  for (std::uint32_t i = 0; i < kMaxTableChunks; ++i) {
    if (i % 4096 == 0) builder.add_record({64 + i * 4, 24 + 4096 * 5, 4096, 0, 4096, 0, 0, 0}, {});
    ChunkId id;
    for (std::size_t at = 0; at < 32; at += 8) {
      const std::uint64_t word = random();
      std::memcpy(&id.bytes[at], &word, 8);
    }
    builder.add_chunk(id, i % 4096, 1);
  }
  const Bytes bytes = builder.encode();
  EXPECT_EQ(bytes[52], 17);
  const auto table = TableView::open(bytes);
  ASSERT_TRUE(accepted(table));
  const auto find = table->find(table->chunk(777'777).id);
  EXPECT_EQ(find.first, 777'777U);
}

}  // namespace
}  // namespace cairn::format
