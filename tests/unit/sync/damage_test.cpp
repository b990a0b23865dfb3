// Remotes that lack things, or hold wrong bytes: nothing wrong enters the store, and what can be
// had is had.
#include "unit/sync/world.hpp"

namespace cairn::sync::test {
namespace {

class Damage : public testing::Test {
 protected:
  Damage() : store_(world_.new_store()), files_(small_sample()) {
    version_ = world_.add_folder(*store_, "data", files_);
    EXPECT_TRUE(world_.push(*store_, world_.remote, {version_}).ok());
  }

  // Every kind of file, but little: it is fetched a hundred times.
  static Files small_sample() {
    Files files;
    for (int i = 0; i < 40; ++i)
      files["d" + std::to_string(i % 3) + "/f" + std::to_string(i)] = text(300, 100U + i);
    files["d1/inline"] = noise(60 << 10, 3);
    files["large/recipe"] = noise(800 << 10, 4);
    return files;
  }

  // Fetches into a new store: complete and right, or with an error or something named as missing.
  // Never wrong.
  void expect_never_wrong(Remote& remote, bool must_complete = false) {
    const auto target = world_.new_store();
    const auto fetched = world_.fetch(*target, remote, {version_});
    const auto back = world_.read_back(*target, version_);
    EXPECT_TRUE(!back.ok() || *back == files_);
    const bool complete = fetched.ok() && fetched->missing.empty();
    EXPECT_EQ(complete, back.ok());
    EXPECT_TRUE(complete || !must_complete);
    // Whatever did enter is what its id says.
    store::ChunkReader reader(*target);
    EXPECT_TRUE(target
                    ->for_each_record([&](std::uint32_t, const format::TableRecord&,
                                          std::span<const format::TableChunk> chunks) -> Status {
                      for (const auto& chunk : chunks) {
                        EXPECT_TRUE(reader.read(chunk.id, store::Verify::kChunk).ok());
                      }
                      return {};
                    })
                    .ok());
  }

  std::unique_ptr<remotes::MemRemote> copy() {
    auto out = std::make_unique<remotes::MemRemote>(world_.clock);
    for (const auto& [key, bytes] : world_.objects(world_.remote)) world_.put(*out, key, bytes);
    return out;
  }

