// Pages that are stored as patches of other pages: sent as they are where the other end has what
// they are based on, in full elsewhere; read back whatever a root table says about it.
#include "codec/codec.hpp"
#include "crypto/sha256.hpp"
#include "unit/sync/world.hpp"

namespace cairn::sync::test {
namespace {

constexpr std::uint8_t kPatch = 4;

class PageBases : public testing::Test {
 protected:
  // Two versions of a file; the later one's recipe is a patch of the earlier one's.
  void SetUp() override {
    const auto scratch = world_.new_store();
    before_ = world_.add_file(*scratch, "before", bytes_);
    changed_ = bytes_;
    changed_[5] ^= 1;
    after_ = world_.add_file(*scratch, "after", changed_);
    const base::Bytes base = *store::page_fetch(*scratch)(*before_.pointer.tree);
    const base::Bytes page = *store::page_fetch(*scratch)(*after_.pointer.tree);
    auto session = *store::Session::begin(world_.context, *store_);
    append(*session, base, {});
    append(*session, page, {base});
    ASSERT_TRUE(session->commit().ok());
    session.reset();
    world_.add_file(*store_, "before", bytes_);
    world_.add_file(*store_, "after", changed_);
    ASSERT_EQ(store_->find(*after_.pointer.tree)->record.codec, kPatch) << "known already";
  }

  static void append(store::Session& session, const base::Bytes& plain,
                     const std::vector<base::Bytes>& bases) {
    const std::vector<base::ByteView> views(bases.begin(), bases.end());
    const auto encoded = codec::Encoder().encode(plain, codec::Effort::kNormal, {.bases = views});
    format::RecordHeader header;
    header.codec = static_cast<std::uint8_t>(encoded.codec);
    header.plain_bytes = static_cast<std::uint32_t>(plain.size());
    header.chunk_lengths = {header.plain_bytes};
    for (const base::Bytes& base : bases)
      header.bases.push_back(crypto::sha256(base).as<ChunkId>());
    const base::Bytes& payload = encoded.codec == codec::CodecId::kRaw ? plain : encoded.payload;
    base::Bytes record = format::encode_record_header(header, payload);
    record.insert(record.end(), payload.begin(), payload.end());
    const format::ChunkRef chunk{crypto::sha256(plain).as<ChunkId>(), header.plain_bytes};
    ASSERT_TRUE(session.append_copy(format::PackKind::kMeta, record, {&chunk, 1}).ok());
  }

  void push(const std::vector<Version>& versions) {
    const auto pushed = world_.push(*store_, world_.remote, versions);
    ASSERT_TRUE(pushed.ok()) << pushed.error().message();
    const auto confirmed = confirm_versions(world_.context, world_.remote, versions,
                                            world_.options.project, Confirm::kMayRelyOn);
    ASSERT_TRUE(confirmed.ok());
    for (const auto& version : *confirmed) EXPECT_TRUE(version.complete) << version.why;
  }
  // Whether the remote has the later page as a patch.
  bool sent_as_patch() {
    bool patch = false;
    bool any = false;
    for (const auto& [id, chunk] : remote_chunks(world_.remote)) {
      if (id != *after_.pointer.tree) continue;
      any = true;
      patch = patch || chunk.record.codec == kPatch;
    }
    EXPECT_TRUE(any);
    return patch;
  }
  void expect_fetched(const Version& version, const base::Bytes& bytes) {
    const auto target = world_.new_store();
    const auto fetched = world_.fetch(*target, world_.remote, {version});
    ASSERT_TRUE(fetched.ok()) << fetched.error().message();
    const auto files = world_.read_back(*target, version);
    ASSERT_TRUE(files.ok()) << files.error().message();
    EXPECT_EQ(files->begin()->second, bytes);
  }
  void remove_index() {
    for (const std::string& key : world_.keys(world_.remote, "index/"))
      ASSERT_TRUE(world_.remote.remove(key, {}).ok());
  }
  std::vector<std::string> faults() {
    const auto report = check_remote(world_.context, world_.remote, 1.0);
    EXPECT_TRUE(report.ok()) << report.error().message();
    return report.ok() ? report->faults : std::vector<std::string>{"none"};
  }
  // Packs with a copy of this page.
  std::vector<PackId> packs_of(const ChunkId& page) {
    std::vector<PackId> packs;
    const auto chunks = remote_chunks(world_.remote);
    const auto [first, last] = chunks.equal_range(page);
    for (auto at = first; at != last; ++at) packs.push_back(at->second.pack);
    return packs;
  }
  // Flips a bit of every copy of the page that is based on nothing.
  void damage(const ChunkId& page) {
    for (const auto& [id, chunk] : remote_chunks(world_.remote)) {
      if (id != page || chunk.record.base_count != 0) continue;
      const std::string key = format::pack_key(chunk.pack);
      auto pack = *world_.remote.get(key, std::size_t{1} << 30, {});
      pack[chunk.record.offset + chunk.record.record_bytes - 1] ^= 1;
      world_.put(world_.remote, key, pack);
    }
  }

