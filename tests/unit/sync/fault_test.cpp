// One fault at every request of a push and of a fetch, two pushes at every point of each other: on
// every backend that needs no server.
#include <thread>

#include "remotes/decorators/count_remote.hpp"
#include "remotes/decorators/fault_remote.hpp"
#include "remotes/dir/dir_remote.hpp"
#include "unit/sync/world.hpp"

namespace cairn::sync::test {
namespace {

using remotes::Call;
using remotes::CountRemote;
using remotes::Fault;
using remotes::FaultRemote;

enum class Backend : std::uint8_t { kMem, kDir };

// A first version on the remote, and a second one in the store, small enough to be pushed a hundred
// times.
struct Scene {
  explicit Scene(Backend kind) : backend(kind), store(world.new_store()), remote(new_remote()) {
    for (int i = 0; i < 30; ++i) first_files["f" + std::to_string(i)] = text(300, 100U + i);
    first_files["recipe"] = noise(900 << 10, 5);
    second_files = first_files;
    second_files["f3"] = text(400, 7);
    second_files["recipe"] = noise(850 << 10, 6);
    first = world.add_folder(*store, "data", first_files);
    second = world.add_folder(*store, "data", second_files);
    second.earlier = {first.pointer.oid};
    EXPECT_TRUE(world.push(*store, *remote, {first}).ok());
  }
  std::unique_ptr<Remote> new_remote() {
    if (backend == Backend::kMem) return std::make_unique<remotes::MemRemote>(world.clock);
    RemoteConfig config;
    config.name = "dir";
    config.url = world.directory.at("remote" + std::to_string(remote_count++));
    return *remotes::DirRemote::open(config);
  }
  // A remote with the same objects.
  std::unique_ptr<Remote> copy() {
    auto out = new_remote();
    for (const auto& [key, bytes] : world.objects(*remote)) world.put(*out, key, bytes);
    return out;
  }
  // A visible root has its whole closure.
  void expect_sound(Remote& on) {
    for (const std::string& key : world.keys(on, "roots/")) {
      const bool is_first = key.ends_with(first.pointer.oid.hex());
      world.expect_complete(on, is_first ? first : second, is_first ? first_files : second_files);
    }
  }
  World world;
  Backend backend;
  int remote_count = 0;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<Remote> remote;
  Files first_files, second_files;
  Version first, second;
};

class Faults : public testing::TestWithParam<Backend> {};

// Of one backend and one fault, so that the sweeps run beside each other.
class FaultSweep : public testing::TestWithParam<std::tuple<Backend, Fault>> {
 protected:
  const Backend backend = std::get<0>(GetParam());
  const Fault fault = std::get<1>(GetParam());
};

void push_with_fault_at(Scene& scene, std::uint64_t number, Fault fault) {
  SCOPED_TRACE("request " + std::to_string(number));
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

TEST_P(FaultSweep, EveryRequestOfAPush) {
  Scene scene(backend);
  const auto remote = scene.copy();
  CountRemote counted(*remote);
  ASSERT_TRUE(scene.world.push(*scene.store, counted, {scene.second}).ok());
  ASSERT_GT(counted.total(), 10U);
  for (std::uint64_t i = 0; i < counted.total(); ++i) push_with_fault_at(scene, i, fault);
}

void fetch_with_fault_at(Scene& scene, std::uint64_t number, Fault fault) {
  SCOPED_TRACE("request " + std::to_string(number));
  const auto target = scene.world.new_store();
  FaultRemote faulty(*scene.remote, FaultRemote::once(number, fault));
  const auto fetched = scene.world.fetch(*target, faulty, {scene.second});
  const auto back = scene.world.read_back(*target, scene.second);
  if (fetched.ok() && fetched->missing.empty()) {
    ASSERT_TRUE(back.ok()) << back.error().message();
  }
  EXPECT_TRUE(!back.ok() || *back == scene.second_files);
  const auto again = scene.world.fetch(*target, *scene.remote, {scene.second});
  ASSERT_TRUE(again.ok()) << again.error().message();
  ASSERT_TRUE(again->missing.empty()) << again->missing[0];
  const auto whole = scene.world.read_back(*target, scene.second);
  ASSERT_TRUE(whole.ok());
  EXPECT_TRUE(*whole == scene.second_files);
}

TEST_P(FaultSweep, EveryRequestOfAFetch) {
  Scene scene(backend);
  ASSERT_TRUE(scene.world.push(*scene.store, *scene.remote, {scene.second}).ok());
  CountRemote counted(*scene.remote);
  const auto target = scene.world.new_store();
  ASSERT_TRUE(scene.world.fetch(*target, counted, {scene.second}).ok());
  for (std::uint64_t i = 0; i < counted.total(); ++i) fetch_with_fault_at(scene, i, fault);
}

// A whole second push of the same version happens just before request k of the first.
TEST_P(Faults, TwoPushesOfOneVersionAtEveryPoint) {
  Scene scene(GetParam());
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

TEST_P(Faults, TwoPushesAtOnce) {
  Scene scene(GetParam());
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

TEST_P(Faults, AStopEndsAPushAndAFetchAndTheNextOnesFinish) {
  Scene scene(GetParam());
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

constexpr Backend kBackends[] = {Backend::kMem, Backend::kDir};
constexpr Fault kFaults[] = {Fault::kError, Fault::kLostAnswer, Fault::kTornRead,
                             Fault::kCorruptByte};

std::string name_of(Backend backend) { return backend == Backend::kMem ? "mem" : "dir"; }
std::string name_of(Fault fault) {
  switch (fault) {
    case Fault::kError:
      return "error";
    case Fault::kLostAnswer:
      return "lost_answer";
    case Fault::kTornRead:
      return "torn_read";
    default:
      return "corrupt_byte";
  }
}

INSTANTIATE_TEST_SUITE_P(On, Faults, testing::ValuesIn(kBackends),
                         [](const auto& test) { return name_of(test.param); });
INSTANTIATE_TEST_SUITE_P(On, FaultSweep,
                         testing::Combine(testing::ValuesIn(kBackends), testing::ValuesIn(kFaults)),
                         [](const auto& test) {
                           return name_of(std::get<0>(test.param)) + "_" +
                                  name_of(std::get<1>(test.param));
                         });

}  // namespace
}  // namespace cairn::sync::test