  World world_;
  std::unique_ptr<store::Store> store_;
  Files files_;
  Version version_;
};

TEST_F(Damage, EveryObjectTruncatedFlippedEmptiedOrGone) {
  for (const auto& [key, bytes] : world_.objects(world_.remote)) {
    SCOPED_TRACE(key);
    const auto remote = copy();
    world_.put(*remote, key, base::ByteView(bytes).first(bytes.size() / 2));
    expect_never_wrong(*remote);
    world_.put(*remote, key, {});
    expect_never_wrong(*remote);
    for (const std::size_t at : {std::size_t{20}, bytes.size() / 3, bytes.size() - 3}) {
      base::Bytes flipped = bytes;
      flipped[at % flipped.size()] ^= 0x40;
      world_.put(*remote, key, flipped);
      expect_never_wrong(*remote);
    }
    ASSERT_TRUE(remote->remove(key, {}).ok());
    expect_never_wrong(*remote);
  }
}

TEST_F(Damage, ObjectsSwapped) {
  const auto objects = world_.objects(world_.remote);
  for (auto a = objects.begin(); a != objects.end(); ++a) {
    const auto b = std::next(a) == objects.end() ? objects.begin() : std::next(a);
    SCOPED_TRACE(a->first);
    const auto remote = copy();
    world_.put(*remote, a->first, b->second);
    world_.put(*remote, b->first, a->second);
    expect_never_wrong(*remote);
  }
}

TEST_F(Damage, AMissingPackIsReportedByTheFilesItHeld) {
  for (const auto& [id, chunk] : remote_chunks(world_.remote)) {
    if (chunk.plain != files_["d1/f1"]) continue;
    ASSERT_TRUE(world_.remote.remove(format::pack_key(chunk.pack), {}).ok());
  }
  const auto target = world_.new_store();
  const auto fetched = world_.fetch(*target, world_.remote, {version_});
  ASSERT_TRUE(fetched.ok()) << fetched.error().message();
  ASSERT_FALSE(fetched->missing.empty());
  EXPECT_TRUE(fetched->missing[0].starts_with("data/d0/")) << fetched->missing[0];
  EXPECT_NE(fetched->missing[0].find("is not there"), std::string::npos) << fetched->missing[0];
}

TEST_F(Damage, AVersionWithoutARootIsMissing) {
  ASSERT_TRUE(world_.remote.remove(world_.keys(world_.remote, "roots/")[0], {}).ok());
  const auto target = world_.new_store();
  const auto fetched = world_.fetch(*target, world_.remote, {version_});
  ASSERT_TRUE(fetched.ok());
  EXPECT_EQ(fetched->missing, std::vector<std::string>{"data"});
}

TEST_F(Damage, AnEmptyRemoteHasNothing) {
  remotes::MemRemote empty(world_.clock);
  const auto target = world_.new_store();
  const auto fetched = world_.fetch(*target, empty, {version_});
  ASSERT_TRUE(fetched.ok());
  EXPECT_EQ(fetched->missing, std::vector<std::string>{"data"});
  const auto confirmed =
      confirm_versions(world_.context, empty, {version_}, world_.options.project);
  ASSERT_TRUE(confirmed.ok());
  EXPECT_FALSE((*confirmed)[0].complete);
}

// The same chunks in other packs, known to the index alone.
TEST_F(Damage, AStaleRootIsServedByTheIndex) {
  const std::vector<PackId> old = world_.packs(world_.remote);
  const std::string root = world_.keys(world_.remote, "roots/")[0];
  const auto stale = *world_.remote.get(root, 100'000, {});
  world_.condemn(world_.remote, old, "c1");
  ASSERT_TRUE(world_.push(*store_, world_.remote, {version_}).ok());
  world_.sweep(world_.remote, old);
  world_.put(world_.remote, root, stale);
  expect_never_wrong(world_.remote, true);
}

TEST_F(Damage, AnotherCopyServesForADamagedOne) {
  world_.options.project = "ffeeddccbbaa99887766554433221100";  // finds no root to compare with
  const std::vector<PackId> first = world_.packs(world_.remote);
  ASSERT_TRUE(world_.push(*store_, world_.remote, {version_}).ok());
  for (const PackId& pack : first) {
    auto bytes = *world_.remote.get(format::pack_key(pack), std::size_t{1} << 30, {});
    for (std::size_t i = 64; i < bytes.size(); i += 1000) bytes[i] ^= 1;
    world_.put(world_.remote, format::pack_key(pack), bytes);
  }
  world_.options.project = "00112233445566778899aabbccddeeff";
  expect_never_wrong(world_.remote, true);
}

TEST_F(Damage, FetchChunksFindsThemByTheIndexAlone) {
  const auto target = world_.new_store();
  std::vector<ChunkId> wanted;
  for (const auto& [id, chunk] : remote_chunks(world_.remote)) wanted.push_back(id);
  ChunkId unknown;
  unknown.bytes[0] = 1;
  wanted.push_back(unknown);
  const auto missing = fetch_chunks(world_.context, *target, world_.remote, wanted);
  ASSERT_TRUE(missing.ok()) << missing.error().message();
  EXPECT_EQ(*missing, std::vector<ChunkId>{unknown});
  const auto back = world_.read_back(*target, version_);
  ASSERT_TRUE(back.ok());
  EXPECT_TRUE(*back == files_);
}

TEST_F(Damage, ANewerRemoteIsLeftAlone) {
  const std::string newer = R"({"cairn":2,"digest":"sha256","cipher":"none","features":[]})"
                            "\n";
  world_.put(world_.remote, "cairn.json", base::view_of(newer));
  const auto before = world_.objects(world_.remote);
  const Version other = world_.add_folder(*store_, "other", sample_files(10, 5));
  EXPECT_EQ(world_.push(*store_, world_.remote, {other}).error().code(), Code::kTooNew);
  const auto target = world_.new_store();
  EXPECT_EQ(world_.fetch(*target, world_.remote, {version_}).error().code(), Code::kTooNew);
  EXPECT_EQ(confirm_versions(world_.context, world_.remote, {version_}, world_.options.project)
                .error()
                .code(),
            Code::kTooNew);
  EXPECT_EQ(check_remote(world_.context, world_.remote, 1).error().code(), Code::kTooNew);
  EXPECT_EQ(prepare_remote(world_.context, world_.remote, true).error().code(), Code::kTooNew);
  EXPECT_TRUE(world_.objects(world_.remote) == before);
}

TEST_F(Damage, ConfirmSeesEveryLostPack) {
  const auto ask = [&](Remote& remote) {
    return *confirm_versions(world_.context, remote, {version_}, world_.options.project);
  };
  EXPECT_TRUE(ask(world_.remote)[0].complete);
  for (const PackId& pack : world_.packs(world_.remote)) {
    const auto remote = copy();
    const auto bytes = *remote->get(format::pack_key(pack), std::size_t{1} << 30, {});
    world_.put(*remote, format::pack_key(pack), base::ByteView(bytes).first(100));
    EXPECT_FALSE(ask(*remote)[0].complete);
    ASSERT_TRUE(remote->remove(format::pack_key(pack), {}).ok());
    const auto answer = ask(*remote);
    EXPECT_FALSE(answer[0].complete);
    EXPECT_NE(answer[0].why.find(pack.short_hex()), std::string::npos) << answer[0].why;
  }
  ASSERT_TRUE(world_.remote.remove(world_.keys(world_.remote, "roots/")[0], {}).ok());
  EXPECT_EQ(ask(world_.remote)[0].why, "no root");
}

// What may be restored now is not always what may be relied on.
TEST_F(Damage, ConfirmToRelyOnAlsoAsksForCondemnedPacksAndDamage) {
  const auto ask = [&](Remote& remote, Confirm how) {
    return (*confirm_versions(world_.context, remote, {version_}, world_.options.project, how))[0];
  };
  EXPECT_TRUE(ask(world_.remote, Confirm::kMayRelyOn).complete);
  for (const PackId& pack : world_.packs(world_.remote)) {
    const auto condemned = copy();
    world_.condemn(*condemned, {pack}, "c1");
    EXPECT_TRUE(ask(*condemned, Confirm::kPresent).complete);
    EXPECT_FALSE(ask(*condemned, Confirm::kMayRelyOn).complete);
    const auto damaged = copy();
    world_.put(*damaged, "bad/" + pack.hex() + ".64", {});
    EXPECT_TRUE(ask(*damaged, Confirm::kPresent).complete);
    EXPECT_FALSE(ask(*damaged, Confirm::kMayRelyOn).complete);
  }
}

TEST_F(Damage, CheckRemoteSeesEveryKind) {
  const auto good = check_remote(world_.context, world_.remote, 1);
  ASSERT_TRUE(good.ok()) << good.error().message();
  EXPECT_TRUE(good->faults.empty()) << good->faults[0];
  EXPECT_EQ(good->roots, 1U);
  EXPECT_EQ(good->packs, world_.packs(world_.remote).size());
  EXPECT_GT(good->records, 10U);
  for (const auto& [key, bytes] : world_.objects(world_.remote)) {
    if (key.starts_with("leases/") || key == "cairn.json") continue;
    SCOPED_TRACE(key);
    const auto remote = copy();
    base::Bytes flipped = bytes;
    flipped[bytes.size() / 2] ^= 4;
    world_.put(*remote, key, flipped);
    const auto found = check_remote(world_.context, *remote, 1);
    ASSERT_TRUE(found.ok()) << found.error().message();
    EXPECT_FALSE(found->faults.empty());
  }
  const auto remote = copy();
  ASSERT_TRUE(remote->remove(format::pack_key(world_.packs(*remote)[0]), {}).ok());
  EXPECT_FALSE(check_remote(world_.context, *remote, 0)->faults.empty());
}

TEST_F(Damage, WhatIsMarkedIsSentAgainAndTheRemoteIsWhole) {
  const auto remote = copy();
  auto objects = world_.objects(*remote);
  PackId largest = world_.packs(*remote).front();
  for (const auto& id : world_.packs(*remote)) {
    if (objects[format::pack_key(id)].size() > objects[format::pack_key(largest)].size())
      largest = id;
  }
  auto& bytes = objects[format::pack_key(largest)];
  bytes[bytes.size() / 2] ^= 4;
  world_.put(*remote, format::pack_key(largest), bytes);
  const auto found = check_remote(world_.context, *remote, 1);
  ASSERT_TRUE(found.ok()) << found.error().message();
  ASSERT_EQ(found->damaged.size(), 1U);
  EXPECT_EQ(found->damaged[0].pack, largest);
  EXPECT_EQ(found->marked, 0U);
  const auto before = world_.push(*store_, *remote, {version_});
  ASSERT_TRUE(before.ok());
  EXPECT_EQ(before->versions[0].state, VersionState::kAlreadyThere);

  ASSERT_TRUE(mark_damaged(world_.context, *remote, found->damaged).ok());
  const auto marked = check_remote(world_.context, *remote, 1);
  ASSERT_TRUE(marked.ok()) << marked.error().message();
  EXPECT_TRUE(marked->damaged.empty());
  EXPECT_EQ(marked->marked, 1U);
  ASSERT_EQ(marked->faults.size(), 1U);
  EXPECT_NE(marked->faults[0].find("roots/"), std::string::npos) << marked->faults[0];

  const auto again = world_.push(*store_, *remote, {version_});
  ASSERT_TRUE(again.ok()) << again.error().message();
  EXPECT_EQ(again->versions[0].state, VersionState::kPushed);
  const auto whole = check_remote(world_.context, *remote, 1);
  ASSERT_TRUE(whole.ok()) << whole.error().message();
  EXPECT_TRUE(whole->faults.empty()) << whole->faults[0];
  EXPECT_EQ(whole->marked, 1U);
  world_.expect_complete(*remote, version_, files_);
}

// A remote of which one thing was damaged behind our back, and what fsck says of it.
class Superseded : public Damage {
 protected:
  RemoteCheckReport check(double share = 1) {
    auto found = check_remote(world_.context, world_.remote, share);
    EXPECT_TRUE(found.ok()) << found.error().message();
    return found.ok() ? *std::move(found) : RemoteCheckReport();
  }
  void repair() {
    world_.options.repair = true;
    const auto pushed = world_.push(*store_, world_.remote, {version_});
    ASSERT_TRUE(pushed.ok()) << pushed.error().message();
    EXPECT_EQ(pushed->versions[0].state, VersionState::kPushed);
    named_again_ = pushed->packs_named_again;
    world_.options.repair = false;
  }
  // After it was mended: told, and no fault.
  void expect_superseded(const std::string& key) {
    const auto after = check();
    EXPECT_TRUE(after.faults.empty()) << after.faults[0];
    ASSERT_EQ(after.superseded.size(), 1U);
    EXPECT_NE(after.superseded[0].find(key), std::string::npos) << after.superseded[0];
    world_.expect_complete(world_.remote, version_, files_);
  }
  void flip(const std::string& key, std::size_t at) {
    auto bytes = *world_.remote.get(key, std::size_t{1} << 30, {});
    bytes[at < bytes.size() ? at : bytes.size() - 3] ^= 4;
    world_.put(world_.remote, key, bytes);
  }
  std::string index_key() { return world_.keys(world_.remote, "index/")[0]; }

  void mend_pack_damaged_at(std::size_t at) {
    const PackId id = world_.packs(world_.remote).front();
    flip(format::pack_key(id), at);
    const auto found = check(0);
    ASSERT_EQ(found.faults.size(), 1U);
    ASSERT_EQ(found.damaged.size(), 1U);
    EXPECT_EQ(found.damaged[0].pack, id);
    EXPECT_EQ(found.damaged[0].offset, format::kWholePack);
    ASSERT_TRUE(mark_damaged(world_.context, world_.remote, found.damaged).ok());
    EXPECT_EQ(check().faults.size(), 2U);  // the pack's, and of the version that needs it
    const auto pushed = world_.push(*store_, world_.remote, {version_});
    ASSERT_TRUE(pushed.ok()) << pushed.error().message();
    EXPECT_EQ(pushed->versions[0].state, VersionState::kPushed);
    expect_superseded(format::pack_key(id));
    ASSERT_TRUE(world_.remote.remove(format::pack_key(id), {}).ok());
    world_.expect_complete(world_.remote, version_, files_);
  }

  std::uint64_t named_again_ = 0;
};

TEST_F(Superseded, ADamagedHeaderOnceAllOfThePackWasSentAgain) { mend_pack_damaged_at(40); }
TEST_F(Superseded, ADamagedFooterOnceAllOfThePackWasSentAgain) { mend_pack_damaged_at(1 << 30); }

// Its records can still be read by the places that roots tell: a clone without the data mends it.
TEST_F(Superseded, ADamagedFooterIsMendedFromTheRecordsThemselves) {
  for (const PackId& id : world_.packs(world_.remote)) flip(format::pack_key(id), 1 << 30);
  ASSERT_TRUE(mark_damaged(world_.context, world_.remote, check(0).damaged).ok());
  store_ = world_.new_store();
  const auto pushed = world_.push(*store_, world_.remote, {version_});
  ASSERT_TRUE(pushed.ok()) << pushed.error().message();
  EXPECT_EQ(pushed->versions[0].state, VersionState::kPushed);
  EXPECT_TRUE(check().faults.empty());
  world_.expect_complete(world_.remote, version_, files_);
}

TEST_F(Superseded, ADamagedIndexObjectOnceItsPacksAreNamedAgain) {
  const std::string key = index_key();
  flip(key, 1000);
  EXPECT_EQ(check(0).faults.size(), 2U);  // the object's, and of the packs that it named
  ASSERT_TRUE(world_.push(*store_, world_.remote, {version_}).ok());
  EXPECT_EQ(check(0).faults.size(), 2U);
  repair();
  EXPECT_EQ(named_again_, world_.packs(world_.remote).size());
  expect_superseded(key);
  repair();
  EXPECT_EQ(named_again_, 0U);
}

TEST_F(Superseded, AnIndexObjectThatIsGoneIsAFaultUntilItsPacksAreNamedAgain) {
  ASSERT_TRUE(world_.remote.remove(index_key(), {}).ok());
  const auto found = check(0);
  ASSERT_EQ(found.faults.size(), 1U);
  EXPECT_EQ(found.faults[0],
            "`index/`: 3 packs that versions need, named by no index object that can be read");
  repair();
  const auto after = check();
  EXPECT_TRUE(after.faults.empty()) << after.faults[0];
  EXPECT_TRUE(after.superseded.empty());
  // What the index tells now is enough for a reader whose root is stale.
  const auto target = world_.new_store();
  std::vector<ChunkId> wanted;
  for (const auto& [id, chunk] : remote_chunks(world_.remote)) wanted.push_back(id);
  const auto missing = fetch_chunks(world_.context, *target, world_.remote, wanted);
  ASSERT_TRUE(missing.ok()) << missing.error().message();
  EXPECT_TRUE(missing->empty());
}

TEST_F(Superseded, AMissingPackOnceItWasSentAgain) {
  const std::string key = index_key();
  ASSERT_TRUE(world_.remote.remove(format::pack_key(world_.packs(world_.remote).front()), {}).ok());
  EXPECT_EQ(check(0).faults.size(), 2U);
  ASSERT_TRUE(world_.push(*store_, world_.remote, {version_}).ok());
  expect_superseded(key);
}

}  // namespace
}  // namespace cairn::sync::test
