#include "workdir/landing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <thread>

#include "crypto/sha256.hpp"
#include "store/chunk_reader.hpp"
#include "unit/store/ingest_fixture.hpp"
#include "workdir/kept_parts.hpp"

namespace cairn::workdir {
namespace {

namespace fs = std::filesystem;
using store::make_text;

class LandingTest : public testing::Test {
 protected:
  LandingTest() {
    fs::create_directories(tree());
    auto opened = TreeRoot::open(tree());
    root_.emplace(*std::move(opened));
  }
  [[nodiscard]] std::string tree() const { return fixture_.scratch / "tree"; }
  [[nodiscard]] std::string notes() const { return fixture_.scratch / "notes"; }

  // A file whose chunks the fixture's store can give.
  void add_file(const std::string& path, const std::string& text) {
    fixture_.sources.clear();
    fixture_.add_source(text);
    const auto files = fixture_.ingest();
    ASSERT_TRUE(files.ok());
    const store::StoredFile& file = files->front();
    WriteItem item;
    item.path = path;
    item.entry.size_bytes = file.size_bytes;
    item.entry.file_id = file.id;
    if (file.chunks.size() > 1) item.entry.chunks = file.chunks;
    item.entry.has_recipe = file.recipe.has_value();
    if (file.recipe) item.entry.recipe = *file.recipe;
    items_.push_back(item);
    texts_.push_back(text);
  }

  std::unique_ptr<Landing> plan() {
    std::vector<const WriteItem*> items;
    for (const WriteItem& item : items_) items.push_back(&item);
    auto landing =
        Landing::plan(fixture_.context, *root_, items, store::page_fetch(*fixture_.store));
    EXPECT_TRUE(landing.ok());
    return landing.ok() ? *std::move(landing) : nullptr;
  }

  // Every chunk of every file, once.
  std::vector<std::pair<ChunkId, base::Bytes>> chunks() {
    std::vector<std::pair<ChunkId, base::Bytes>> out;
    store::ChunkReader reader(*fixture_.store);
    for (const WriteItem& item : items_) {
      const auto add = [&](const format::ChunkRef& chunk) -> Status {
        CAIRN_TRY(const auto bytes, reader.read(chunk.id, store::Verify::kChunk));
        if (std::ranges::find(out, chunk.id, [](const auto& known) { return known.first; }) ==
            out.end())
          out.emplace_back(chunk.id, base::Bytes(bytes.begin(), bytes.end()));
        return {};
      };
      EXPECT_TRUE(for_each_chunk(item.entry, store::page_fetch(*fixture_.store), add).ok());
    }
    return out;
  }

  static Status take(Landing& landing, const std::pair<ChunkId, base::Bytes>& chunk) {
    CAIRN_CHECK(landing.land(chunk.first, chunk.second));
    CAIRN_TRY(const bool right, landing.settle(chunk.first, chunk.second));
    EXPECT_TRUE(right);
    return {};
  }

  Status publish(Landing& landing) {
    std::size_t next = 0;
    return landing.publish(0, items_.size(), [&](std::size_t i, const StatKey&) -> Status {
      EXPECT_EQ(i, next++);
      return {};
    });
  }

  void expect_written() {
    for (std::size_t i = 0; i < items_.size(); ++i)
      EXPECT_EQ(base::get_file(tree() + "/" + items_[i].path), texts_[i]) << items_[i].path;
  }
  [[nodiscard]] std::size_t names_in_tree() const {
    std::size_t names = 0;
    for (const auto& entry : fs::recursive_directory_iterator(tree()))
      names += entry.exists() ? 1 : 0;
    return names;
  }

