#include "workdir/tree_text.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include "unit/base/scratch.hpp"

namespace cairn::workdir {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBytes = 100;

class TreeText : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(scratch_ / "root");
    fs::create_directory(scratch_ / "outside");
    base::put_file(scratch_ / "outside/file", "secret");
    auto opened = TreeRoot::open(scratch_ / "root");
    ASSERT_TRUE(opened.ok());
    root_ = *std::move(opened);
  }
  [[nodiscard]] std::string text(const std::string& path) const {
    return **read_text(*root_, path, kMaxBytes);
  }
  [[nodiscard]] std::string slug(const std::string& path) const {
    const auto read = read_text(*root_, path, kMaxBytes);
    EXPECT_FALSE(read.ok());
    EXPECT_EQ(has_text(*root_, path).ok(), false);
    if (read.ok() || read.error().code() != Code::kConflict) return "";
    EXPECT_FALSE(read.error().hints().empty());
    return read.error().slug();
  }

  base::Scratch scratch_;
  std::optional<TreeRoot> root_;
};

TEST_F(TreeText, IsWrittenAndReadAgain) {
  EXPECT_FALSE(*has_text(*root_, "a/b"));
  EXPECT_FALSE(read_text(*root_, "a/b", kMaxBytes)->has_value());
  ASSERT_TRUE(replace_text(*root_, "a/b", "one").ok());
  EXPECT_EQ(text("a/b"), "one");
  ASSERT_TRUE(replace_text(*root_, "a/b", "two").ok());
  ASSERT_TRUE(replace_text(*root_, "top", "").ok());
  EXPECT_EQ(text("a/b"), "two");
  EXPECT_EQ(text("top"), "");
  EXPECT_EQ(std::distance(fs::directory_iterator(scratch_ / "root/a"), {}), 1);
}

TEST_F(TreeText, WhatACrashLeftGoes) {
  base::put_file(scratch_ / "root/.cairn-tmp-edit", "half");
  ASSERT_TRUE(replace_text(*root_, "top", "whole").ok());
  EXPECT_EQ(text("top"), "whole");
  EXPECT_FALSE(fs::exists(scratch_ / "root/.cairn-tmp-edit"));
}

TEST_F(TreeText, LinksAreNeverFollowed) {
  fs::create_symlink(scratch_ / "outside/file", scratch_ / "root/link");
  fs::create_symlink(scratch_ / "outside", scratch_ / "root/folder");
  fs::create_symlink(scratch_ / "outside/file", scratch_ / "root/.cairn-tmp-edit");
  EXPECT_EQ(slug("link"), "link-in-path");
  EXPECT_EQ(slug("folder/file"), "link-in-path");
  EXPECT_EQ(slug("folder/absent"), "link-in-path");
  EXPECT_EQ(replace_text(*root_, "folder/new", "x").error().slug(), "link-in-path");
  ASSERT_TRUE(replace_text(*root_, "link", "x").ok());
  EXPECT_EQ(base::get_file(scratch_ / "outside/file"), "secret");
  EXPECT_EQ(text("link"), "x");
  EXPECT_FALSE(fs::exists(scratch_ / "outside/new"));
}

TEST_F(TreeText, NeitherPipesNorFoldersNorLargeFilesAreTexts) {
  ASSERT_EQ(::mkfifo((scratch_ / "root/pipe").c_str(), 0600), 0);
  fs::create_directory(scratch_ / "root/folder");
  base::put_file(scratch_ / "root/large", std::string(kMaxBytes + 1, 'x'));
  EXPECT_EQ(slug("pipe"), "not-a-file");
  EXPECT_EQ(slug("folder"), "not-a-file");
  EXPECT_EQ(read_text(*root_, "large", kMaxBytes).error().code(), Code::kCorrupt);
}

}  // namespace
}  // namespace cairn::workdir
