// Versions whose chunks are stored as differences from those of another one.
#pragma once

#include "codec/codec.hpp"
#include "crypto/sha256.hpp"
#include "unit/sync/world.hpp"

namespace cairn::sync::test {

class Differences : public testing::Test {
 protected:
  // The later version: few words changed, nothing moved.
  static base::Bytes changed_from(base::Bytes bytes) {
    for (std::size_t i = 0; i + 4 < bytes.size(); i += 40) ++bytes[i];
    return bytes;
  }

  // Stores one chunk as a difference from another of its size.
  static void store_difference(store::Session& session, base::ByteView base, base::ByteView plain) {
    const codec::EncodeHints hints{.words = codec::WordShape{4, 0, true}, .twin = base};
    const auto encoded = codec::Encoder().encode(plain, codec::Effort::kNormal, hints);
    ASSERT_EQ(encoded.codec, codec::CodecId::kDifference);
    format::RecordHeader header;
    header.codec = 3;
    header.plain_bytes = static_cast<std::uint32_t>(plain.size());
    header.chunk_lengths = {header.plain_bytes};
    header.bases = {crypto::sha256(base).as<ChunkId>()};
    base::Bytes record = format::encode_record_header(header, encoded.payload);
    record.insert(record.end(), encoded.payload.begin(), encoded.payload.end());
    const format::ChunkRef chunk{crypto::sha256(plain).as<ChunkId>(), header.plain_bytes};
    ASSERT_TRUE(session.append_copy(format::PackKind::kData, record, {&chunk, 1}).ok());
  }

  // A version of one chunk.
  Version make(const base::Bytes& base_bytes) {
    base_ = world_.add_file(*store_, "base", base_bytes);
    changed_ = changed_from(base_bytes);
    Version version;
    version.path = "changed";
    version.pointer.oid = crypto::sha256(changed_);
    version.pointer.size_bytes = changed_.size();
    auto session = *store::Session::begin(world_.context, *store_);
    store_difference(*session, base_bytes, changed_);
    EXPECT_TRUE(session->commit().ok());
    return version;
  }

  // A version of many chunks, each a difference from the base's chunk at its place.
  Version make_large(const base::Bytes& base_bytes) {
    base_ = world_.add_file(*store_, "base", base_bytes);
    changed_ = changed_from(base_bytes);
    const auto elsewhere = world_.new_store();
    Version version = world_.add_file(*elsewhere, "changed", changed_);
    auto session = *store::Session::begin(world_.context, *store_);
    const format::PageFetch fetch = store::page_fetch(*elsewhere);
    std::size_t at = 0;
    const auto leaf = [&](const ChunkId&, const std::vector<format::ChunkRef>& chunks) -> Status {
      for (const format::ChunkRef& chunk : chunks) {
        const auto piece = [&](const base::Bytes& of) {
          return base::ByteView(of).subspan(at, chunk.length);
        };
        add_chunk(*session, piece(base_bytes), piece(changed_));
        at += chunk.length;
      }
      return {};
    };
    const auto page = [&](const ChunkId& id, const format::PageHeader&) -> Status {
      CAIRN_TRY(auto bytes, fetch(id));
      return session->put_page(id, std::move(bytes));
    };
    EXPECT_TRUE(format::walk_recipe(*version.pointer.tree, fetch, leaf, page).ok());
    EXPECT_TRUE(session->commit().ok());
    EXPECT_GT(differences_, 3U);
    return version;
  }
  // Where the base was cut elsewhere there is no twin.
  void add_chunk(store::Session& session, base::ByteView base, base::ByteView plain) {
    if (store_->has(crypto::sha256(base).as<ChunkId>())) {
      store_difference(session, base, plain);
      ++differences_;
      return;
    }
    const auto bytes = std::make_shared<base::Bytes>(plain.begin(), plain.end());
    codec::Encoder encoder;
    const format::ChunkRef chunk{crypto::sha256(plain).as<ChunkId>(),
                                 static_cast<std::uint32_t>(plain.size())};
    auto record = store::encode_record(encoder, {chunk}, *bytes, bytes, codec::Effort::kNormal);
    ASSERT_TRUE(session.append(format::PackKind::kData, std::move(record)).ok());
  }

  void expect_pushed(const std::vector<Version>& versions) {
    const auto pushed = world_.push(*store_, world_.remote, versions);
    ASSERT_TRUE(pushed.ok()) << pushed.error().message();
    for (const auto& version : pushed->versions) {
      EXPECT_TRUE(version.state == VersionState::kPushed);
    }
    const auto confirmed =
        *confirm_versions(world_.context, world_.remote, versions, world_.options.project);
    for (const auto& version : confirmed) EXPECT_TRUE(version.complete);
  }
  void expect_fetched(const Version& version) {
    const auto target = world_.new_store();
    const auto fetched = world_.fetch(*target, world_.remote, {version});
    ASSERT_TRUE(fetched.ok()) << fetched.error().message();
    const auto files = world_.read_back(*target, version);
    ASSERT_TRUE(files.ok()) << files.error().message();
    ASSERT_EQ(files->size(), 1U);
    EXPECT_EQ(files->begin()->second, changed_);
  }
  [[nodiscard]] bool remote_has_difference() {
    bool has = false;
    for (const auto& [id, chunk] : remote_chunks(world_.remote)) has |= chunk.record.codec == 3;
    return has;
  }

  World world_;
  std::unique_ptr<store::Store> store_ = world_.new_store();
  Version base_;
  base::Bytes changed_;
  std::size_t differences_ = 0;
};

}  // namespace cairn::sync::test
