// An interrupted push goes on where it was; local damage in the middle of one does no harm.
#include <atomic>

#include "base/file.hpp"
#include "crypto/sha256.hpp"
#include "remotes/decorators/count_remote.hpp"
#include "remotes/decorators/fault_remote.hpp"
#include "unit/sync/world.hpp"

namespace cairn::sync::test {
namespace {

using remotes::Call;
using remotes::CallKind;
using remotes::CountRemote;
using remotes::Fault;
using remotes::FaultRemote;

class Resume : public testing::Test {
 protected:
  Resume() : store_(world_.new_store()), files_(sample_files(100, 1)) {
    version_ = world_.add_folder(*store_, "data", files_);
  }
  // Ends at the n-th put of a pack with this fault.
  void interrupt(int n, Fault fault) {
    std::atomic<int> packs = 0;
    FaultRemote faulty(world_.remote, [&](const Call& call) {
      return call.kind == CallKind::kPut && call.key.starts_with("packs/") && ++packs == n
                 ? fault
                 : Fault::kNone;
    });
    EXPECT_FALSE(world_.push(*store_, faulty, {version_}).ok());
  }
  std::uint64_t push_again() {
    CountRemote counted(world_.remote);
    const auto pushed = world_.push(*store_, counted, {version_});
    EXPECT_TRUE(pushed.ok()) << pushed.error().message();
    return counted.bytes_written();
  }
  World world_;
  std::unique_ptr<store::Store> store_;
  Files files_;
  Version version_;
};

TEST_F(Resume, PacksThatAreThereAreUsedAgain) {
  interrupt(2, Fault::kError);  // the first holds the data
  const auto packs = world_.packs(world_.remote);
  ASSERT_EQ(packs.size(), 1U);
  EXPECT_LT(push_again(), 200U << 10);
  world_.expect_complete(world_.remote, version_, files_);
  // And they are found by the index, which the interrupted push never wrote.
  const auto target = world_.new_store();
  std::vector<ChunkId> wanted;
  for (const auto& [id, chunk] : remote_chunks(world_.remote)) wanted.push_back(id);
  EXPECT_TRUE(fetch_chunks(world_.context, *target, world_.remote, wanted)->empty());
}

TEST_F(Resume, AFetchThatBreaksOffKeepsWhatCame) {
  const Version large = world_.add_file(*store_, "large", noise(40'000'000, 7));
  ASSERT_TRUE(world_.push(*store_, world_.remote, {large}).ok());
  const auto whole = world_.fetch(*world_.new_store(), world_.remote, {large});
  ASSERT_TRUE(whole.ok());
  std::atomic<int> reads = 0;
  CountRemote first(world_.remote);
  FaultRemote faulty(first, [&](const Call& call) {
    const bool of_data = call.kind == CallKind::kGetRange && call.bytes > 1'000'000;
    return of_data && ++reads > 7 ? Fault::kError : Fault::kNone;
  });
  const auto target = world_.new_store();
  const auto broken = world_.fetch(*target, faulty, {large});
  ASSERT_FALSE(broken.ok());
  EXPECT_EQ(broken.error().code(), Code::kNetwork);
  EXPECT_GT(first.bytes_read(), 20'000'000U);
  const auto rest = world_.fetch(*target, world_.remote, {large});
  ASSERT_TRUE(rest.ok());
  EXPECT_LT(first.bytes_read() + rest->downloaded_bytes, whole->downloaded_bytes + 1'000'000);
  EXPECT_TRUE(world_.read_back(*target, large).ok());
}

TEST_F(Resume, APackWhoseAnswerWasLostIsUsedAgain) {
  interrupt(1, Fault::kLostAnswer);
  EXPECT_LT(push_again(), 200U << 10);
  world_.expect_complete(world_.remote, version_, files_);
}

TEST_F(Resume, ACondemnedOneIsNot) {
  interrupt(2, Fault::kError);
  const auto packs = world_.packs(world_.remote);
  world_.condemn(world_.remote, packs, "c1");
  EXPECT_GT(push_again(), 1U << 20);
  world_.sweep(world_.remote, packs);
  world_.expect_complete(world_.remote, version_, files_);
}

TEST_F(Resume, OneOfAnotherSizeIsNot) {
  interrupt(2, Fault::kError);
  const PackId pack = world_.packs(world_.remote).at(0);
  auto bytes = *world_.remote.get(format::pack_key(pack), std::size_t{1} << 30, {});
  bytes.resize(bytes.size() / 2);
  world_.put(world_.remote, format::pack_key(pack), bytes);
  EXPECT_GT(push_again(), 1U << 20);
  world_.expect_complete(world_.remote, version_, files_);
}

TEST_F(Resume, AnotherRemoteKnowsNothingOfThem) {
  interrupt(2, Fault::kError);
  remotes::MemRemote other(world_.clock, "other");
  ASSERT_TRUE(world_.push(*store_, other, {version_}).ok());
  world_.expect_complete(other, version_, files_);
}

TEST_F(Resume, ADamagedJournalCostsAnUploadAndNoMore) {
  interrupt(2, Fault::kError);
  const auto folders = *base::list_directory(world_.journal);
  ASSERT_EQ(folders.size(), 1U);
  const std::string folder = base::join(world_.journal, folders[0].name);
  const auto notes = *base::list_directory(folder);
  for (const auto& file : notes) {
    auto bytes = *base::read_file(base::join(folder, file.name), 1 << 30);
    bytes[bytes.size() / 2] ^= 1;
    ASSERT_TRUE(base::write_file_atomic(base::join(folder, file.name), bytes, 0666,
                                        base::Durability::kCacheOnly)
                    .ok());
  }
  EXPECT_GT(push_again(), 1U << 20);
  world_.expect_complete(world_.remote, version_, files_);
}

TEST_F(Resume, AFinishedPushLeavesNoJournal) {
  push_again();
  const auto folders = *base::list_directory(world_.journal);
  for (const auto& folder : folders) {
    EXPECT_TRUE(base::list_directory(base::join(world_.journal, folder.name))->empty());
  }
}

TEST_F(Resume, AnInterruptedFetchKeepsWhatArrived) {
  ASSERT_TRUE(world_.push(*store_, world_.remote, {version_}).ok());
  CountRemote whole(world_.remote);
  const auto first = world_.new_store();
  ASSERT_TRUE(world_.fetch(*first, whole, {version_}).ok());
  const auto target = world_.new_store();
  FaultRemote faulty(world_.remote, FaultRemote::once(whole.total() - 1, Fault::kError));
  EXPECT_FALSE(world_.fetch(*target, faulty, {version_}).ok());
  ASSERT_TRUE(world_.fetch(*target, world_.remote, {version_}).ok());
  EXPECT_TRUE(*world_.read_back(*target, version_) == files_);
}

// Flips a byte in every record of the store's pack that holds this chunk.
void damage_pack_of(const store::Store& store, const base::Bytes& content, const ChunkId& id) {
  (void)content;
  const auto place = store.find(id);
  ASSERT_TRUE(place.has_value());
  const PackId pack = store.pack(place->pack).id;
  const std::string path = base::join(store.directory(), format::pack_key(pack));
  auto bytes = *base::read_file(path, std::size_t{1} << 30);
  bytes[place->record.offset + place->record.record_bytes - 2] ^= 1;
  ASSERT_TRUE(base::remove_file(path).ok());
  ASSERT_TRUE(base::write_file_atomic(path, bytes, 0666, base::Durability::kCacheOnly).ok());
}

TEST_F(Resume, LocalDamageMakesItsVersionMissingAndTheOthersGo) {
  const Files other_files = sample_files(30, 77);
  const Version other = world_.add_folder(*store_, "other", other_files);
  const auto entry = files_.find("d01/f000001.json");
  damage_pack_of(*store_, entry->second, crypto::sha256(entry->second).as<ChunkId>());
  const auto pushed = world_.push(*store_, world_.remote, {version_, other});
  ASSERT_TRUE(pushed.ok()) << pushed.error().message();
  EXPECT_EQ(pushed->versions[0].state, VersionState::kMissingLocally);
  EXPECT_FALSE(pushed->versions[0].missing.empty());
  EXPECT_EQ(pushed->versions[1].state, VersionState::kPushed);
  world_.expect_complete(world_.remote, other, other_files);
  EXPECT_EQ(world_.keys(world_.remote, "roots/").size(), 1U);
}

}  // namespace
}  // namespace cairn::sync::test
