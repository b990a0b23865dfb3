// Pages of remotes that are kept: found again by whoever opens the store next, never wrong, and no
// more of them than allowed.
#include "sync/page_cache.hpp"

#include <filesystem>
#include <fstream>

#include "crypto/sha256.hpp"
#include "unit/sync/world.hpp"

namespace cairn::sync::test {
namespace {

constexpr std::size_t kPageBytes = 20'000;

struct Page {
  explicit Page(std::uint64_t seed)
      : bytes(noise(kPageBytes, seed)), id(crypto::sha256(bytes).as<ChunkId>()) {}
  base::Bytes bytes;
  ChunkId id;
};

class PageCaches : public testing::Test {
 protected:
  PageCaches() : store_(world_.new_store()) {
    world_.clock.now = 4'000'000'000'000;  // later than any file's time
  }

  PageCache open() { return {world_.context, *store_, limits_}; }
  void keep(std::uint64_t first, std::uint64_t last) {
    PageCache cache = open();
    for (std::uint64_t seed = first; seed < last; ++seed) {
      const Page page(seed);
      cache.keep(page.id, page.bytes);
    }
    cache.save();
  }
  bool has(std::uint64_t seed) {
    const Page page(seed);
    PageCache cache = open();
    const auto found = cache.find(page.id);
    EXPECT_TRUE(!found || *found == page.bytes);
    return found.has_value();
  }
  [[nodiscard]] std::vector<std::filesystem::path> packs() const {
    std::vector<std::filesystem::path> paths;
    const std::filesystem::path top = page_cache_directory(*store_) + "/packs";
    if (!std::filesystem::exists(top)) return paths;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(top)) {
      if (entry.is_regular_file()) paths.push_back(entry.path());
    }
    return paths;
  }
  [[nodiscard]] std::uint64_t pack_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& path : packs()) bytes += std::filesystem::file_size(path);
    return bytes;
  }

  World world_;
  std::unique_ptr<store::Store> store_;
  PageCache::Limits limits_;
};

TEST_F(PageCaches, WhatWasKeptIsFoundByTheNextOne) {
  keep(0, 10);
  for (std::uint64_t seed = 0; seed < 10; ++seed) EXPECT_TRUE(has(seed));
  EXPECT_FALSE(has(10));
  EXPECT_FALSE(store_->has(Page(1).id));
}

TEST_F(PageCaches, WhatWasKeptIsFoundBeforeItIsWritten) {
  const Page page(1);
  PageCache cache = open();
  EXPECT_FALSE(cache.find(page.id));
  cache.keep(page.id, page.bytes);
  EXPECT_EQ(cache.find(page.id), page.bytes);
  EXPECT_FALSE(has(1));
}

TEST_F(PageCaches, LittleIsNotWorthAFolderButJoinsWhatIsThere) {
  keep(0, 2);
  EXPECT_FALSE(std::filesystem::exists(page_cache_directory(*store_)));
  keep(0, 10);
  keep(10, 11);
  EXPECT_TRUE(has(0));
  EXPECT_TRUE(has(10));
}

TEST_F(PageCaches, WhatIsKnownIsNotWrittenAgain) {
  keep(0, 10);
  const auto before = packs();
  keep(0, 10);
  EXPECT_EQ(packs(), before);
}

TEST_F(PageCaches, DamagedPagesAreNotFoundAndMayBeKeptAgain) {
  keep(0, 10);
  for (const auto& path : packs()) {
    std::filesystem::permissions(path, std::filesystem::perms::owner_write,
                                 std::filesystem::perm_options::add);
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(50'000);
    ASSERT_TRUE(file.put('x').put('y').flush());
  }
  std::uint64_t found = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) found += has(seed) ? 1 : 0;
  EXPECT_LT(found, 10U);
  keep(0, 10);
  for (std::uint64_t seed = 0; seed < 10; ++seed) EXPECT_TRUE(has(seed));
}

TEST_F(PageCaches, OverTheLimitOnlyWhatWasUsedStays) {
  limits_.stored_bytes = 30 * kPageBytes;
  keep(0, 25);
  {
    PageCache cache = open();
    EXPECT_TRUE(cache.find(Page(3).id));
    for (std::uint64_t seed = 100; seed < 110; ++seed) {
      const Page page(seed);
      cache.keep(page.id, page.bytes);
    }
    cache.save();
  }
  EXPECT_LE(pack_bytes(), limits_.stored_bytes);
  EXPECT_TRUE(has(3));
  EXPECT_FALSE(has(20));
  for (std::uint64_t seed = 100; seed < 110; ++seed) EXPECT_TRUE(has(seed));
}

TEST_F(PageCaches, ManyPacksAreJoined) {
  keep(0, 4);
  for (std::uint64_t seed = 4; seed < 80; ++seed) keep(seed, seed + 1);
  EXPECT_LE(packs().size(), 64U);
  for (std::uint64_t seed = 0; seed < 80; ++seed) EXPECT_TRUE(has(seed)) << seed;
}

TEST_F(PageCaches, EmptiedForItsSpaceAndUsedAgain) {
  EXPECT_TRUE(drop_page_cache(world_.context, *store_).ok());
  keep(0, 10);
  EXPECT_TRUE(drop_page_cache(world_.context, *store_).ok());
  EXPECT_EQ(pack_bytes(), 0U);
  keep(3, 5);
  EXPECT_TRUE(has(3));
}

TEST_F(PageCaches, AFolderThatCannotBeWrittenIsNoFault) {
  std::ofstream(page_cache_directory(*store_)) << "in the way";
  keep(0, 10);
  EXPECT_FALSE(has(0));
}

}  // namespace
}  // namespace cairn::sync::test
