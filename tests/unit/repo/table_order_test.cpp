// Versions of tables that have the same rows in another order, and those that have not.
#include "repo/table_order.hpp"

#include <algorithm>
#include <random>

#include "unit/repo/stored_files.hpp"

namespace cairn::repo {
namespace {

class TableOrderTest : public StoredFiles {
 protected:
  using Rows = std::vector<std::string>;

  static Rows rows(std::size_t count) {
    Rows out;
    for (std::size_t i = 0; i < count; ++i)
      out.push_back(std::to_string(i) + "," + std::to_string(i * 7919 % 10'007));
    return out;
  }
  static Rows shuffled(Rows rows) {
    std::mt19937 random(1);
    std::ranges::shuffle(rows, random);
    return rows;
  }
  bool reordered(const Rows& before, const Rows& after) {
    auto older = stored(text(before), kCut);
    auto newer = stored(text(after), kCut);
    const auto found = is_reordered(context, older, newer);
    EXPECT_TRUE(found.ok());
    return found.ok() && *found;
  }

  static std::string text(const Rows& rows) {
    std::string out = "id,value\n";
    for (const auto& row : rows) out += row + "\n";
    return out;
  }
  static constexpr std::size_t kCut = 1000;
};

TEST_F(TableOrderTest, SortedAnotherWay) {
  const auto table = rows(20'000);
  auto backwards = table;
  std::ranges::reverse(backwards);
  EXPECT_TRUE(reordered(table, shuffled(table)));
  EXPECT_TRUE(reordered(table, backwards));
  auto edited = shuffled(table);
  for (std::size_t i = 0; i < 500; ++i) edited[i * 31] += "x";
  EXPECT_TRUE(reordered(table, edited));
  auto by_parity = table;  // stable: each half stays in order
  std::stable_partition(by_parity.begin(), by_parity.end(),
                        [](const auto& row) { return row.back() % 2 == 0; });
  EXPECT_TRUE(reordered(table, by_parity));
}

TEST_F(TableOrderTest, EditedButInOrder) {
  const auto table = rows(20'000);
  auto edited = table;
  for (std::size_t i = 0; i < 700; ++i) edited[i * 27] += "x";
  EXPECT_FALSE(reordered(table, edited));
  auto moved = table;  // every chunk is another, the order mostly not
  std::rotate(moved.begin(), moved.begin() + 5'001, moved.end());
  EXPECT_FALSE(reordered(table, moved));
  EXPECT_FALSE(reordered(table, table));
}

TEST_F(TableOrderTest, OtherRowsOrTooFewToTell) {
  const auto table = rows(20'000);
  auto others = rows(20'000);
  for (auto& row : others) row += "y";
  EXPECT_FALSE(reordered(table, others));
  EXPECT_FALSE(reordered(table, shuffled(rows(15'000))));
  EXPECT_FALSE(reordered(rows(40), shuffled(rows(40))));
  EXPECT_FALSE(reordered({}, {}));
}

TEST_F(TableOrderTest, RowsThatAreNotHere) {
  auto older = stored(text(rows(2'000)), kCut);
  auto newer = stored(text(shuffled(rows(2'000))), kCut, 3);
  const auto found = is_reordered(context, older, newer);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code(), Code::kMissing);
}

}  // namespace
}  // namespace cairn::repo
