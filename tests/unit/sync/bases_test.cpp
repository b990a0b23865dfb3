// Differences away from the root that tells where their bases are: found by the index, checked,
// pushed one version after the other, or not sent at all.
#include <algorithm>

#include "unit/sync/differences.hpp"

namespace cairn::sync::test {
namespace {

class Bases : public Differences {
 protected:
  void SetUp() override {
    bytes_ = noise(600'000, 1);
    version_ = make_large(bytes_);
  }

  // Ids of chunks that are on the remote as differences, and of all plain ones.
  std::vector<ChunkId> remote_ids(bool based) {
    std::vector<ChunkId> ids;
    for (const auto& [id, chunk] : remote_chunks(world_.remote)) {
      if ((chunk.record.base_count != 0) == based) ids.push_back(id);
    }
    return ids;
  }

  // What the differences on the remote are based on.
  std::vector<ChunkId> base_ids() {
    std::vector<ChunkId> ids;
    for (const std::string& key : world_.keys(world_.remote, "index/")) {
      const auto bytes = *world_.remote.get(key, std::size_t{1} << 30, {});
      const auto table = *format::TableView::open(bytes);
      for (std::uint32_t i = 0; i < table.record_count(); ++i) {
        const auto record = table.record(i);
        for (std::uint32_t b = 0; b < record.base_count; ++b)
          ids.push_back(table.base(record.first_base + b));
      }
    }
    return ids;
  }

  // Flips a bit in every copy of these chunks.
  void damage(const std::vector<ChunkId>& ids) {
    const auto chunks = remote_chunks(world_.remote);
    for (const ChunkId& id : ids) {
      const auto [first, last] = chunks.equal_range(id);
      for (auto at = first; at != last; ++at) {
        const std::string key = format::pack_key(at->second.pack);
        auto pack = *world_.remote.get(key, std::size_t{1} << 30, {});
        pack[at->second.record.offset + at->second.record.record_bytes - 1] ^= 1;
        world_.put(world_.remote, key, pack);
      }
    }
  }

  std::vector<ChunkId> fetch_missing(store::Store& target, const std::vector<ChunkId>& ids) {
    const auto missing = fetch_chunks(world_.context, target, world_.remote, ids);
    EXPECT_TRUE(missing.ok()) << missing.error().message();
    return missing.ok() ? *missing : ids;
  }

  // The roots' places are gone; the index is not.
  void damage_roots() {
    const base::Bytes garbage = text(300, 9);
    for (const std::string& key : world_.keys(world_.remote, "roots/"))
      world_.put(world_.remote, key, garbage);
  }

  std::vector<std::string> faults() {
    const auto report = check_remote(world_.context, world_.remote, 1.0);
    EXPECT_TRUE(report.ok()) << report.error().message();
    return report.ok() ? report->faults : std::vector<std::string>{"none"};
  }

  base::Bytes bytes_;
  Version version_;
};

TEST_F(Bases, ChunksComeByTheIndexWithBasesFromAnyPack) {
  expect_pushed({base_});
  expect_pushed({version_});
  const auto ids = remote_ids(true);
  ASSERT_GT(ids.size(), 3U);
  const auto target = world_.new_store();
  EXPECT_TRUE(fetch_missing(*target, ids).empty());
  store::ChunkReader reader(*target);
  for (const ChunkId& id : ids) {
    EXPECT_TRUE(reader.read(id, store::Verify::kChunk).ok());
    EXPECT_EQ(target->find(id)->record.base_count, 0) << "stands for itself";
  }
}

TEST_F(Bases, AVersionComesByTheIndexWhenItsRootIsDamaged) {
  expect_pushed({base_, version_});
  ASSERT_TRUE(remote_has_difference());
  damage_roots();
  expect_fetched(version_);
}

TEST_F(Bases, NeighbouringBasesComeWithFewRequests) {
  expect_pushed({base_});
  expect_pushed({version_});
  const auto target = world_.new_store();
  const auto fetched = world_.fetch(*target, world_.remote, {version_});
  ASSERT_TRUE(fetched.ok()) << fetched.error().message();
  EXPECT_EQ(fetched->chunks, 14U) << "13 of data and a page";
  EXPECT_LE(fetched->requests, 9U);
  const auto files = world_.read_back(*target, version_);
  ASSERT_TRUE(files.ok());
  EXPECT_EQ(files->begin()->second, changed_);
}

TEST_F(Bases, WhatComesOnTopOfAVersionThatIsHereStaysADifference) {
  expect_pushed({base_});
  expect_pushed({version_});
  const auto ids = remote_ids(true);
  ASSERT_GT(ids.size(), 3U);
  const auto target = world_.new_store();
  ASSERT_TRUE(world_.fetch(*target, world_.remote, {base_}).ok());
  const auto before = target->usage().pack_bytes;
  ASSERT_TRUE(world_.fetch(*target, world_.remote, {version_}).ok());
  EXPECT_LT(target->usage().pack_bytes - before, bytes_.size() / 2) << "not once more in full";
  for (const ChunkId& id : ids) EXPECT_EQ(target->find(id)->record.base_count, 1);
  const auto files = world_.read_back(*target, version_);
  ASSERT_TRUE(files.ok());
  EXPECT_EQ(files->begin()->second, changed_);
}

TEST_F(Bases, WithoutTheVersionItIsBasedOnItComesInFull) {
  expect_pushed({base_, version_});
  const auto ids = remote_ids(true);
  const auto target = world_.new_store();
  ASSERT_TRUE(world_.fetch(*target, world_.remote, {version_}).ok());
  for (const ChunkId& id : ids) EXPECT_EQ(target->find(id)->record.base_count, 0);
  ASSERT_TRUE(world_.fetch(*target, world_.remote, {base_}).ok());
  EXPECT_TRUE(world_.read_back(*target, base_).ok());
  EXPECT_TRUE(world_.read_back(*target, version_).ok());
}

TEST_F(Bases, ADamagedBaseCostsItsUsersAndNothingElse) {
  expect_pushed({base_, version_});
  const auto ids = remote_ids(true);
  const auto bases = base_ids();
  damage({bases.front()});
  const auto target = world_.new_store();
  const auto missing = fetch_missing(*target, ids);
  ASSERT_EQ(missing.size(), 2U) << "the users of the two chunks in the damaged record";
  // A good copy in the store at hand serves as well as one on the remote.
  world_.add_file(*target, "base", bytes_);
  EXPECT_TRUE(fetch_missing(*target, missing).empty());
  EXPECT_TRUE(store::ChunkReader(*target).read(missing.front(), store::Verify::kChunk).ok());
}

TEST_F(Bases, AnotherCopyOfTheBaseServesWhenOneIsDamaged) {
  expect_pushed({base_, version_});
  const auto ids = remote_ids(true);
  damage({base_ids().front()});
  // The same chunks once more, in packs of another project.
  const auto other = world_.new_store();
  const Version again = world_.add_file(*other, "base", bytes_);
  world_.options.project = "ffeeddccbbaa99887766554433221100";
  ASSERT_TRUE(world_.push(*other, world_.remote, {again}).ok());
  const auto target = world_.new_store();
  EXPECT_TRUE(fetch_missing(*target, ids).empty());
}

TEST_F(Bases, CheckReadsDifferencesAndNamesTheBaseThatIsDamaged) {
  expect_pushed({base_});
  expect_pushed({version_});
  EXPECT_EQ(faults(), std::vector<std::string>());
  const ChunkId base = base_ids().front();
  damage({base});
  const auto told = faults();
  const auto names_base = [&](const std::string& fault) {
    return fault.find("is based on") != std::string::npos;
  };
  EXPECT_EQ(std::ranges::count_if(told, names_base), 2) << "a record of two chunks";
  EXPECT_GE(told.size(), 2U) << "and the record of the base itself";
}

TEST_F(Bases, AVersionIsIncompleteWhenTheBasesOfItsDifferencesAreGone) {
  expect_pushed({base_});
  const auto before = world_.packs(world_.remote);
  expect_pushed({version_});
  ASSERT_TRUE(remote_has_difference());
  for (const PackId& pack : before)
    ASSERT_TRUE(world_.remote.remove(format::pack_key(pack), {}).ok());
  const auto confirmed =
      *confirm_versions(world_.context, world_.remote, {version_}, world_.options.project);
  EXPECT_FALSE(confirmed[0].complete);
}

TEST_F(Bases, TheNextVersionFindsItsBasesThroughTheRootBeforeIt) {
  expect_pushed({base_});
  version_.earlier = {*base_.pointer.closure_id()};
  const auto pushed = world_.push(*store_, world_.remote, {version_});
  ASSERT_TRUE(pushed.ok()) << pushed.error().message();
  EXPECT_TRUE(remote_has_difference());
  EXPECT_LE(pushed->requests, 30U);
  EXPECT_LT(pushed->uploaded_bytes, 300'000U);
  expect_fetched(version_);
}

TEST_F(Bases, BasesKnownToTheIndexAloneAreLookedUpTogether) {
  expect_pushed({base_});
  const auto pushed = world_.push(*store_, world_.remote, {version_});
  ASSERT_TRUE(pushed.ok()) << pushed.error().message();
  EXPECT_TRUE(remote_has_difference());
  EXPECT_LE(pushed->requests, 30U);
}

TEST_F(Bases, FlattenedNothingIsSentAsADifference) {
  world_.options.flatten = true;
  expect_pushed({base_, version_});
  EXPECT_TRUE(remote_ids(true).empty());
  expect_fetched(version_);
}

TEST_F(Bases, WhatOnlyTheRemoteHasAsADifferenceIsReliedOn) {
  expect_pushed({base_, version_});
  const auto elsewhere = world_.new_store();  // a clone with the lists alone
  const Version copy = [&] {
    auto session = *store::Session::begin(world_.context, *elsewhere);
    const format::PageFetch fetch = store::page_fetch(*store_);
    const auto page = [&](const ChunkId& id, const format::PageHeader&) -> Status {
      CAIRN_TRY(auto bytes, fetch(id));
      return session->put_page(id, std::move(bytes));
    };
    const auto leaf = [](const ChunkId&, const std::vector<format::ChunkRef>&) -> Status {
      return {};
    };
    EXPECT_TRUE(format::walk_recipe(*version_.pointer.tree, fetch, leaf, page).ok());
    EXPECT_TRUE(session->commit().ok());
    Version out = version_;
    out.path = "copy";
    return out;
  }();
  world_.options.project = "ffeeddccbbaa99887766554433221100";
  const auto pushed = world_.push(*elsewhere, world_.remote, {copy});
  ASSERT_TRUE(pushed.ok()) << pushed.error().message();
  EXPECT_TRUE(pushed->versions[0].state == VersionState::kPushed);
  EXPECT_EQ(pushed->new_plain_bytes > 100'000, false);
  expect_fetched(copy);
}

}  // namespace
}  // namespace cairn::sync::test