  World world_;
  std::unique_ptr<store::Store> store_ = world_.new_store();
  const base::Bytes bytes_ = noise(2'000'000, 1);
  base::Bytes changed_;
  Version before_;
  Version after_;
};

TEST_F(PageBases, GoWithTheVersionThatHasThem) {
  push({before_, after_});
  EXPECT_TRUE(sent_as_patch());
  EXPECT_EQ(faults(), std::vector<std::string>());
  remove_index();  // roots and tables alone tell where everything is
  expect_fetched(before_, bytes_);
  expect_fetched(after_, changed_);
}

TEST_F(PageBases, OfAVersionThatIsThereAreReliedOn) {
  push({before_});
  after_.earlier = {*before_.pointer.closure_id()};
  push({after_});
  EXPECT_TRUE(sent_as_patch());
  remove_index();
  expect_fetched(after_, changed_);
}

TEST_F(PageBases, AreFoundByTheIndexToo) {
  push({before_});
  push({after_});
  EXPECT_TRUE(sent_as_patch());
  expect_fetched(after_, changed_);
}

TEST_F(PageBases, OfAVersionThatIsNotPushedStayHere) {
  push({after_});
  EXPECT_FALSE(sent_as_patch());
  EXPECT_FALSE(remote_chunks(world_.remote).contains(*before_.pointer.tree));
  remove_index();
  expect_fetched(after_, changed_);
}

TEST_F(PageBases, AreNotNeededByWhatIsFlattened) {
  world_.options.flatten = true;
  push({before_, after_});
  EXPECT_FALSE(sent_as_patch());
  expect_fetched(after_, changed_);
}

TEST_F(PageBases, AreNamedAgainByTheNextVersionThatHasThePage) {
  push({before_, after_});
  after_.earlier = {*after_.pointer.closure_id()};
  world_.options.repair = true;  // the root is written anew, from what its table says
  push({after_});
  remove_index();
  expect_fetched(after_, changed_);
}

TEST_F(PageBases, AVersionIsIncompleteWithoutThem) {
  push({before_});
  const auto packs = packs_of(*before_.pointer.tree);
  after_.earlier = {*before_.pointer.closure_id()};
  push({after_});
  ASSERT_TRUE(sent_as_patch());
  for (const PackId& pack : packs)
    ASSERT_TRUE(world_.remote.remove(format::pack_key(pack), {}).ok());
  const auto confirmed =
      *confirm_versions(world_.context, world_.remote, {after_}, world_.options.project);
  EXPECT_FALSE(confirmed[0].complete);
  const auto target = world_.new_store();
  const auto fetched = world_.fetch(*target, world_.remote, {after_});
  ASSERT_TRUE(fetched.ok());
  EXPECT_FALSE(fetched->missing.empty());
  // Pushed once more, the version needs nothing that is gone.
  push({after_});
  expect_fetched(after_, changed_);
}

TEST_F(PageBases, CondemnedOnesAreNotReliedOn) {
  push({before_});
  const auto packs = packs_of(*before_.pointer.tree);
  world_.condemn(world_.remote, packs, "00000000000000000000000000000001");
  after_.earlier = {*before_.pointer.closure_id()};
  push({after_});
  world_.sweep(world_.remote, packs);
  expect_fetched(after_, changed_);
}

TEST_F(PageBases, CondemnedLaterTheyAreSentAgain) {
  push({before_, after_});
  const auto packs = packs_of(*before_.pointer.tree);
  ASSERT_TRUE(sent_as_patch());
  world_.condemn(world_.remote, packs, "00000000000000000000000000000001");
  push({after_});
  world_.sweep(world_.remote, packs);
  expect_fetched(after_, changed_);
}

TEST_F(PageBases, ADamagedOneIsAFaultAndAnotherCopyServes) {
  push({before_, after_});
  damage(*before_.pointer.tree);
  EXPECT_FALSE(faults().empty());
  const auto target = world_.new_store();
  const auto fetched = world_.fetch(*target, world_.remote, {after_});
  ASSERT_TRUE(fetched.ok());
  EXPECT_FALSE(fetched->missing.empty()) << "never other bytes";
  // In the store at hand, it is as good as there.
  const auto with_base = world_.new_store();
  world_.add_file(*with_base, "before", bytes_);
  const auto again = world_.fetch(*with_base, world_.remote, {after_});
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->missing.empty());
}

// The root table with every base replaced by `change`, and a root that names it.
class LyingBases : public PageBases {
 protected:
  void lie(const std::function<void(std::vector<format::TableBase>&)>& change) {
    push({before_, after_});
    const std::string key = format::root_key(world_.options.project, *after_.pointer.closure_id());
    format::Root root = *format::decode_root(*world_.remote.get(key, std::size_t{1} << 20, {}));
    const auto chunks = remote_chunks(world_.remote);
    const auto fetch = [&](const ChunkId& id, const format::Place&) -> Result<base::Bytes> {
      return chunks.find(id)->second.plain;
    };
    auto session = *store::Session::begin(world_.context, *scratch_);
    format::RootTableBuilder builder([&](const ChunkId& id, base::Bytes page) {
      EXPECT_TRUE(session->put_page(id, std::move(page)).ok());
      return Result<format::Place>(format::Place{PackId(), 64, 100, 0, 100});
    });
    std::size_t bases = 0;
    EXPECT_TRUE(format::walk_root_table(root.table, root.table_place, fetch,
                                        [&](const format::TableEntry& entry) -> Status {
                                          format::TableEntry other = entry;
                                          bases += other.bases.size();
                                          change(other.bases);
                                          return builder.add(other);
                                        })
                    .ok());
    EXPECT_GT(bases, 0U);
    const auto top = *builder.finish();
    EXPECT_TRUE(session->commit().ok());
    const store::ChunkPlace place = *scratch_->find(top.id);
    const PackId pack = scratch_->pack(place.pack).id;
    const auto file = *scratch_->pack_file(place.pack);
    base::Bytes bytes(scratch_->pack(place.pack).size_bytes);
    ASSERT_TRUE(base::pread_exact(*file, bytes, 0, "pack").ok());
    world_.put(world_.remote, format::pack_key(pack), bytes);
    root.table = top.id;
    root.table_place = {pack, place.record.offset, place.record.record_bytes, place.offset,
                        place.length};
    world_.put(world_.remote, key, format::encode_root(root));
  }

