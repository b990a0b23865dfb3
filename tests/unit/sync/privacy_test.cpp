// Nobody's other bytes leave the machine: what is pushed is what the versions need, and how it is
// packed.
#include "crypto/sha256.hpp"
#include "format/table.hpp"
#include "format/tree.hpp"
#include "store/chunk_reader.hpp"
#include "unit/sync/differences.hpp"
#include "unit/sync/world.hpp"

namespace cairn::sync::test {
namespace {

bool holds(const base::Bytes& where, const base::Bytes& what) {
  return std::search(where.begin(), where.end(), what.begin(), what.end()) != where.end();
}

// No object, however decoded, holds any of `secret`'s chunks or bytes.
void expect_absent(World& world, const base::Bytes& secret) {
  const ChunkId id = crypto::sha256(secret).as<ChunkId>();
  const base::Bytes id_bytes(id.bytes.begin(), id.bytes.end());
  for (const auto& [key, bytes] : world.objects(world.remote)) {
    EXPECT_FALSE(holds(bytes, secret)) << key;
    EXPECT_FALSE(holds(bytes, id_bytes)) << key;
  }
  for (const auto& [chunk, found] : remote_chunks(world.remote)) {
    EXPECT_NE(chunk, id);
    EXPECT_FALSE(holds(found.plain, secret));
  }
}

TEST(Privacy, AFrameWithForeignChunksIsEncodedAgainWithoutThem) {
  World world;
  const auto store = world.new_store();
  Files all = sample_files(50, 1);
  const base::Bytes secret = noise(3'000, 42);
  all["d01/secret"] = secret;
  world.add_folder(*store, "all", all);  // its frames hold the secret between the others
  Files shared = all;
  shared.erase("d01/secret");
  const Version version = world.add_folder(*store, "shared", shared);
  const auto pushed = world.push(*store, world.remote, {version});
  ASSERT_TRUE(pushed.ok()) << pushed.error().message();
  expect_absent(world, secret);
  world.expect_complete(world.remote, version, shared);
}

TEST(Privacy, AVersionThatMissesAChunkLeavesNothingBehind) {
  World world;
  const auto store = world.new_store();
  const base::Bytes secret = noise(3'000, 42);
  Files files = sample_files(20, 1);
  files["z/secret"] = secret;
  const Version whole = world.add_folder(*store, "whole", files);
  ASSERT_TRUE(world.push(*store, world.remote, {whole}).ok());
  const auto partial = world.new_store();
  FetchOptions options;
  options.project = world.options.project;
  options.wants = [](std::string_view path) { return !path.ends_with("text.csv"); };
  ASSERT_TRUE(fetch_versions(world.context, *partial, world.remote, {whole}, options).ok());
  const Files small = {{"a", text(500, 3)}};
  const Version other = world.add_folder(*partial, "other", small);
  for (const std::string& key : world.keys(world.remote, "")) {
    ASSERT_TRUE(world.remote.remove(key, {}).ok());
  }
  const auto pushed = world.push(*partial, world.remote, {whole, other});
  ASSERT_TRUE(pushed.ok()) << pushed.error().message();
  EXPECT_EQ(pushed->versions[0].state, VersionState::kMissingLocally);
  EXPECT_EQ(pushed->versions[1].state, VersionState::kPushed);
  expect_absent(world, secret);
}

TEST(Privacy, WholeFramesAreCopiedAsTheyAre) {
  World world;
  const auto store = world.new_store();
  const Version version = world.add_folder(*store, "data", sample_files(100, 1));
  ASSERT_TRUE(world.push(*store, world.remote, {version}).ok());
  std::size_t copied = 0;
  std::set<std::pair<PackId, std::uint32_t>> seen;
  for (const auto& [id, chunk] : remote_chunks(world.remote)) {
    const auto place = store->find(id);
    if (!place || !seen.insert({chunk.pack, chunk.record.offset}).second) continue;
    const auto here = *store->read_record(*place);
    base::Bytes there(chunk.record.record_bytes);
    ASSERT_TRUE(
        world.remote.get_range(format::pack_key(chunk.pack), chunk.record.offset, there, {}).ok());
    EXPECT_EQ(here, there);
    EXPECT_EQ(chunk.offset, place->offset);
    ++copied;
  }
  EXPECT_GT(copied, 10U);
}

TEST(Privacy, PacksAreOfOneKindAndSaltedAfresh) {
  World world;
  const auto store = world.new_store();
  const Version version = world.add_folder(*store, "data", sample_files(100, 1));
  ASSERT_TRUE(world.push(*store, world.remote, {version}).ok());
  remotes::MemRemote second(world.clock);
  ASSERT_TRUE(world.push(*store, second, {version}).ok());
  const auto first_packs = world.packs(world.remote);
  for (const PackId& pack : world.packs(second)) {
    EXPECT_EQ(std::count(first_packs.begin(), first_packs.end(), pack), 0);
  }
  std::map<ChunkId, bool> is_page;
  const auto on_page = [&](const ChunkId& page, const format::PageHeader&) -> Status {
    is_page[page] = true;
    return {};
  };
  ASSERT_TRUE(format::walk_manifest(
                  version.pointer.oid.as<ChunkId>(), store::page_fetch(*store),
                  [](const ChunkId&, const auto&) { return Status(); }, {}, on_page)
                  .ok());
  for (const auto& [id, chunk] : remote_chunks(world.remote)) {
    const auto pack = *world.remote.get(format::pack_key(chunk.pack), std::size_t{1} << 30, {});
    const auto kind = format::decode_pack_header(pack)->kind;
    if (is_page.count(id)) {
      EXPECT_EQ(kind, format::PackKind::kMeta);
    }
    if (store->has(id) && !is_page.count(id) && chunk.plain.size() > 100 && chunk.plain[0] != 'C') {
      EXPECT_EQ(kind, format::PackKind::kData);
    }
  }
}

TEST(Privacy, EveryUploadedChunkIsInTheIndex) {
  World world;
  const auto store = world.new_store();
  const Version version = world.add_folder(*store, "data", sample_files(100, 1));
  ASSERT_TRUE(world.push(*store, world.remote, {version}).ok());
  std::multiset<ChunkId> indexed;
  for (const std::string& key : world.keys(world.remote, "index/")) {
    const auto bytes = *world.remote.get(key, std::size_t{1} << 30, {});
    const auto table = *format::TableView::open(bytes);
    ASSERT_TRUE(table.check().ok());
    for (std::uint32_t i = 0; i < table.chunk_count(); ++i) indexed.insert(table.chunk(i).id);
  }
  std::multiset<ChunkId> uploaded;
  for (const auto& [id, chunk] : remote_chunks(world.remote)) uploaded.insert(id);
  EXPECT_EQ(indexed, uploaded);
}

TEST(Privacy, DedupAllFindsChunksOfOtherProjects) {
  World world;
  const auto store = world.new_store();
  const Files files = sample_files(100, 1);
  const Version version = world.add_folder(*store, "data", files);
  ASSERT_TRUE(world.push(*store, world.remote, {version}).ok());
  world.options.project = "ffeeddccbbaa99887766554433221100";
  world.options.dedup_all = true;
  const auto pushed = world.push(*store, world.remote, {version});
  ASSERT_TRUE(pushed.ok()) << pushed.error().message();
  EXPECT_EQ(pushed->versions[0].state, VersionState::kPushed);
  EXPECT_EQ(pushed->new_plain_bytes, 0U);
  world.expect_complete(world.remote, version, files);
}

// A difference is copied with its base, or written out in full.
using Difference = Differences;

TEST_F(Difference, GoesTogetherWithABaseThatIsPushed) {
  const Version version = make_large(noise(600'000, 1));
  expect_pushed({base_, version});
  EXPECT_TRUE(remote_has_difference());
  expect_fetched(version);
}

TEST_F(Difference, IsPushedWhenItsBaseIsOnTheRemoteAlready) {
  const Version version = make_large(noise(600'000, 1));
  expect_pushed({base_});
  expect_pushed({version});
  expect_fetched(version);
}

TEST_F(Difference, IsWrittenOutInFullWhenItsBaseIsNobodysBusiness) {
  const base::Bytes secret = noise(600'000, 1);
  const Version version = make_large(secret);
  expect_pushed({version});
  EXPECT_FALSE(remote_has_difference());
  const base::Bytes piece(secret.begin() + 20, secret.begin() + 60);  // has a changed byte
  for (const auto& [key, bytes] : world_.objects(world_.remote)) {
    EXPECT_FALSE(holds(bytes, piece)) << key;
  }
  expect_fetched(version);
}

TEST_F(Difference, AVersionOfOneChunkIsWrittenOutInFull) {
  const Version version = make(noise(2'000, 1));
  expect_pushed({base_, version});
  EXPECT_FALSE(remote_has_difference());
  expect_fetched(version);
}

}  // namespace
}  // namespace cairn::sync::test
