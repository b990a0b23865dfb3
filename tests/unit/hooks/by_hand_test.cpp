// Whether an entry of lefthook passes on which commits go out, in the forms that its files have.
#include "hooks/by_hand.hpp"

#include <gtest/gtest.h>

namespace cairn::hooks {
namespace {

TEST(ByHand, AnEntryOfLefthookPassesOnStandardInput) {
  EXPECT_TRUE(passes_stdin(""));
  EXPECT_TRUE(passes_stdin("pre-push:\n  commands:\n    a:\n      run: make\n"));
  EXPECT_TRUE(
      passes_stdin("pre-push:\n  commands:\n    a:\n      run: cairn hook pre-push {0}\n"
                   "\n      # what git says\n      use_stdin: true\n    b:\n      run: make\n"));
  EXPECT_TRUE(
      passes_stdin("pre-push:\n  commands:\n    a:\n      use_stdin: true\n"
                   "      env:\n        X: 1\n      run: cairn hook pre-push {0}\n"));
  EXPECT_TRUE(
      passes_stdin("pre-push:\n  jobs:\n    - name: a\n      use_stdin: true\n"
                   "      run: cairn hook pre-push {0}\n    - run: make\n"));
  EXPECT_TRUE(
      passes_stdin("[pre-push.commands.a]\nuse_stdin = true\nrun = \"cairn hook pre-push {0}\"\n"));
  EXPECT_TRUE(passes_stdin(
      R"({"pre-push": {"commands": {"a": {"run": "cairn hook pre-push {0}", "use_stdin": true}}}})"));
}

TEST(ByHand, ThatOfAnotherEntryDoesNotCount) {
  EXPECT_FALSE(
      passes_stdin("pre-push:\n  commands:\n    a:\n      run: cairn hook pre-push {0}\n"));
  EXPECT_FALSE(
      passes_stdin("pre-push:\n  commands:\n    a:\n      run: cairn hook pre-push {0}\n"
                   "      # use_stdin: true\n    b:\n      use_stdin: true\n"));
  EXPECT_FALSE(
      passes_stdin("pre-push:\n  commands:\n    b:\n      use_stdin: true\n"
                   "    a:\n      run: cairn hook pre-push {0}\n"));
  EXPECT_FALSE(
      passes_stdin("pre-push:\n  jobs:\n    - name: b\n      use_stdin: true\n"
                   "    - run: cairn hook pre-push {0}\n    - use_stdin: true\n"));
  EXPECT_FALSE(
      passes_stdin("[pre-push.commands.b]\nuse_stdin = true\n[pre-push.commands.a]\n"
                   "run = \"cairn hook pre-push {0}\"\n[c]\nuse_stdin = true\n"));
}

}  // namespace
}  // namespace cairn::hooks
