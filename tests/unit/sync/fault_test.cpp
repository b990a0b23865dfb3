// One fault at every request of a push and of a fetch; two pushes at every point of each other.
#include <thread>

#include "remotes/decorators/count_remote.hpp"
#include "remotes/decorators/fault_remote.hpp"
#include "unit/sync/world.hpp"

namespace cairn::sync::test {
namespace {

using remotes::Call;
using remotes::CountRemote;
using remotes::Fault;
using remotes::FaultRemote;

// A first version on the remote, and a second one in the store, small enough to be pushed a hundred
// times.
struct Scene {
  Scene() : store(world.new_store()) {
    for (int i = 0; i < 30; ++i) first_files["f" + std::to_string(i)] = text(300, 100U + i);
    first_files["recipe"] = noise(900 << 10, 5);
    second_files = first_files;
    second_files["f3"] = text(400, 7);
    second_files["recipe"] = noise(850 << 10, 6);
    first = world.add_folder(*store, "data", first_files);
    second = world.add_folder(*store, "data", second_files);
    second.earlier = {first.pointer.oid};
    EXPECT_TRUE(world.push(*store, world.remote, {first}).ok());
  }
  // A remote with the same objects.
  std::unique_ptr<remotes::MemRemote> copy() {
    auto out = std::make_unique<remotes::MemRemote>(world.clock);
    for (const auto& [key, bytes] : world.objects(world.remote)) world.put(*out, key, bytes);
    return out;
  }
  // A visible root has its whole closure.
  void expect_sound(Remote& remote) {
    for (const std::string& key : world.keys(remote, "roots/")) {
      const bool is_first = key.ends_with(first.pointer.oid.hex());
      world.expect_complete(remote, is_first ? first : second,
                            is_first ? first_files : second_files);
    }
  }
  World world;
  std::unique_ptr<store::Store> store;
  Files first_files, second_files;
  Version first, second;
};

constexpr Fault kFaults[] = {Fault::kError, Fault::kLostAnswer, Fault::kTornRead,
                             Fault::kCorruptByte};

void push_with_fault_at(Scene& scene, std::uint64_t number, Fault fault) {
  SCOPED_TRACE("request " + std::to_string(number) + ", fault " + std::to_string(int(fault)));
  const auto remote = scene.copy();
  FaultRemote faulty(*remote, FaultRemote::once(number, fault));
  const auto pushed = scene.world.push(*scene.store, faulty, {scene.second});
  scene.expect_sound(*remote);
  if (pushed.ok() && pushed->versions[0].state != VersionState::kMissingLocally) {
    const auto confirmed =
        confirm_versions(scene.world.context, *remote, {scene.second}, scene.world.options.project);
    ASSERT_TRUE(confirmed.ok());
    EXPECT_TRUE((*confirmed)[0].complete) << (*confirmed)[0].why;
  }
  const auto again = scene.world.push(*scene.store, *remote, {scene.second});
  ASSERT_TRUE(again.ok()) << again.error().message();
  EXPECT_NE(again->versions[0].state, VersionState::kMissingLocally);
  EXPECT_EQ(scene.world.keys(*remote, "roots/").size(), 2U);
  scene.expect_sound(*remote);
}

TEST(Faults, EveryRequestOfAPush) {
  Scene scene;
  const auto remote = scene.copy();
  CountRemote counted(*remote);
  ASSERT_TRUE(scene.world.push(*scene.store, counted, {scene.second}).ok());
  ASSERT_GT(counted.total(), 10U);
  for (std::uint64_t i = 0; i < counted.total(); ++i) {
    for (const Fault fault : kFaults) push_with_fault_at(scene, i, fault);
  }
}

void fetch_with_fault_at(Scene& scene, std::uint64_t number, Fault fault) {
  SCOPED_TRACE("request " + std::to_string(number) + ", fault " + std::to_string(int(fault)));
  const auto target = scene.world.new_store();
  FaultRemote faulty(scene.world.remote, FaultRemote::once(number, fault));
  const auto fetched = scene.world.fetch(*target, faulty, {scene.second});
  const auto back = scene.world.read_back(*target, scene.second);
  if (fetched.ok() && fetched->missing.empty()) {
    ASSERT_TRUE(back.ok()) << back.error().message();
  }
  EXPECT_TRUE(!back.ok() || *back == scene.second_files);
  const auto again = scene.world.fetch(*target, scene.world.remote, {scene.second});
  ASSERT_TRUE(again.ok()) << again.error().message();
  ASSERT_TRUE(again->missing.empty()) << again->missing[0];
  const auto whole = scene.world.read_back(*target, scene.second);
  ASSERT_TRUE(whole.ok());
  EXPECT_TRUE(*whole == scene.second_files);
}

TEST(Faults, EveryRequestOfAFetch) {
  Scene scene;
  ASSERT_TRUE(scene.world.push(*scene.store, scene.world.remote, {scene.second}).ok());
  CountRemote counted(scene.world.remote);
  const auto target = scene.world.new_store();
  ASSERT_TRUE(scene.world.fetch(*target, counted, {scene.second}).ok());
  for (std::uint64_t i = 0; i < counted.total(); ++i) {
    for (const Fault fault : kFaults) fetch_with_fault_at(scene, i, fault);
  }
}

// A whole second push of the same version happens just before request k of the first.
TEST(Faults, TwoPushesOfOneVersionAtEveryPoint) {
  Scene scene;
  const auto other_store = scene.world.new_store();
  const Version same = scene.world.add_folder(*other_store, "data", scene.second_files);
  const std::string other_journal = scene.world.directory.at("journal2");
  ASSERT_EQ(same.pointer.oid, scene.second.pointer.oid);
  for (std::uint64_t k = 0;; ++k) {
    SCOPED_TRACE("request " + std::to_string(k));
    const auto remote = scene.copy();
    bool reached = false;
    CountRemote traced(*remote, [&](const Call& call) {
      if (call.number != k) return;
      reached = true;
      const auto pushed = push_versions(scene.world.context, *other_store, *remote, {same},
                                        scene.world.options, other_journal);
      EXPECT_TRUE(pushed.ok()) << pushed.error().message();
    });
    const auto pushed = scene.world.push(*scene.store, traced, {scene.second});
    ASSERT_TRUE(pushed.ok()) << pushed.error().message();
    EXPECT_NE(pushed->versions[0].state, VersionState::kMissingLocally);
    scene.expect_sound(*remote);
    if (!reached) break;
  }
}

TEST(Faults, TwoPushesAtOnce) {
  Scene scene;
  World other;
  other.options.project = scene.world.options.project;
  const auto other_store = other.new_store();
  Files files = scene.second_files;
  files["more"] = text(500, 99);
  Version third = other.add_folder(*other_store, "data", files);
  third.earlier = {scene.first.pointer.oid};
  for (int round = 0; round < 5; ++round) {
    const auto remote = scene.copy();
    std::thread thread([&] {
      const auto pushed = other.push(*other_store, *remote, {third});
      EXPECT_TRUE(pushed.ok()) << pushed.error().message();
    });
    const auto pushed = scene.world.push(*scene.store, *remote, {scene.second});
    EXPECT_TRUE(pushed.ok()) << pushed.error().message();
    thread.join();
    scene.world.expect_complete(*remote, scene.second, scene.second_files);
    scene.world.expect_complete(*remote, third, files);
  }
}

TEST(Faults, AStopEndsAPushAndAFetchAndTheNextOnesFinish) {
  Scene scene;
  for (std::uint64_t k : {3U, 8U, 12U}) {
    const auto remote = scene.copy();
    std::stop_source stop;
    Context context = scene.world.context;
    context.stop = stop.get_token();
    CountRemote traced(*remote, [&](const Call& call) {
      if (call.number == k) stop.request_stop();
    });
    const auto pushed = push_versions(context, *scene.store, traced, {scene.second},
                                      scene.world.options, scene.world.journal);
    ASSERT_FALSE(pushed.ok());
    EXPECT_EQ(pushed.error().code(), Code::kInterrupted);
    scene.expect_sound(*remote);
    ASSERT_TRUE(scene.world.push(*scene.store, *remote, {scene.second}).ok());
    scene.expect_sound(*remote);
  }
}

}  // namespace
}  // namespace cairn::sync::test
