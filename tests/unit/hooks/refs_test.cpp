// Lines of a push, the record of skipped ones, and when git is inside of something.
#include <gtest/gtest.h>

#include <fstream>

#include "hooks/follow.hpp"
#include "hooks/pre_push.hpp"
#include "unit/git/sandbox.hpp"

namespace cairn::hooks {
namespace {

const std::string kNone(40, '0');
const std::string kId(40, 'a');

TEST(PushedRefs, AreReadLineByLine) {
  const auto refs = parse_pushed_refs("refs/heads/a " + kId + " refs/heads/b " + kNone +
                                      "\n(delete) " + kNone + " refs/heads/c " + kId + "\n");
  ASSERT_TRUE(refs.ok());
  ASSERT_EQ(refs->size(), 2U);
  EXPECT_FALSE((*refs)[0].deletes());
  EXPECT_EQ((*refs)[0].remote_ref, "refs/heads/b");
  EXPECT_TRUE((*refs)[1].deletes());
  EXPECT_TRUE(parse_pushed_refs("\n")->empty());
  EXPECT_FALSE(parse_pushed_refs("refs/heads/a\n").ok());
}

TEST(PushedRefs, OfThePreCommitProgram) {
  EXPECT_TRUE(refs_of_pre_commit({}).empty());
  const auto known =
      refs_of_pre_commit({{"PRE_COMMIT_TO_REF", kId}, {"PRE_COMMIT_LOCAL_BRANCH", "m"}});
  ASSERT_EQ(known.size(), 1U);
  EXPECT_EQ(known[0].local_id, kId);
  EXPECT_EQ(refs_of_pre_commit({{"PRE_COMMIT_LOCAL_BRANCH", "m"}})[0].local_id, "m");
}

TEST(UnderWay, ByEvent) {
  git::Sandbox sandbox;
  const std::string git = sandbox / "";
  const auto at = [&](Event event, const std::vector<std::string>& words = {"x"}) {
    return is_under_way(git, event, words);
  };
  for (const auto event : kEvents) EXPECT_FALSE(at(event)) << name_of(event);
  std::ofstream(sandbox / "MERGE_HEAD") << "x";
  EXPECT_TRUE(at(Event::kPostCheckout));
  EXPECT_FALSE(at(Event::kPostMerge)) << "it stands until the hook is done";
  std::filesystem::create_directory(sandbox / "sequencer");
  std::ofstream(sandbox / "sequencer/todo") << "pick 1\n# note\npick 2\n";
  EXPECT_TRUE(at(Event::kPostCommit));
  std::ofstream(sandbox / "sequencer/todo") << "pick 2\n";
  EXPECT_FALSE(at(Event::kPostCommit)) << "the last one";
  std::filesystem::create_directory(sandbox / "rebase-merge");
  EXPECT_TRUE(at(Event::kPostCommit));
  EXPECT_TRUE(at(Event::kPostRewrite, {"amend"}));
  EXPECT_FALSE(at(Event::kPostRewrite, {"rebase"})) << "its folder stands until the hook is done";
}

}  // namespace
}  // namespace cairn::hooks