  store::IngestFixture fixture_;
  std::optional<TreeRoot> root_;
  std::vector<WriteItem> items_;
  std::vector<std::string> texts_;
};

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST_F(LandingTest, FilesAreRightInWhateverOrderChunksCome) {
  add_file("a/large", make_text(3'000'000, 1));
  add_file("a/middle", make_text(300'000, 2));
  add_file("b/small", "hello\n");
  add_file("b/twin", "hello\n");                            // one chunk, two places
  add_file("b/again", repeated(make_text(600'000, 3), 4));  // chunks that stand four times
  add_file("b/zeros", std::string(2'000'000, '\0'));        // and one after the other
  add_file("empty", "");
  const auto all = chunks();
  for (unsigned seed = 1; seed <= 4; ++seed) {
    auto order = all;
    std::shuffle(order.begin(), order.end(), std::mt19937(seed));
    if (seed == 1) order = all;
    const auto landing = plan();
    ASSERT_TRUE(landing->open({"a", "b"}, notes()).ok());
    for (const auto& chunk : order) {
      EXPECT_TRUE(landing->lacks(chunk.first));
      const Status taken = take(*landing, chunk);
      ASSERT_TRUE(taken.ok()) << taken.error().message();
      EXPECT_FALSE(landing->lacks(chunk.first));
    }
    EXPECT_EQ(landing->lacking().bytes, 0U);
    const Status published = publish(*landing);
    ASSERT_TRUE(published.ok()) << published.error().message();
    expect_written();
    fs::remove_all(tree());
    fs::create_directories(tree());
    auto opened = TreeRoot::open(tree());
    root_.emplace(*std::move(opened));
  }
}

TEST_F(LandingTest, ManyThreadsLandAtOnce) {
  add_file("large", make_text(3'000'000, 1));
  for (int i = 0; i < 30; ++i)
    add_file("few/" + std::to_string(1000 + i), make_text(9'000, 10 + static_cast<unsigned>(i)));
  const auto all = chunks();
  const auto landing = plan();
  ASSERT_TRUE(landing->open({"few"}, notes()).ok());
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = t; i < all.size(); i += 4)
        EXPECT_TRUE(landing->land(all[i].first, all[i].second).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& chunk : all) ASSERT_TRUE(landing->settle(chunk.first, chunk.second).ok());
  ASSERT_TRUE(publish(*landing).ok());
  expect_written();
}

TEST_F(LandingTest, WithoutTheLastChunkNothingIsLeft) {
  add_file("deep/er/large", make_text(2'000'000, 1));
  add_file("deep/small", "hello\n");
  auto all = chunks();
  {
    const auto landing = plan();
    ASSERT_TRUE(landing->open({"deep"}, notes()).ok());
    for (std::size_t i = 1; i < all.size(); ++i) ASSERT_TRUE(take(*landing, all[i]).ok());
    EXPECT_EQ(landing->lacking().bytes, all[0].second.size());
    const Status published =
        landing->publish(0, 1, [](std::size_t, const StatKey&) { return Status(); });
    ASSERT_FALSE(published.ok());
    EXPECT_EQ(const_cast<Status&>(published).error().code(), Code::kMissing);
  }
  EXPECT_EQ(names_in_tree(), 0U);
}

TEST_F(LandingTest, WhatIsCompleteMayBeKeptAfterAnInterruption) {
  add_file("large", make_text(2'000'000, 1));
  add_file("small", "hello\n");
  const auto all = chunks();
  {
    const auto landing = plan();
    ASSERT_TRUE(landing->open({}, notes()).ok());
    for (std::size_t i = 1; i < all.size(); ++i) ASSERT_TRUE(take(*landing, all[i]).ok());
    landing->keep_what_came();
  }
  EXPECT_EQ(names_in_tree(), 1U);
  EXPECT_EQ(base::get_file(tree() + "/small"), "hello\n");
}

// A large file of which all chunks but some have come when the run is broken off.
class KeptPartTest : public LandingTest {
 protected:
  static constexpr std::size_t kLacking = 3;

  void SetUp() override {
    add_file("deep/large", make_text(9'000'000, 1));
    break_off();
  }
  void break_off() {
    const auto all = chunks();
    ASSERT_GT(all.size(), 2 * kLacking);
    const auto landing = plan();
    ASSERT_TRUE(landing->open({}, notes()).ok());
    for (std::size_t i = kLacking; i < all.size(); ++i) ASSERT_TRUE(take(*landing, all[i]).ok());
    landing->keep_what_came();
  }
  [[nodiscard]] std::string part() const {
    return tree() + "/.cairn-tmp-part-" + items_[0].entry.file_id.hex();
  }
  // How many chunks are lacking once a landing is open.
  std::size_t lacking_when_open(Landing& landing) {
    EXPECT_TRUE(landing.open({}, notes()).ok());
    return landing.lacking().chunks;
  }
};

TEST_F(KeptPartTest, TheNextRunGoesOnWithIt) {
  EXPECT_TRUE(fs::exists(part()));
  auto landing = plan();
  EXPECT_EQ(lacking_when_open(*landing), kLacking);
  EXPECT_FALSE(fs::exists(part()));
  for (const auto& chunk : chunks()) {
    if (!landing->lacks(chunk.first)) continue;
    ASSERT_TRUE(take(*landing, chunk).ok());
  }
  ASSERT_TRUE(publish(*landing).ok());
  expect_written();
  EXPECT_EQ(names_in_tree(), 2U);
  landing.reset();
  EXPECT_TRUE(fs::is_empty(notes()));
}

TEST_F(KeptPartTest, GoesOnSeveralTimes) {
  break_off();
  EXPECT_TRUE(fs::exists(part()));
  EXPECT_EQ(lacking_when_open(*plan()), kLacking);
}

TEST_F(KeptPartTest, WrongBytesInItAreNotUsed) {
  std::fstream file(part(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(8'000'000).put('\0');
  file.close();
  EXPECT_EQ(lacking_when_open(*plan()), kLacking + 1);
}

TEST_F(KeptPartTest, ATornEndIsNotUsed) {
  fs::resize_file(part(), fs::file_size(part()) - 1);
  EXPECT_EQ(lacking_when_open(*plan()), kLacking + 1);
}

TEST_F(KeptPartTest, WhatLeadsElsewhereIsNotUsed) {
  const std::size_t all = chunks().size();
  const fs::path elsewhere = fixture_.scratch / "elsewhere";
  fs::rename(part(), elsewhere);
  const std::string before = base::get_file(elsewhere);
  fs::create_symlink(elsewhere, part());
  EXPECT_EQ(lacking_when_open(*plan()), all);
  fs::remove(part());
  fs::create_hard_link(elsewhere, part());
  EXPECT_EQ(lacking_when_open(*plan()), all);
  fs::remove(part());
  fs::create_directory(part());
  EXPECT_EQ(lacking_when_open(*plan()), all);
  EXPECT_EQ(base::get_file(elsewhere), before);
}

TEST_F(KeptPartTest, ARunThatWantsOtherFilesRemovesIt) {
  items_.clear();
  texts_.clear();
  add_file("other", "small\n");
  const auto landing = plan();
  ASSERT_TRUE(landing->open({}, notes()).ok());
  EXPECT_FALSE(fs::exists(part()));
}

TEST_F(KeptPartTest, AsDoesOneThatWritesFromAStore) {
  add_file("other", "small\n");
  const std::vector<WriteItem> other{items_[1]};
  WriteOptions options;
  options.notes = notes();
  ASSERT_TRUE(write_items(fixture_.context, *fixture_.store, *root_, other, options,
                          [](std::size_t, const StatKey&) { return Status(); })
                  .ok());
  EXPECT_FALSE(fs::exists(part()));
  EXPECT_TRUE(fs::is_empty(notes()));
}

TEST_F(KeptPartTest, StandsAboveFoldersThatCameLater) {
  fs::create_directory(tree() + "/deep");
  EXPECT_EQ(lacking_when_open(*plan()), kLacking);
}

TEST_F(KeptPartTest, ItsBlocksCountAsFreeSpace) {
  EXPECT_GT(detail::part_bytes(*root_, items_[0]), 8'000'000U);
  EXPECT_EQ(detail::part_bytes(*root_, WriteItem{}), 0U);
}

TEST_F(LandingTest, WrongBytesAreFoundWithTheFileAndComeAgain) {
  if (!crypto::has_sha_extensions()) GTEST_SKIP() << "chunks are hashed before they land here";
  add_file("large", make_text(3'000'000, 1));
  add_file("twice", repeated(make_text(600'000, 3), 2));
  const auto all = chunks();
  for (std::size_t bad = 0; bad < all.size(); ++bad) {
    const auto landing = plan();
    ASSERT_TRUE(landing->open({}, notes()).ok());
    for (std::size_t i = 0; i < all.size(); ++i) {
      EXPECT_TRUE(landing->hashes(all[i].first));
      if (i != bad) {
        ASSERT_TRUE(take(*landing, all[i]).ok());
        continue;
      }
      auto wrong = all[i].second;
      wrong.back() ^= 1;
      ASSERT_TRUE(landing->land(all[i].first, wrong).ok());
      const auto right = landing->settle(all[i].first, wrong);
      ASSERT_TRUE(right.ok());
      EXPECT_FALSE(*right);
      EXPECT_TRUE(landing->lacks(all[i].first));
    }
    EXPECT_EQ(landing->lacking().chunks, 1U);
    const Status again = take(*landing, all[bad]);
    ASSERT_TRUE(again.ok()) << again.error().message();
    ASSERT_TRUE(publish(*landing).ok());
    expect_written();
    for (const WriteItem& item : items_) fs::remove(tree() + "/" + item.path);
  }
}

// Whether each chunk is settled as it lands or all have landed by then.
TEST_F(LandingTest, WhereFilesCoverThemWrongChunksAreFoundWithTheirFileAndComeAgain) {
  const auto text = make_text(2'000'000, 1);
  add_file("large", text);
  add_file("twice", repeated(make_text(600'000, 3), 2));
  add_file("tail", text.substr(500'000));  // chunks that stand in two files
  add_file("alone", "hello\n");
  const auto all = chunks();
  for (std::size_t round = 0; round / 2 + 2 < all.size(); ++round) {
    const std::size_t bad = round / 2;  // and the one behind it
    const auto landing = plan();
    landing->cover_by_files();
    ASSERT_TRUE(landing->open({}, notes()).ok());
    auto came = all;
    for (const std::size_t i : {bad, bad + 1}) came[i].second.back() ^= 1;
    const bool all_first = round % 2 == 1;
    const auto land = [&](const auto& chunk) {
      ASSERT_TRUE(landing->land(chunk.first, chunk.second).ok());
    };
    if (all_first) std::ranges::for_each(came, land);
    for (const auto& chunk : came) {
      if (!all_first) land(chunk);
      const auto settled = landing->settle(chunk.first, chunk.second);
      ASSERT_TRUE(settled.ok()) << settled.error().message();
    }
    EXPECT_EQ(landing->lacking().chunks, 2U);
    EXPECT_TRUE(landing->lacks(all[bad].first) && landing->lacks(all[bad + 1].first));
    land(came[bad]);
    const auto still_wrong = landing->settle(all[bad].first, came[bad].second);
    ASSERT_TRUE(still_wrong.ok());
    EXPECT_FALSE(*still_wrong);
    for (const std::size_t i : {bad + 1, bad}) {
      const Status again = take(*landing, all[i]);
      ASSERT_TRUE(again.ok()) << again.error().message();
    }
    const Status published = publish(*landing);
    ASSERT_TRUE(published.ok()) << published.error().message();
    expect_written();
    for (const WriteItem& item : items_) fs::remove(tree() + "/" + item.path);
  }
}

// Two files share a wrong chunk; another one of the second file has landed by the time that the
// first one is found to be wrong.
TEST_F(LandingTest, AWrongChunkOnTheWayDoesNotCountWhenItsFileIsHashedAgain) {
  const auto text = make_text(2'000'000, 1);
  add_file("first", text);
  add_file("second", text + make_text(2'000'000, 5));
  const auto all = chunks();
  const auto landing = plan();
  landing->cover_by_files();
  ASSERT_TRUE(landing->open({}, notes()).ok());
  auto came = all;
  came.pop_back();
  came.front().second.back() ^= 1;
  came.back().second.back() ^= 1;
  for (const auto& chunk : came) ASSERT_TRUE(landing->land(chunk.first, chunk.second).ok());
  for (const auto& chunk : came) {
    const auto settled = landing->settle(chunk.first, chunk.second);
    ASSERT_TRUE(settled.ok()) << settled.error().message();
    // The shared one has come well before the other wrong one is looked at.
    if (landing->lacks(all.front().first)) {
      ASSERT_TRUE(take(*landing, all.front()).ok());
    }
  }
  EXPECT_TRUE(landing->lacks(came.back().first));
  for (const std::size_t i : {all.size() - 2, all.size() - 1}) {
    const Status again = take(*landing, all[i]);
    ASSERT_TRUE(again.ok()) << again.error().message();
  }
  ASSERT_TRUE(publish(*landing).ok());
  expect_written();
}

TEST_F(LandingTest, AListThatDoesNotGiveTheFileIsCaught) {
  add_file("large", make_text(2'000'000, 1));
  items_[0].entry.file_id =
      crypto::sha256(base::view_of(std::string("something else"))).as<FileId>();
  const auto all = chunks();
  const auto landing = plan();
  ASSERT_TRUE(landing->open({}, notes()).ok());
  Status last;
  for (const auto& chunk : all) last = take(*landing, chunk);
  ASSERT_FALSE(last.ok());
  EXPECT_EQ(last.error().code(), Code::kCorrupt);
  EXPECT_EQ(last.error().slug(), "wrong-content");
}

TEST_F(LandingTest, WhatTheStoreHasIsTakenFromThere) {
  add_file("large", make_text(2'000'000, 1));
  add_file("small", "hello\n");
  const auto landing = plan();
  EXPECT_EQ(landing->lacking(fixture_.store.get()).bytes, 0U);
  EXPECT_GT(landing->lacking().bytes, 2'000'000U);
  ASSERT_TRUE(landing->open({}, notes()).ok());
  ASSERT_TRUE(landing->land_from(*fixture_.store).ok());
  EXPECT_EQ(landing->lacking().bytes, 0U);
  ASSERT_TRUE(publish(*landing).ok());
  expect_written();
}

}  // namespace
}  // namespace cairn::workdir
