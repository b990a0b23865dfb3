#include "foreign/lfs_pointer.hpp"

#include <gtest/gtest.h>

namespace cairn::foreign {
namespace {

const std::string kId = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";

std::string text(const std::string& oid, const std::string& size) {
  return "version https://git-lfs.github.com/spec/v1\noid " + oid + "\nsize " + size + "\n";
}

TEST(LfsPointer, ReadsWhatGitLfsWrites) {
  const auto pointer = parse_lfs_pointer(text("sha256:" + kId, "12345"));
  ASSERT_TRUE(pointer.has_value());
  EXPECT_EQ(pointer->sha256, kId);
  EXPECT_EQ(pointer->size_bytes, 12345U);
  EXPECT_EQ(pointer->key(), "4d/7a/" + kId);
}

TEST(LfsPointer, AnyOtherTextIsData) {
  for (const auto& other :
       {std::string(), std::string("version https://git-lfs.github.com/spec/v1\n"),
        text("sha256:../../../../../../../../../../../../../../../../../../../../../etc", "1"),
        text("sha256:" + kId, "-1"), text("sha256:" + kId, ""), text("md5:" + kId, "1"),
        text("sha256:" + kId.substr(1), "1"), "x" + text("sha256:" + kId, "1"),
        text("sha256:" + kId, "1") + "ext-0-foo sha256:" + kId + "\n",
        text("sha256:" + kId, "1") + std::string(1024, '\n')})
    EXPECT_FALSE(parse_lfs_pointer(other).has_value()) << other;
}

TEST(LfsPointer, AttributesKeepTheirOtherLines) {
  EXPECT_EQ(
      without_lfs_lines("*.bin filter=lfs diff=lfs merge=lfs -text\n# filter=lfs\n*.txt text\n"),
      "# filter=lfs\n*.txt text\n");
  EXPECT_EQ(without_lfs_lines("*.txt text"), "*.txt text");
  EXPECT_EQ(without_lfs_lines("a filter=lfs"), "");
}

}  // namespace
}  // namespace cairn::foreign
