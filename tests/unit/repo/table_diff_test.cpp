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

TEST_F(TableDiffTest, FewRowsAtOnceGiveTheSameCounts) {
  const std::string before = "h\n" + rows(0, 2'000);
  const std::string after = "h\n" + rows(500, 2'600);
  for (const std::size_t at_once : {1'000U, 10'000U, 300U})
    expect_rows(diff(before, after, TableKind::kDelimited, 4096, {at_once}), 600, 500);
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

}  // namespace
}  // namespace cairn::repo
