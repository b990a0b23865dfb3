#include "base/shell.hpp"

#include <gtest/gtest.h>

#include "base/process.hpp"

namespace cairn::base {
namespace {

TEST(ShellWord, BareWhereThatIsOneWord) {
  for (const char* path : {"data/images", "a-b_c.d:e@f%g+h=i,j", "ü/ß", "v1^2"})
    EXPECT_EQ(shell_word(path), path);
  EXPECT_EQ(shell_word("my data"), "'my data'");
  EXPECT_EQ(shell_word("-x"), "./-x");
  EXPECT_EQ(shell_word("two\nlines"), "$'two\\x0alines'");
}

TEST(ShellWord, AShellReadsBackWhatWasMeant) {
  for (const std::string path :
       {"plain", "my data", "it's", "a\"b", "$HOME", "`id`", "a\\b", "*", "~", "#x", "a;b", "é à",
        "two\nlines", "tab\tand'quote\\", "\x1b[2J", "!x", "{a,b}", ""}) {
    const auto shown = run_process({"bash", "-c", "printf %s " + shell_word(path)}, {});
    ASSERT_TRUE(shown.ok());
    EXPECT_EQ(shown->output, path) << shell_word(path);
  }
}

}  // namespace
}  // namespace cairn::base
