// The order of a push, and what happens when packs are condemned, leases run out or answers get
// lost in the middle of it.
#include <atomic>
#include <mutex>

#include "remotes/decorators/count_remote.hpp"
#include "remotes/decorators/fault_remote.hpp"
#include "unit/sync/world.hpp"

namespace cairn::sync::test {
namespace {

using remotes::Call;
using remotes::call_name;
using remotes::CallKind;
using remotes::CountRemote;
using remotes::Fault;
using remotes::FaultRemote;

constexpr std::int64_t kHour = 3'600'000;

// "put leases", "list gc": kind and first part of the key.
std::string word_of(const Call& call) {
  return std::string(call_name(call.kind)) + " " + call.key.substr(0, call.key.find('/'));
}

// Two versions of one folder in one store; the second changes one file.
struct TwoVersions {
  explicit TwoVersions(World& world) : store(world.new_store()) {
    first_files = sample_files(200, 1);
    second_files = first_files;
    second_files["d03/f000010.json"] = text(700, 999);
    first = world.add_folder(*store, "data", first_files);
    second = world.add_folder(*store, "data", second_files);
    second.earlier = {first.pointer.oid};
  }
  std::unique_ptr<store::Store> store;
  Files first_files, second_files;
  Version first, second;
};

// Calls come from several threads.
CountRemote::Observer noted_in(std::vector<std::string>& words) {
  auto mutex = std::make_shared<std::mutex>();
  return [&words, mutex](const Call& call) {
    const std::lock_guard lock(*mutex);
    words.push_back(word_of(call));
  };
}

TEST(Protocol, AFirstPushKeepsTheOrder) {
  World world;
  TwoVersions data(world);
  std::vector<std::string> words;
  CountRemote traced(world.remote, noted_in(words));
  ASSERT_TRUE(world.push(*data.store, traced, {data.first}).ok());
  std::vector<std::string> order;  // repeated words once, questions for the time left out
  for (const std::string& word : words) {
    if (word != "now " && (order.empty() || order.back() != word)) order.push_back(word);
  }
  EXPECT_EQ(order, (std::vector<std::string>{"get cairn.json", "put cairn.json", "get cairn.json",
                                             "get roots", "put leases", "list gc", "list bad",
                                             "put packs", "put index", "list gc", "put roots",
                                             "list gc", "put leases"}));
}

TEST(Protocol, TheSecondVersionIsComparedAfterTheLists) {
  World world;
  TwoVersions data(world);
  ASSERT_TRUE(world.push(*data.store, world.remote, {data.first}).ok());
  std::vector<std::string> words;
  CountRemote traced(world.remote, noted_in(words));
  ASSERT_TRUE(world.push(*data.store, traced, {data.second}).ok());
  const auto at = [&](const std::string& word) {
    return std::find(words.begin(), words.end(), word) - words.begin();
  };
  EXPECT_LT(at("put leases"), at("list gc"));
  EXPECT_LT(at("list gc"), at("list packs"));
  EXPECT_LT(at("list gc"), at("get_range packs"));
  EXPECT_LT(words.size(), 30U);
}

TEST(Protocol, ALeaseStandsAndEnds) {
  World world;
  TwoVersions data(world);
  ASSERT_TRUE(world.push(*data.store, world.remote, {data.first}).ok());
  const auto leases = world.keys(world.remote, "leases/");
  ASSERT_EQ(leases.size(), 2U);
  EXPECT_TRUE(leases[0].ends_with(".0"));
  EXPECT_TRUE(leases[1].ends_with(".end"));
  const auto bytes = *world.remote.get(leases[0], 10'000, {});
  const auto lease = format::decode_lease(base::text_of(bytes));
  ASSERT_TRUE(lease.ok());
  EXPECT_EQ(lease->project, world.options.project);
  EXPECT_EQ(lease->start_ms, world.clock.now);
  EXPECT_EQ(lease->expires_ms, world.clock.now + 24 * kHour);
}

// Runs `action` when the n-th call with this word is about to be made.
CountRemote::Observer on_call(const std::string& word, int n, std::function<void()> action) {
  auto seen = std::make_shared<std::atomic<int>>(0);
  return [=](const Call& call) {
    if (word_of(call) == word && ++*seen == n) action();
  };
}

// A version that relies on packs of an older one, which are condemned at some moment of its push.
void condemn_during_push(const std::string& word, int n, std::size_t more_requests) {
  World world;
  TwoVersions data(world);
  ASSERT_TRUE(world.push(*data.store, world.remote, {data.first}).ok());
  const std::vector<PackId> old = world.packs(world.remote);
  CountRemote traced(world.remote,
                     on_call(word, n, [&] { world.condemn(world.remote, old, "c1"); }));
  const auto pushed = world.push(*data.store, traced, {data.second});
  ASSERT_TRUE(pushed.ok()) << pushed.error().message();
  EXPECT_EQ(pushed->versions[0].state, VersionState::kPushed);
  EXPECT_GT(pushed->new_plain_bytes, 1U << 20);  // all of it, again
  EXPECT_GE(traced.count(CallKind::kPut), more_requests);
  world.sweep(world.remote, old);
  world.expect_complete(world.remote, data.second, data.second_files);
}

TEST(Protocol, PacksCondemnedBeforeTheListAreNotReliedOn) { condemn_during_push("list gc", 1, 5); }
TEST(Protocol, PacksCondemnedBeforeP5AreReplaced) { condemn_during_push("put index", 1, 8); }
TEST(Protocol, PacksCondemnedBetweenP6AndP7AreReplaced) { condemn_during_push("list gc", 3, 8); }
TEST(Protocol, PacksCondemnedAtTheRootAreReplaced) { condemn_during_push("put roots", 1, 8); }

TEST(Protocol, ItsOwnPacksMayBeCondemnedToo) {
  World world;
  TwoVersions data(world);
  std::vector<PackId> condemned;
  CountRemote traced(world.remote, on_call("put roots", 1, [&] {
                       condemned = world.packs(world.remote);
                       world.condemn(world.remote, condemned, "c1");
                     }));
  const auto pushed = world.push(*data.store, traced, {data.first});
  ASSERT_TRUE(pushed.ok()) << pushed.error().message();
  ASSERT_FALSE(condemned.empty());
  world.sweep(world.remote, condemned);
  world.expect_complete(world.remote, data.first, data.first_files);
}

TEST(Protocol, PacksCondemnedAgainAndAgainAreAnErrorInTheEnd) {
  World world;
  TwoVersions data(world);
  int round = 0;
  CountRemote traced(world.remote, [&](const Call& call) {
    if (word_of(call) != "put roots") return;
    world.condemn(world.remote, world.packs(world.remote), "c" + std::to_string(round++));
  });
  const auto pushed = world.push(*data.store, traced, {data.first});
  ASSERT_FALSE(pushed.ok());
  EXPECT_EQ(pushed.error().code(), Code::kConflict);
  const auto again = world.push(*data.store, world.remote, {data.first});
  ASSERT_TRUE(again.ok()) << again.error().message();
  world.expect_complete(world.remote, data.first, data.first_files);
}

// A clone without the files: what it relies on can only come from the condemned pack itself.
struct PartialClone {
  PartialClone(World& world, const TwoVersions& data) : store(world.new_store()) {
    FetchOptions options;
    options.project = world.options.project;
    options.wants = [](std::string_view) { return false; };
    auto fetched = fetch_versions(world.context, *store, world.remote, {data.first}, options);
    EXPECT_TRUE(fetched.ok());
    Files files;
    files["new.json"] = text(700, 5);
    small = world.add_folder(*store, "small", files);
    again = data.first;
  }
  std::unique_ptr<store::Store> store;
  Version small, again;
};

TEST(Protocol, WhatIsNotHereIsCopiedOutOfACondemnedPack) {
  World world;
  TwoVersions data(world);
  ASSERT_TRUE(world.push(*data.store, world.remote, {data.first}).ok());
  const std::vector<PackId> old = world.packs(world.remote);
  PartialClone clone(world, data);
  world.condemn(world.remote, old, "c1");
  const auto pushed = world.push(*clone.store, world.remote, {clone.again});
  ASSERT_TRUE(pushed.ok()) << pushed.error().message();
  EXPECT_EQ(pushed->versions[0].state, VersionState::kPushed);
  world.sweep(world.remote, old);
  world.expect_complete(world.remote, data.first, data.first_files);
}

TEST(Protocol, ASuccessIsNotReportedWhenWhatItNeedsIsGone) {
  World world;
  TwoVersions data(world);
  ASSERT_TRUE(world.push(*data.store, world.remote, {data.first}).ok());
  const std::vector<PackId> old = world.packs(world.remote);
  PartialClone clone(world, data);
  // Only the root is gone, so that the push relies on the packs through the index; at P7 they are
  // condemned and swept.
  ASSERT_TRUE(world.remote.remove(world.keys(world.remote, "roots/")[0], {}).ok());
  CountRemote traced(world.remote, on_call("list gc", 3, [&] {
                       world.condemn(world.remote, old, "c1");
                       world.sweep(world.remote, old);
                     }));
  const auto pushed = world.push(*clone.store, traced, {clone.again});
  ASSERT_FALSE(pushed.ok());
  EXPECT_EQ(pushed.error().code(), Code::kMissing);
  EXPECT_FALSE(pushed.error().details().empty()) << pushed.error().message();
  EXPECT_EQ(world.keys(world.remote, "roots/").size(), 1U);  // never deleted
}

TEST(Protocol, AListThatCannotBeReadStopsThePush) {
  World world;
  TwoVersions data(world);
  ASSERT_TRUE(world.push(*data.store, world.remote, {data.first}).ok());
  world.put(world.remote, "gc/x/condemned", base::view_of("cairn-condemned/1\nnonsense\n"));
  const auto pushed = world.push(*data.store, world.remote, {data.second});
  ASSERT_FALSE(pushed.ok());
  EXPECT_EQ(world.keys(world.remote, "roots/").size(), 1U);
}

TEST(Protocol, AVisibleRootOnCondemnedPacksIsNotAlreadyThere) {
  World world;
  TwoVersions data(world);
  ASSERT_TRUE(world.push(*data.store, world.remote, {data.first}).ok());
  const std::vector<PackId> old = world.packs(world.remote);
  world.condemn(world.remote, old, "c1");
  const auto pushed = world.push(*data.store, world.remote, {data.first});
  ASSERT_TRUE(pushed.ok()) << pushed.error().message();
  EXPECT_EQ(pushed->versions[0].state, VersionState::kPushed);
  world.sweep(world.remote, old);
  world.expect_complete(world.remote, data.first, data.first_files);
}

TEST(Protocol, AMarkedRecordIsNotACopy) {
  World world;
  TwoVersions data(world);
  ASSERT_TRUE(world.push(*data.store, world.remote, {data.first}).ok());
  PackId bad_pack;
  format::TableRecord bad_record;
  for (const auto& [id, chunk] : remote_chunks(world.remote)) {
    if (chunk.plain == data.first_files["d01/f000001.json"]) {
      bad_pack = chunk.pack;
      bad_record = chunk.record;
    }
  }
  ASSERT_NE(bad_record.record_bytes, 0U);
  world.put(world.remote, format::bad_key(bad_pack, bad_record.offset), {});
  const auto pushed = world.push(*data.store, world.remote, {data.second});
  ASSERT_TRUE(pushed.ok()) << pushed.error().message();
  auto pack = *world.remote.get(format::pack_key(bad_pack), std::size_t{1} << 30, {});
  for (std::uint32_t i = 0; i < bad_record.record_bytes; ++i) pack[bad_record.offset + i] ^= 0x55;
  world.put(world.remote, format::pack_key(bad_pack), pack);
  world.expect_complete(world.remote, data.second, data.second_files);
  const auto first = world.push(*data.store, world.remote, {data.first});
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->versions[0].state, VersionState::kPushed);
  world.expect_complete(world.remote, data.first, data.first_files);
}

TEST(Protocol, ALostAnswerToTheRootIsReadBack) {
  World world;
  TwoVersions data(world);
  std::atomic<int> roots = 0;
  FaultRemote faulty(world.remote, [&](const Call& call) {
    return word_of(call) == "put roots" && roots++ == 0 ? Fault::kLostAnswer : Fault::kNone;
  });
  const auto pushed = world.push(*data.store, faulty, {data.first});
  ASSERT_TRUE(pushed.ok()) << pushed.error().message();
  EXPECT_EQ(roots, 1);
  world.expect_complete(world.remote, data.first, data.first_files);
}

TEST(Protocol, ARefusedRootIsTriedAgain) {
  World world;
  TwoVersions data(world);
  std::atomic<int> roots = 0;
  FaultRemote faulty(world.remote, [&](const Call& call) {
    return word_of(call) == "put roots" && roots++ == 0 ? Fault::kTimeout : Fault::kNone;
  });
  ASSERT_TRUE(world.push(*data.store, faulty, {data.first}).ok());
  EXPECT_EQ(roots, 2);
  world.expect_complete(world.remote, data.first, data.first_files);
}

TEST(Protocol, ALeaseIsRenewedUnderTheSameStart) {
  World world;
  TwoVersions data(world);
  CountRemote traced(world.remote, on_call("put packs", 1, [&] { world.clock.now += 3 * kHour; }));
  const std::int64_t start = world.clock.now;
  ASSERT_TRUE(world.push(*data.store, traced, {data.first}).ok());
  const auto leases = world.keys(world.remote, "leases/");
  ASSERT_EQ(leases.size(), 3U);
  const auto renewed = *world.remote.get(leases[1], 10'000, {});
  const auto lease = *format::decode_lease(base::text_of(renewed));
  EXPECT_EQ(lease.n, 1U);
  EXPECT_EQ(lease.start_ms, start);
  EXPECT_EQ(lease.expires_ms, start + 27 * kHour);
}

TEST(Protocol, AnExpiredLeaseIsNeverRenewed) {
  World world;
  TwoVersions data(world);
  CountRemote traced(world.remote, on_call("put packs", 1, [&] { world.clock.now += 25 * kHour; }));
  ASSERT_TRUE(world.push(*data.store, traced, {data.first}).ok());
  std::set<std::string> sessions;
  for (const std::string& key : world.keys(world.remote, "leases/")) {
    sessions.insert(key.substr(0, key.find('.')));
    EXPECT_FALSE(key.ends_with(".1"));
  }
  EXPECT_EQ(sessions.size(), 2U);
  world.expect_complete(world.remote, data.first, data.first_files);
}

TEST(Protocol, TheRootWaitsForAFreshList) {
  World world;
  TwoVersions data(world);
  std::vector<std::string> words;
  std::atomic<int> lists = 0;
  const auto note = noted_in(words);
  CountRemote traced(world.remote, [&](const Call& call) {
    note(call);
    if (word_of(call) == "list gc" && ++lists == 2) world.clock.now += 2 * kHour;  // slower than D
  });
  ASSERT_TRUE(world.push(*data.store, traced, {data.first}).ok());
  const auto root = std::find(words.begin(), words.end(), "put roots");
  EXPECT_EQ(std::count(words.begin(), root, "list gc"), 3);
}

TEST(Protocol, ALeaseAboutToExpireIsRenewedBeforeTheRoot) {
  World world;
  TwoVersions data(world);
  CountRemote traced(world.remote, on_call("put index", 1,
                                           [&] { world.clock.now += 23 * kHour + kHour * 3 / 4; }));
  ASSERT_TRUE(world.push(*data.store, traced, {data.first}).ok());
  EXPECT_EQ(world.keys(world.remote, "leases/").size(), 3U);
}

TEST(Protocol, RepairWritesTheRootAgain) {
  World world;
  TwoVersions data(world);
  ASSERT_TRUE(world.push(*data.store, world.remote, {data.first}).ok());
  const std::string root = world.keys(world.remote, "roots/")[0];
  const auto before = *world.remote.get(root, 100'000, {});
  world.clock.now += kHour;
  world.options.repair = true;
  const auto pushed = world.push(*data.store, world.remote, {data.first});
  ASSERT_TRUE(pushed.ok()) << pushed.error().message();
  EXPECT_EQ(pushed->versions[0].state, VersionState::kPushed);
  EXPECT_EQ(pushed->new_plain_bytes, 0U);
  EXPECT_NE(*world.remote.get(root, 100'000, {}), before);
  world.expect_complete(world.remote, data.first, data.first_files);
}

TEST(Protocol, ADamagedRootIsReplaced) {
  World world;
  TwoVersions data(world);
  ASSERT_TRUE(world.push(*data.store, world.remote, {data.first}).ok());
  const std::string root = world.keys(world.remote, "roots/")[0];
  auto bytes = *world.remote.get(root, 100'000, {});
  bytes[50] ^= 1;
  world.put(world.remote, root, bytes);
  ASSERT_TRUE(world.push(*data.store, world.remote, {data.first}).ok());
  world.expect_complete(world.remote, data.first, data.first_files);
}

}  // namespace
}  // namespace cairn::sync::test
