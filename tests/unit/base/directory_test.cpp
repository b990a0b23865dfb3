#include <dirent.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.hpp"
#include "scratch.hpp"

namespace cairn::base {
namespace {

TEST(Directory, MakesMissingParents) {
  const Scratch scratch;
  ASSERT_TRUE(make_directories(scratch / "a/b//c/").ok());
  EXPECT_TRUE(std::filesystem::is_directory(scratch / "a/b/c"));
  EXPECT_TRUE(make_directories(scratch / "a/b/c").ok());
  EXPECT_TRUE(make_directories("/").ok());
}

TEST(Directory, MakingOverAFileFails) {
  const Scratch scratch;
  put_file(scratch / "a", "");
  const auto status = make_directories(scratch / "a");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), Code::kExists);
  EXPECT_FALSE(make_directories(scratch / "a/b").ok());
}

TEST(Directory, ListsSortedByBytesWithTypes) {
  const Scratch scratch;
  put_file(scratch / "b", "");
  put_file(scratch / "\xC3\xA9", "");  // é: sorts after all ASCII only as unsigned bytes
  put_file(scratch / ".hidden", "");
  ASSERT_TRUE(make_directories(scratch / "B").ok());
  std::filesystem::create_symlink("nowhere", scratch / "a");
  const auto entries = list_directory(scratch.path());
  ASSERT_TRUE(entries.ok());
  std::vector<std::pair<std::string, int>> found;
  for (const DirEntry& entry : *entries) found.emplace_back(entry.name, entry.type);
  const std::vector<std::pair<std::string, int>> expected = {
      {".hidden", DT_REG}, {"B", DT_DIR}, {"a", DT_LNK}, {"b", DT_REG}, {"\xC3\xA9", DT_REG}};
  EXPECT_EQ(found, expected);
}

TEST(Directory, ListingWhatIsAbsentOrAFileIsNotFound) {
  const Scratch scratch;
  put_file(scratch / "a", "");
  for (const std::string& path : {scratch / "absent", scratch / "a"}) {
    const auto entries = list_directory(path);
    ASSERT_FALSE(entries.ok()) << path;
    EXPECT_EQ(entries.error().code(), Code::kNotFound);
  }
}

TEST(Directory, RemoveFile) {
  const Scratch scratch;
  put_file(scratch / "a", "");
  EXPECT_TRUE(remove_file(scratch / "a").ok());
  EXPECT_FALSE(std::filesystem::exists(scratch / "a"));
  EXPECT_TRUE(remove_file(scratch / "a").ok());
  EXPECT_FALSE(remove_file(scratch.path()).ok());
}

TEST(Directory, RemoveTreeNeverFollowsLinks) {
  const Scratch scratch;
  ASSERT_TRUE(make_directories(scratch / "tree/x/y").ok());
  ASSERT_TRUE(make_directories(scratch / "outside").ok());
  put_file(scratch / "tree/x/y/file", "1");
  put_file(scratch / "outside/precious", "1");
  std::filesystem::create_directory_symlink(scratch / "outside", scratch / "tree/link");
  std::filesystem::create_directory_symlink(scratch / "outside", scratch / "top");
  EXPECT_TRUE(remove_tree(scratch / "tree").ok());
  EXPECT_TRUE(remove_tree(scratch / "top/").ok());
  EXPECT_FALSE(std::filesystem::exists(scratch / "tree"));
  EXPECT_FALSE(lstat_path(scratch / "top").has_value());
  EXPECT_EQ(get_file(scratch / "outside/precious"), "1");
}

TEST(Directory, RemoveTreeTakesFilesAndAbsence) {
  const Scratch scratch;
  put_file(scratch / "a", "");
  EXPECT_TRUE(remove_tree(scratch / "a/below-a-file").ok());
  EXPECT_TRUE(remove_tree(scratch / "a").ok());
  EXPECT_TRUE(remove_tree(scratch / "a").ok());
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

TEST(Directory, RenameReplaceReplaces) {
  const Scratch scratch;
  put_file(scratch / "a", "new");
  put_file(scratch / "b", "old");
  ASSERT_TRUE(rename_replace(scratch / "a", scratch / "b").ok());
  EXPECT_EQ(get_file(scratch / "b"), "new");
  EXPECT_FALSE(std::filesystem::exists(scratch / "a"));
}

using Rename = Status (*)(const std::string&, const std::string&);
class RenameNew : public testing::TestWithParam<Rename> {};
INSTANTIATE_TEST_SUITE_P(Ways, RenameNew, testing::Values(&rename_new, &rename_new_by_link),
                         [](const auto& way) { return way.index == 0 ? "Rename" : "Link"; });

TEST_P(RenameNew, MovesToAFreeName) {
  const Scratch scratch;
  put_file(scratch / "a", "text");
  ASSERT_TRUE(GetParam()(scratch / "a", scratch / "b").ok());
  EXPECT_EQ(get_file(scratch / "b"), "text");
  EXPECT_FALSE(std::filesystem::exists(scratch / "a"));
}

TEST_P(RenameNew, NeverReplaces) {
  const Scratch scratch;
  put_file(scratch / "a", "new");
  put_file(scratch / "b", "old");
  const auto status = GetParam()(scratch / "a", scratch / "b");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), Code::kExists);
  EXPECT_EQ(get_file(scratch / "b"), "old");
  EXPECT_EQ(get_file(scratch / "a"), "new");
}

TEST_P(RenameNew, SourceMustExist) {
  const Scratch scratch;
  const auto status = GetParam()(scratch / "a", scratch / "b");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), Code::kNotFound);
}

TEST(Directory, StatFollowsLinksAndLstatDoesNot) {
  const Scratch scratch;
  put_file(scratch / "a", "1234");
  std::filesystem::create_symlink("a", scratch / "link");
  std::filesystem::create_symlink("gone", scratch / "dangling");
  ASSERT_TRUE(stat_path(scratch / "link").has_value());
  EXPECT_TRUE(S_ISREG(stat_path(scratch / "link")->st_mode));
  EXPECT_TRUE(S_ISLNK(lstat_path(scratch / "link")->st_mode));
  EXPECT_FALSE(stat_path(scratch / "dangling").has_value());
  EXPECT_TRUE(lstat_path(scratch / "dangling").has_value());
}

TEST(Paths, JoinPutsOneSlash) {
  EXPECT_EQ(join("a", "b"), "a/b");
  EXPECT_EQ(join("a/", "/b"), "a/b");
  EXPECT_EQ(join("/", "b"), "/b");
  EXPECT_EQ(join("", "b"), "b");
}

TEST(Paths, ParentAndName) {
  EXPECT_EQ(parent_of("a/b/c"), "a/b");
  EXPECT_EQ(parent_of("a//b"), "a");
  EXPECT_EQ(parent_of("a/b/"), "a");
  EXPECT_EQ(parent_of("/a"), "/");
  EXPECT_EQ(parent_of("/"), "/");
  EXPECT_EQ(parent_of("a"), "");
  EXPECT_EQ(name_of("a/b/c"), "c");
  EXPECT_EQ(name_of("a/b/"), "b");
  EXPECT_EQ(name_of("a"), "a");
  EXPECT_EQ(name_of("/"), "");
}

}  // namespace
}  // namespace cairn::base
