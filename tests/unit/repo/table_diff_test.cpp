// Rows and columns of two versions of a table, however it is cut and however little fits at once.
#include "repo/table_diff.hpp"

#include <map>
#include <random>

#include "repo/table_columns.hpp"
#include "unit/repo/stored_files.hpp"

namespace cairn::repo {
namespace {

using Names = std::vector<std::string>;

class TableDiffTest : public StoredFiles {
 protected:
  TableDiff diff(const std::string& before, const std::string& after,
                 TableKind kind = TableKind::kDelimited, std::size_t cut = 64,
                 TableDiffLimits limits = {}) {
    auto older = stored(before, cut);
    auto newer = stored(after, cut);
    auto found = diff_tables(context, kind, older, newer, limits);
    EXPECT_TRUE(found.ok()) << found.error().message();
    return found.ok() ? *std::move(found) : TableDiff();
  }
  void expect_rows(const TableDiff& found, std::uint64_t added, std::uint64_t removed) {
    EXPECT_EQ(found.rows_added, added);
    EXPECT_EQ(found.rows_removed, removed);
  }

  static std::string rows(int first, int last) {
    std::string out;
    for (int i = first; i < last; ++i) out += std::to_string(i) + ",value\n";
    return out;
  }
};

TEST_F(TableDiffTest, CountsRowsWhereverTheyStand) {
  const std::string header = "id,what\n";
  expect_rows(diff(header + rows(0, 100), header + rows(0, 100)), 0, 0);
  expect_rows(diff(header + rows(0, 100), header + rows(0, 103)), 3, 0);
  expect_rows(diff(header + rows(0, 100), header + rows(5, 100)), 0, 5);
  expect_rows(diff(header + rows(0, 100), header + rows(50, 100) + rows(0, 50)), 0, 0);
  expect_rows(diff(header + rows(0, 100), header + rows(0, 50) + "x,y\n" + rows(51, 100)), 1, 1);
  expect_rows(diff(header, header + rows(0, 7)), 7, 0);
  expect_rows(diff("", header + rows(0, 7)), 7, 0);
}

// The end or the beginning of a row that chunks both have cut off is no row of its own.
TEST_F(TableDiffTest, RowsAreWholeWhereSharedChunksEndInTheMiddle) {
  expect_rows(diff("h\n12345678ab\nzz\n", "h\n12345678cd\nab\n", TableKind::kDelimited, 10), 2, 2);
  expect_rows(diff("h\nQQ\nab12345678\n", "h\nab\ncd12345678\n", TableKind::kDelimited, 7), 2, 2);
}

TEST_F(TableDiffTest, LineEndsAndEmptyLinesAreNoRows) {
  expect_rows(diff("a,b\r\n1,2\r\n3,4", "a,b\n1,2\n\n3,4\n\n"), 0, 0);
  expect_rows(diff("a\n1\n2\n", "a\n1\n2"), 0, 0);
  expect_rows(diff("a\n1\n1\n1\n", "a\n1\n"), 0, 2);
}

TEST_F(TableDiffTest, ColumnsComeFromTheHeaderWhichIsNoRow) {
  const auto found = diff("id,\"a,b\",c\n1,2,3\n", "id,c,d\n1,2,3\n");
  EXPECT_EQ(found.columns_added, Names{"d"});
  EXPECT_EQ(found.columns_removed, Names{"a,b"});
  expect_rows(found, 0, 0);
}

TEST_F(TableDiffTest, JsonLinesHaveTheirKeysAsColumns) {
  const auto found = diff("{\"a\":1}\n{\"a\":1,\"b\":{\"x\":2}}\n",
                          "{\"a\":1}\n{\"c\":3}\nnonsense\n", TableKind::kJsonLines);
  EXPECT_EQ(found.columns_added, Names{"c"});
  EXPECT_EQ(found.columns_removed, Names{"b"});
  expect_rows(found, 2, 1);
}

TEST_F(TableDiffTest, AFirstRowOfNumbersIsARowAndNoHeader) {
  const auto edited = diff("5.1,3.5,setosa\n1,2,b\n", "5.1,3.6,setosa\n1,2,b\n");
  EXPECT_TRUE(edited.columns_added.empty() && edited.columns_removed.empty());
  expect_rows(edited, 1, 1);
  const auto pixels = diff("7,0,0,12\n1,2,3,4\n", "3,0,0,12\n1,2,3,4\n");
  EXPECT_TRUE(pixels.columns_added.empty());
  expect_rows(pixels, 1, 1);
  const auto years = diff("name,2019,2020\na,1,2\n", "name,2019,2020,2021\na,1,2,3\n");
  EXPECT_EQ(years.columns_added, Names{"2021"});
  expect_rows(years, 1, 1);
}

TEST_F(TableDiffTest, ColumnsThatMovedOrCameTwiceAreSeen) {
  EXPECT_TRUE(diff("a,b\n1,2\n", "b,a\n2,1\n").columns_moved);
  const auto twice = diff("a,b\n1,2\n", "a,b,a\n1,2,3\n");
  EXPECT_EQ(twice.columns_added, Names{"a"});
  EXPECT_FALSE(twice.columns_moved);
  const auto emptied = diff("a,b\n1,2\n", "");
  EXPECT_TRUE(emptied.columns_added.empty());
  EXPECT_EQ(emptied.columns_removed, (Names{"a", "b"}));
}

TEST_F(TableDiffTest, AHeaderOfAnyLengthIsNoRow) {
  std::string header = "id";
  for (int i = 0; i < 200'000; ++i) header += ",column_" + std::to_string(i);
  const auto found =
      diff(header + ",old\n1\n", header + ",new\n1\n", TableKind::kDelimited, 500'000);
  EXPECT_EQ(found.columns_added, Names{"new"});
  EXPECT_EQ(found.columns_removed, Names{"old"});
  expect_rows(found, 0, 0);
}

TEST_F(TableDiffTest, KeysOfAllObjectsAreColumns) {
  std::string before;
  for (int i = 0; i < 300; ++i)
    before += std::string(R"({"id":)") + std::to_string(i) +
              (i % 101 == 100 ? R"(,"rare":1})" : "}") + "\n";
  const auto first_gone = diff(before, before.substr(before.find('\n') + 1), TableKind::kJsonLines);
  EXPECT_TRUE(first_gone.columns_added.empty());
  expect_rows(first_gone, 0, 1);
  const auto rare_gone =
      diff(before, before.substr(0, before.find(R"({"id":100)")), TableKind::kJsonLines);
  EXPECT_EQ(rare_gone.columns_removed, Names{"rare"});
  const std::string longer = R"({"id":1,"text":")" + std::string(1'500'000, 'y') + "\"}\n";
  const auto longer_row =
      diff("{\"id\":1,\"text\":\"y\"}\n" + before, longer + before, TableKind::kJsonLines, 500'000);
  EXPECT_TRUE(longer_row.columns_added.empty() && longer_row.columns_removed.empty());
  expect_rows(longer_row, 1, 1);
}

TEST_F(TableDiffTest, FewRowsAtOnceGiveTheSameCounts) {
  const std::string before = "h\n" + rows(0, 2'000);
  const std::string after = "h\n" + rows(500, 2'600);
  for (const std::size_t at_once : {1'000U, 10'000U, 300U})
    expect_rows(diff(before, after, TableKind::kDelimited, 4096, {at_once}), 600, 500);
}

TEST_F(TableDiffTest, FewEditsTakeOnePassHoweverManyRows) {
  struct Source : ChunkSource {
    Source(std::string text, std::uint64_t& bytes) : text_(std::move(text)), read_bytes_(bytes) {}
    Result<base::ByteView> read(const FilePiece& piece) override {
      read_bytes_ += piece.length;
      return base::view_of(text_).subspan(piece.offset, piece.length);
    }
    std::optional<StoredRecord> record_of(const ChunkId&) const override { return std::nullopt; }
    const std::string text_;
    std::uint64_t& read_bytes_;
  };
  std::uint64_t read_bytes = 0;
  const auto file = [&](const std::string& text) {
    const auto pages = [](const ChunkId&) -> Result<base::Bytes> {
      return Error(Code::kMissing, "");
    };
    return *ChunkedFile::open(std::make_unique<Source>(text, read_bytes), pages,
                              entry_of(text, 4'096));
  };
  const std::string text = "id\n" + rows(0, 100'000);
  auto before = file("id\nfirst\n" + text);
  auto after = file("id\nother\n" + text + "last\n");
  const TableDiffLimits limits{1'000, 8'192};
  const auto found = diff_tables(context, TableKind::kDelimited, before, after, limits);
  ASSERT_TRUE(found.ok());
  expect_rows(*found, 2, 1);
  EXPECT_LT(read_bytes, 3 * text.size());
}

TEST_F(TableDiffTest, RowsLongerThanABlockAreRows) {
  const std::string longer(3'000'000, 'x');
  const std::string before = "h\n" + longer + "\nend\n";
  expect_rows(diff(before, before + "one\n", TableKind::kDelimited, 500'000), 1, 0);
  std::string changed = before;
  changed[1'500'000] = 'y';
  expect_rows(diff(before, changed, TableKind::kDelimited, 500'000), 1, 1);
  expect_rows(diff("a\n" + before, before, TableKind::kDelimited, 500'000), 0, 1);
}

// Against a plain count, for random edits and cuts.
TEST_F(TableDiffTest, AgreesWithCountingEveryRow) {
  std::mt19937 random(7);
  const auto count = [](const std::string& text) {
    std::map<std::string, std::int64_t> rows;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      if (end > at) ++rows[text.substr(at, end - at)];
      at = end + 1;
    }
    return rows;
  };
  for (int round = 0; round < 30; ++round) {
    std::string before = "same header\n";
    for (int i = 0; i < 200; ++i) before += std::string(random() % 30, "abc"[random() % 3]) + "\n";
    std::string after = before;
    for (auto edit = random() % 5; edit > 0; --edit) {
      const std::size_t at = 12 + random() % (after.size() - 12);
      if (random() % 2 == 0)
        after.erase(at, random() % 40);
      else
        after.insert(at, std::string(random() % 40, 'z') + (random() % 2 == 0 ? "\n" : ""));
    }
    std::uint64_t added = 0, removed = 0;
    auto older = count(before);
    for (const auto& [row, times] : count(after)) older[row] -= times;
    for (const auto& [row, times] : older) (times > 0 ? removed : added) += std::abs(times);
    SCOPED_TRACE(round);
    expect_rows(diff(before, after, TableKind::kDelimited, 16 + random() % 200), added, removed);
  }
}

TEST_F(TableDiffTest, MissingRowsAreAnErrorOnlyWhereTheyAreRead) {
  const std::string text = "h\n" + rows(0, 200);
  auto older = stored(text, 200, 1);
  auto same = stored(text, 200, 1);
  EXPECT_TRUE(diff_tables(context, TableKind::kDelimited, older, same).ok());
  auto other = stored("h\n" + rows(7, 200), 200, 1);
  const auto found = diff_tables(context, TableKind::kDelimited, older, other);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code(), Code::kMissing);
}

TEST(TableColumns, HeadersOfThreeKinds) {
  EXPECT_EQ(header_fields("a,b c,\"d \"\"e\"\"\""), (Names{"a", "b c", "d \"e\""}));
  EXPECT_EQ(header_fields("\xef\xbb\xbf"
                          "a\tb,c\td"),
            (Names{"a", "b,c", "d"}));
  EXPECT_EQ(header_fields("a;b;c"), (Names{"a", "b", "c"}));
  EXPECT_EQ(header_fields("").size(), 1U);
}

TEST(TableColumns, KeysOfTheFirstLevelFromAnyBlocks) {
  const std::string text =
      "{\"a\":{\"b\":[1,{\"c\":2}]},\"x\\\"y\":\"k\\\"\", \"d\" : 1}\n"
      "[{\"e\":1}]\n\"f\":1\n{\"g\":\"unfinished\n{\"\\u00fc\":1,\"\xc3\xbc\":2,\"a\":0}{\"h\":1}"
      "\n";
  for (std::size_t step = 1; step < 40; ++step) {
    JsonKeys keys;
    for (std::size_t at = 0; at < text.size(); at += step)
      keys.add(base::view_of(text).subspan(at, std::min(step, text.size() - at)));
    EXPECT_EQ(keys.names(), (Names{"a", "x\"y", "d", "g", "\xc3\xbc"})) << step;
  }
}

TEST(TableColumns, TablesAreKnownByTheirNamesInEitherCase) {
  EXPECT_EQ(table_kind("EXPORT.CSV"), TableKind::kDelimited);
  EXPECT_EQ(table_kind("a.JsonL"), TableKind::kJsonLines);
  EXPECT_EQ(table_kind("csv"), TableKind::kNone);
}

}  // namespace
}  // namespace cairn::repo
