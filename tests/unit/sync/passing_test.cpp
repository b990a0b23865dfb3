// Versions of which nothing is kept: pages in memory, data into a sink.
#include "sync/passing.hpp"

#include <atomic>
#include <functional>
#include <mutex>
#include <set>

#include "crypto/sha256.hpp"
#include "remotes/decorators/count_remote.hpp"
#include "unit/sync/world.hpp"

namespace cairn::sync::test {
namespace {

// Wants the chunks it was told of, and keeps them.
class MapSink final : public ChunkSink {
 public:
  explicit MapSink(std::vector<ChunkId> wanted, bool hashes = false) : hashes_(hashes) {
    for (const ChunkId& id : wanted) chunks_.try_emplace(id);
  }
  [[nodiscard]] bool lacks(const ChunkId& id) const override {
    const std::lock_guard lock(mutex_);
    const auto found = chunks_.find(id);
    return found != chunks_.end() && !found->second;
  }
  Status land(const ChunkId& id, base::ByteView bytes) override {
    if (!hashes_) {
      EXPECT_EQ(crypto::sha256(bytes).as<ChunkId>(), id);
    }
    const std::lock_guard lock(mutex_);
    EXPECT_TRUE(chunks_.contains(id)) << "what nobody wants";
    EXPECT_FALSE(chunks_[id]) << "twice";
    chunks_[id] = base::Bytes(bytes.begin(), bytes.end());
    return {};
  }
  [[nodiscard]] bool hashes(const ChunkId&) const override { return hashes_; }
  Result<bool> settle(const ChunkId& id, base::ByteView bytes) override {
    EXPECT_FALSE(lacks(id)) << "settled before it landed";
    EXPECT_EQ(base::Bytes(bytes.begin(), bytes.end()), *chunks_[id]);
    if (crypto::sha256(bytes).as<ChunkId>() != id) {
      EXPECT_TRUE(hashes_) << "what was hashed before is right";
      chunks_[id].reset();
      return false;
    }
    settled_.push_back(id);
    return true;
  }
  [[nodiscard]] std::size_t open() const {
    std::size_t count = 0;
    for (const auto& [id, bytes] : chunks_) count += bytes ? 0 : 1;
    return count;
  }
  [[nodiscard]] const std::vector<ChunkId>& settled() const { return settled_; }

 private:
  const bool hashes_;
  mutable std::mutex mutex_;
  std::map<ChunkId, std::optional<base::Bytes>> chunks_;
  std::vector<ChunkId> settled_;
};

class PassingTest : public testing::Test {
 protected:
  PassingTest() : store_(world_.new_store()), files_(sample_files(60, 4)) {
    version_ = world_.add_folder(*store_, "data", files_);
    EXPECT_TRUE(world_.push(*store_, world_.remote, {version_}).ok());
  }

  Result<FetchReport> pass(const Passing& passing, Remote& remote) {
    FetchOptions options;
    options.project = world_.options.project;
    if (!passing.sink) options.wants = [](std::string_view) { return false; };
    FetchSource source(world_.context, remote);
    return pass_versions(passing, source, {version_}, options);
  }

  void change_packs(const std::function<void(base::Bytes& pack)>& change) {
    for (const auto& [key, bytes] : world_.objects(world_.remote)) {
      if (!key.starts_with("packs/")) continue;
      auto changed = bytes;
      change(changed);
      world_.put(world_.remote, key, changed);
    }
  }

  // The chunks of all files, each once.
  std::vector<ChunkId> chunks_of(const format::PageFetch& pages) {
    std::vector<ChunkId> out;
    std::set<ChunkId> seen;
    const auto add = [&](const format::ChunkRef& chunk) -> Status {
      if (seen.insert(chunk.id).second) out.push_back(chunk.id);
      return {};
    };
    const auto leaf = [&](const ChunkId&,
                          const std::vector<format::ManifestEntry>& entries) -> Status {
      for (const auto& entry : entries) {
        if (entry.size_bytes == 0) continue;
        if (entry.has_recipe) {
          const auto chunks = [&](const ChunkId&,
                                  const std::vector<format::ChunkRef>& refs) -> Status {
            for (const auto& ref : refs) CAIRN_CHECK(add(ref));
            return {};
          };
          CAIRN_CHECK(format::walk_recipe(entry.recipe, pages, chunks));
        } else if (entry.chunks.empty()) {
          CAIRN_CHECK(add({entry.file_id.as<ChunkId>(), 0}));
        } else {
          for (const auto& ref : entry.chunks) CAIRN_CHECK(add(ref));
        }
      }
      return {};
    };
    EXPECT_TRUE(format::walk_manifest(version_.pointer.oid.as<ChunkId>(), pages, leaf).ok());
    return out;
  }