  std::unique_ptr<store::Store> scratch_ = world_.new_store();
};

TEST_F(LyingBases, WithoutThemTheIndexServes) {
  lie([](std::vector<format::TableBase>& bases) { bases.clear(); });
  expect_fetched(after_, changed_);
  remove_index();
  const auto target = world_.new_store();
  const auto fetched = world_.fetch(*target, world_.remote, {after_});
  ASSERT_TRUE(fetched.ok());
  EXPECT_FALSE(fetched->missing.empty());
}

TEST_F(LyingBases, AnotherIdIsNotTakenForTheBase) {
  lie([](std::vector<format::TableBase>& bases) {
    for (format::TableBase& base : bases) base.page.bytes[5] ^= 1;
  });
  expect_fetched(after_, changed_);
}

TEST_F(LyingBases, AnotherPlaceHoldsOtherBytes) {
  lie([](std::vector<format::TableBase>& bases) {
    for (format::TableBase& base : bases) base.place.record_offset += 1;
  });
  expect_fetched(after_, changed_);
}

TEST_F(LyingBases, APatchIsNoBase) {
  const ChunkId patch = *after_.pointer.tree;
  lie([&](std::vector<format::TableBase>& bases) {
    for (const auto& [id, chunk] : remote_chunks(world_.remote)) {
      if (id != patch) continue;
      for (format::TableBase& base : bases)
        base = {patch,
                {chunk.pack, chunk.record.offset, chunk.record.record_bytes, chunk.offset,
                 chunk.record.plain_bytes}};
    }
  });
  expect_fetched(after_, changed_);
}

TEST_F(LyingBases, BasesOfWhatNeedsNoneDoNotHarm) {
  lie([](std::vector<format::TableBase>& bases) {
    if (!bases.empty()) bases.resize(8, bases.front());
  });
  expect_fetched(after_, changed_);
}

}  // namespace
}  // namespace cairn::sync::test
