// What goes up comes down: byte for byte, once, and no more than needed.
#include "remotes/decorators/count_remote.hpp"
#include "unit/sync/world.hpp"

namespace cairn::sync::test {
namespace {

using remotes::CallKind;
using remotes::CountRemote;

TEST(PushFetch, AFolderComesBackByteForByte) {
  World world;
  const auto store = world.new_store();
  const Files files = sample_files(500, 1);
  const Version version = world.add_folder(*store, "data", files);
  const auto pushed = world.push(*store, world.remote, {version});
  ASSERT_TRUE(pushed.ok()) << pushed.error().message();
  EXPECT_EQ(pushed->versions.at(0).state, VersionState::kPushed);
  EXPECT_GT(pushed->packs, 0U);
  world.expect_complete(world.remote, version, files);
}

TEST(PushFetch, FilesOfOneChunkAndOfManyAndEmptyOnes) {
  World world;
  const auto store = world.new_store();
  const base::Bytes small = text(500, 7);
  const base::Bytes large = noise(5 << 20, 8);
  const Version a = world.add_file(*store, "a", small);
  const Version b = world.add_file(*store, "b", large);
  const Version c = world.add_file(*store, "c", {});
  const auto pushed = world.push(*store, world.remote, {a, b, c});
  ASSERT_TRUE(pushed.ok()) << pushed.error().message();
  EXPECT_EQ(pushed->versions.at(2).state, VersionState::kAlreadyThere);
  world.expect_complete(world.remote, a, {{"", small}});
  world.expect_complete(world.remote, b, {{"", large}});
}

TEST(PushFetch, ASecondPushWritesNothing) {
  World world;
  const auto store = world.new_store();
  const Version version = world.add_folder(*store, "data", sample_files(300, 1));
  ASSERT_TRUE(world.push(*store, world.remote, {version}).ok());
  const auto before = world.keys(world.remote, "");
  CountRemote counted(world.remote);
  const auto again = world.push(*store, counted, {version});
  ASSERT_TRUE(again.ok()) << again.error().message();
  EXPECT_EQ(again->versions.at(0).state, VersionState::kAlreadyThere);
  EXPECT_EQ(counted.count(CallKind::kPut), 0U);
  EXPECT_LE(counted.total(), 8U);
  EXPECT_EQ(world.keys(world.remote, ""), before);
}

TEST(PushFetch, ASecondFetchAsksNothing) {
  World world;
  const auto store = world.new_store();
  const Version version = world.add_folder(*store, "data", sample_files(300, 1));
  ASSERT_TRUE(world.push(*store, world.remote, {version}).ok());
  const auto target = world.new_store();
  ASSERT_TRUE(world.fetch(*target, world.remote, {version}).ok());
  CountRemote counted(world.remote);
  ASSERT_TRUE(world.fetch(*target, counted, {version}).ok());
  EXPECT_EQ(counted.total(), 0U);
}

TEST(PushFetch, AChangedVersionSendsTheChange) {
  World world;
  const auto store = world.new_store();
  Files files = sample_files(2000, 1);
  const Version first = world.add_folder(*store, "data", files);
  const auto pushed = world.push(*store, world.remote, {first});
  ASSERT_TRUE(pushed.ok());
  files["d03/f000010.json"] = text(700, 999);
  files["large/new.bin"] = noise(100 << 10, 5);
  files.erase("d04/f000011.json");
  Version second = world.add_folder(*store, "data", files);
  second.earlier = {first.pointer.oid};
  const auto again = world.push(*store, world.remote, {second});
  ASSERT_TRUE(again.ok()) << again.error().message();
  EXPECT_EQ(again->versions.at(0).state, VersionState::kPushed);
  EXPECT_LT(again->new_plain_bytes, 350U << 10);
  EXPECT_LT(again->uploaded_bytes, 250U << 10);
  world.expect_complete(world.remote, second, files);
}

TEST(PushFetch, SeveralVersionsInOnePushShareWhatIsTheSame) {
  World world;
  const auto store = world.new_store();
  Files files = sample_files(800, 1);
  const Files old_files = files;
  const Version first = world.add_folder(*store, "data", files);
  files["d03/f000010.json"] = text(700, 999);
  Version second = world.add_folder(*store, "data", files);
  second.earlier = {first.pointer.oid};
  const auto pushed = world.push(*store, world.remote, {first, second});
  ASSERT_TRUE(pushed.ok()) << pushed.error().message();
  EXPECT_LE(pushed->packs, 5U);
  std::uint64_t plain = 0;
  for (const auto& [name, bytes] : files) plain += bytes.size();
  EXPECT_LT(pushed->new_plain_bytes, plain + (400U << 10));
  world.expect_complete(world.remote, first, old_files);
  world.expect_complete(world.remote, second, files);
}

TEST(PushFetch, OnlyWantedFilesAreFetchedButEveryPage) {
  World world;
  const auto store = world.new_store();
  const Files files = sample_files(500, 1);
  const Version version = world.add_folder(*store, "data", files);
  ASSERT_TRUE(world.push(*store, world.remote, {version}).ok());
  const auto target = world.new_store();
  FetchOptions options;
  options.project = world.options.project;
  options.wants = [](std::string_view path) { return path.starts_with("data/d01/"); };
  const auto fetched = fetch_versions(world.context, *target, world.remote, {version}, options);
  ASSERT_TRUE(fetched.ok()) << fetched.error().message();
  EXPECT_TRUE(fetched->missing.empty());
  std::size_t pages = 0;
  const auto count = [&](const ChunkId&,
                         const std::vector<format::ManifestEntry>& entries) -> Status {
    for (const format::ManifestEntry& entry : entries) {
      if (entry.path.starts_with("d01/")) {
        EXPECT_TRUE(target->has(entry.file_id.as<ChunkId>()));
      }
      if (entry.has_recipe) {
        CAIRN_CHECK(format::walk_recipe(entry.recipe, store::page_fetch(*target),
                                        [](const ChunkId&, const auto&) { return Status(); }));
      }
      if (entry.path == "large/inline.bin") {
        EXPECT_FALSE(target->has(entry.chunks.at(0).id));
      }
    }
    ++pages;
    return {};
  };
  const Status walked =
      format::walk_manifest(version.pointer.oid.as<ChunkId>(), store::page_fetch(*target), count);
  EXPECT_TRUE(walked.ok()) << walked.error().message();
  EXPECT_GT(pages, 1U);
  EXPECT_LT(fetched->plain_bytes, 900U << 10);
}

TEST(PushFetch, ADryRunWritesNothing) {
  World world;
  const auto store = world.new_store();
  const Version version = world.add_folder(*store, "data", sample_files(300, 1));
  world.options.dry_run = true;
  CountRemote counted(world.remote);
  const auto planned = world.push(*store, counted, {version});
  ASSERT_TRUE(planned.ok()) << planned.error().message();
  EXPECT_EQ(planned->versions.at(0).state, VersionState::kPushed);
  EXPECT_GT(planned->new_plain_bytes, 1U << 20);
  EXPECT_EQ(counted.count(CallKind::kPut), 0U);
  EXPECT_TRUE(world.keys(world.remote, "").empty());
  world.options.dry_run = false;
  ASSERT_TRUE(world.push(*store, world.remote, {version}).ok());
  const auto target = world.new_store();
  FetchOptions options;
  options.project = world.options.project;
  options.dry_run = true;
  const auto fetched = fetch_versions(world.context, *target, world.remote, {version}, options);
  ASSERT_TRUE(fetched.ok());
  EXPECT_EQ(fetched->plain_bytes, version.pointer.size_bytes);
  EXPECT_EQ(target->usage().packs, 0U);
}

TEST(PushFetch, WhatIsMissingLocallyIsNamedAndTheRestIsPushed) {
  World world;
  const auto store = world.new_store();
  const Files files = sample_files(200, 1);
  const Version whole = world.add_folder(*store, "whole", files);
  ASSERT_TRUE(world.push(*store, world.remote, {whole}).ok());
  const auto partial = world.new_store();
  FetchOptions options;
  options.project = world.options.project;
  options.wants = [](std::string_view path) { return !path.ends_with("inline.bin"); };
  ASSERT_TRUE(fetch_versions(world.context, *partial, world.remote, {whole}, options).ok());
  const Files other_files = sample_files(50, 9);
  const Version other = world.add_folder(*partial, "other", other_files);
  remotes::MemRemote elsewhere(world.clock);
  const auto pushed = world.push(*partial, elsewhere, {whole, other});
  ASSERT_TRUE(pushed.ok()) << pushed.error().message();
  EXPECT_EQ(pushed->versions.at(0).state, VersionState::kMissingLocally);
  EXPECT_EQ(pushed->versions.at(0).missing, std::vector<std::string>{"whole/large/inline.bin"});
  EXPECT_EQ(pushed->versions.at(1).state, VersionState::kPushed);
  world.expect_complete(elsewhere, other, other_files);
  EXPECT_EQ(world.keys(elsewhere, "roots/").size(), 1U);
}

TEST(PushFetch, APartialCloneCanPushAChange) {
  World world;
  const auto store = world.new_store();
  Files files = sample_files(300, 1);
  const Version first = world.add_folder(*store, "data", files);
  ASSERT_TRUE(world.push(*store, world.remote, {first}).ok());
  const auto partial = world.new_store();
  FetchOptions options;
  options.project = world.options.project;
  options.wants = [](std::string_view) { return false; };
  ASSERT_TRUE(fetch_versions(world.context, *partial, world.remote, {first}, options).ok());
  // The clone that has all files makes the version; the partial one gets its pages and the one new
  // chunk.
  files["d00/new.json"] = text(400, 77);
  Version second = world.add_folder(*store, "data", files);
  second.earlier = {first.pointer.oid};
  auto session = *store::Session::begin(world.context, *partial);
  const auto copy = [&](const ChunkId& id, format::PackKind kind) {
    store::ChunkReader reader(*store);
    codec::Encoder encoder;
    const auto bytes = reader.read(id, store::Verify::kChunk);
    ASSERT_TRUE(bytes.ok());
    auto plain = std::make_shared<base::Bytes>(bytes->begin(), bytes->end());
    const base::ByteView view = *plain;
    ASSERT_TRUE(session
                    ->append(kind, store::encode_record(
                                       encoder, {{id, static_cast<std::uint32_t>(plain->size())}},
                                       view, plain, codec::Effort::kNormal))
                    .ok());
  };
  const auto on_page = [&](const ChunkId& page, const format::PageHeader&) -> Status {
    copy(page, format::PackKind::kMeta);
    return {};
  };
  const auto on_leaf = [&](const ChunkId&,
                           const std::vector<format::ManifestEntry>& entries) -> Status {
    for (const auto& entry : entries) {
      if (entry.path == "d00/new.json") copy(entry.file_id.as<ChunkId>(), format::PackKind::kData);
    }
    return {};
  };
  ASSERT_TRUE(format::walk_manifest(second.pointer.oid.as<ChunkId>(), store::page_fetch(*store),
                                    on_leaf, {}, on_page)
                  .ok());
  ASSERT_TRUE(session->commit().ok());
  const auto pushed = world.push(*partial, world.remote, {second});
  ASSERT_TRUE(pushed.ok()) << pushed.error().message();
  EXPECT_EQ(pushed->versions.at(0).state, VersionState::kPushed);
  world.expect_complete(world.remote, second, files);
}

}  // namespace
}  // namespace cairn::sync::test