  World world_;
  std::unique_ptr<store::Store> store_;
  Files files_;
  Version version_;
};

TEST_F(PassingTest, ListsComeFirstThenEachChunkOnce) {
  PageKeep pages;
  const Passing lists{pages};
  remotes::CountRemote counted(world_.remote);
  const auto listed = pass(lists, counted);
  ASSERT_TRUE(listed.ok()) << listed.error().message();
  EXPECT_TRUE(listed->missing.empty());
  const auto wanted = chunks_of(pages_of(lists));
  MapSink sink(wanted);
  const auto passed = pass({pages, nullptr, &sink}, counted);
  ASSERT_TRUE(passed.ok()) << passed.error().message();
  EXPECT_TRUE(passed->missing.empty());
  EXPECT_EQ(sink.open(), 0U);
  EXPECT_EQ(sink.settled().size(), wanted.size());
}

TEST_F(PassingTest, OnlyWhatTheSinkLacksComes) {
  PageKeep pages;
  const Passing lists{pages};
  ASSERT_TRUE(pass(lists, world_.remote).ok());
  const auto all = chunks_of(pages_of(lists));
  MapSink sink({all.front(), all.back()});
  const auto passed = pass({pages, nullptr, &sink}, world_.remote);
  ASSERT_TRUE(passed.ok()) << passed.error().message();
  EXPECT_EQ(passed->chunks, 2U);
  EXPECT_EQ(sink.open(), 0U);
}

TEST_F(PassingTest, PagesOfTheStoreBesideNeedNotCome) {
  PageKeep pages;
  remotes::CountRemote counted(world_.remote);
  const auto listed = pass({pages, store_.get()}, counted);
  ASSERT_TRUE(listed.ok()) << listed.error().message();
  EXPECT_EQ(listed->chunks, 0U);
  EXPECT_EQ(counted.bytes_read(), 0U);
}

TEST_F(PassingTest, ADamagedRecordIsNamedAndDoesNotLand) {
  PageKeep pages;
  const Passing lists{pages};
  ASSERT_TRUE(pass(lists, world_.remote).ok());
  const auto all = chunks_of(pages_of(lists));
  change_packs([](base::Bytes& pack) {
    const auto header = format::decode_pack_header(pack);
    if (header.ok() && header->kind == format::PackKind::kData) pack[64 + 200] ^= 1;
  });
  MapSink sink(all);
  const auto passed = pass({pages, nullptr, &sink}, world_.remote);
  ASSERT_TRUE(passed.ok()) << passed.error().message();
  EXPECT_TRUE(passed->damaged);
  EXPECT_FALSE(passed->missing.empty());
  EXPECT_GT(sink.open(), 0U);
  EXPECT_LT(sink.open(), all.size());
}

// The first raw record of a pack gets another payload, under a checksum that is right.
void put_another_payload(base::Bytes& pack) {
  for (std::size_t at = 64; at < pack.size();) {
    auto header = format::decode_record_header(base::ByteView(pack).subspan(at));
    if (!header.ok()) return;
    if (header->codec == 0) {
      const auto payload = std::span(pack).subspan(at + header->header_bytes());
      payload[7] ^= 1;
      const auto bytes =
          format::encode_record_header(*header, payload.first(header->payload_bytes));
      std::copy(bytes.begin(), bytes.end(), pack.begin() + static_cast<std::ptrdiff_t>(at));
      return;
    }
    at += header->record_bytes();
  }
}

TEST_F(PassingTest, WhatTheSinkFindsWrongIsMissing) {
  PageKeep pages;
  const Passing lists{pages};
  ASSERT_TRUE(pass(lists, world_.remote).ok());
  const auto all = chunks_of(pages_of(lists));
  change_packs(put_another_payload);
  for (const bool hashes : {false, true}) {
    MapSink sink(all, hashes);
    const auto passed = pass({pages, nullptr, &sink}, world_.remote);
    ASSERT_TRUE(passed.ok()) << passed.error().message();
    EXPECT_TRUE(passed->damaged);
    EXPECT_FALSE(passed->missing.empty());
    EXPECT_GT(sink.open(), 0U);
    EXPECT_EQ(sink.settled().size() + sink.open(), all.size());
  }
}

}  // namespace
}  // namespace cairn::sync::test
