#include "foreign/dvc_file.hpp"

#include <gtest/gtest.h>

namespace cairn::foreign {
namespace {

constexpr const char* kMd5 = "d644a230f3ef20b00879aaceb61790af";

Result<DvcFile> parse(const std::string& text, const std::string& path = "sub/x.dvc") {
  return parse_dvc_file(text, path, "");
}

std::string output_at(const std::string& path) {
  return "outs:\n- md5: " + std::string(kMd5) + "\n  hash: md5\n  path: " + path + "\n";
}

TEST(DvcFile, ReadsBothSchemes) {
  const auto file = parse(
      "outs:\n- md5: D644A230F3EF20B00879AACEB61790AF.dir\n  path: data\n"
      "- md5: d644a230f3ef20b00879aaceb61790af\n  size: 6\n  isexec: true\n"
      "  hash: md5\n  path: model.bin\n  remote: big\n");
  ASSERT_TRUE(file.ok()) << file.error().message();
  ASSERT_EQ(file->outputs.size(), 2U);
  const auto& folder = file->outputs[0];
  EXPECT_EQ(folder.path, "sub/data");
  EXPECT_EQ(folder.object.key(), "d6/44a230f3ef20b00879aaceb61790af.dir");
  EXPECT_EQ(folder.object.name(), "md5-dos2unix-d644a230f3ef20b00879aaceb61790af.dir");
  const auto& single = file->outputs[1];
  EXPECT_EQ(single.object.key(), "files/md5/d6/44a230f3ef20b00879aaceb61790af");
  EXPECT_EQ(single.object.name(), "md5-d644a230f3ef20b00879aaceb61790af");
  EXPECT_TRUE(single.executable);
  EXPECT_EQ(single.remote, "big");
}

TEST(DvcFile, ADigestOfDigitsAloneIsText) {
  const auto file =
      parse("outs:\n- md5: 12345678901234567890123456789012\n  hash: md5\n  path: a\n");
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->outputs[0].object.md5, "12345678901234567890123456789012");
}

TEST(DvcFile, WdirMovesPaths) {
  const auto file = parse("wdir: ../other\n" + output_at("a"));
  ASSERT_TRUE(file.ok()) << file.error().message();
  EXPECT_EQ(file->outputs[0].path, "other/a");
  const auto top = parse("wdir: ..\n" + output_at("a"));
  ASSERT_TRUE(top.ok()) << top.error().message();
  EXPECT_EQ(top->outputs[0].path, "a");
}

TEST(DvcFile, LockTakesFoldersOfStagesFromTheYamlBeside) {
  const std::string lock =
      "schema: '2.0'\nstages:\n  prep@a:\n    cmd: x\n    deps:\n"
      "    - path: raw\n      md5: 00000000000000000000000000000000\n"
      "    outs:\n    - path: out\n      hash: md5\n      md5: " +
      std::string(kMd5) + "\n";
  const auto plain = parse_dvc_file(lock, "p/dvc.lock", "");
  ASSERT_TRUE(plain.ok()) << plain.error().message();
  ASSERT_EQ(plain->outputs.size(), 1U);
  EXPECT_EQ(plain->outputs[0].path, "p/out");
  const auto moved = parse_dvc_file(lock, "p/dvc.lock",
                                    "stages:\n  prep:\n    foreach: [a]\n    do:\n"
                                    "      wdir: w\n      cmd: x\n");
  ASSERT_TRUE(moved.ok());
  EXPECT_EQ(moved->outputs[0].path, "p/w/out");
  const auto hidden = parse_dvc_file(lock, "p/dvc.lock", "stages:\n  prep:\n    wdir: ${w}\n");
  ASSERT_TRUE(hidden.ok());
  EXPECT_TRUE(hidden->outputs.empty());
  EXPECT_EQ(hidden->skipped.size(), 1U);
}

TEST(DvcFile, WhatHasNoDataIsSkipped) {
  const auto file =
      parse("outs:\n- path: a\n- path: b\n  cache: false\n  md5: " + std::string(kMd5) +
            "\n- path: s3://bucket/x\n  etag: y\n");
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(file->outputs.empty());
  EXPECT_EQ(file->skipped.size(), 3U);
}

TEST(DvcFile, FilesInPlaceMakeTheFolderThatDvcWouldMake) {
  const auto file = parse(
      "outs:\n- path: data\n  hash: md5\n  files:\n"
      "  - relpath: t.txt\n    md5: d644a230f3ef20b00879aaceb61790af\n"
      "  - relpath: empty\n    md5: d41d8cd98f00b204e9800998ecf8427e\n"
      "  - relpath: sub/b.bin\n    md5: 8861b39a04bc2428b5faddf048792320\n");
  ASSERT_TRUE(file.ok()) << file.error().message();
  EXPECT_TRUE(file->outputs[0].listed);
  EXPECT_EQ(file->outputs[0].files.front().path, "empty");
  EXPECT_EQ(file->outputs[0].object.md5, "6cceaff1c6766118cd32c6fcaf7a8642");
}

TEST(DvcFile, UnsafePathsAreRefused) {
  for (const char* path : {"/etc/passwd", "../../x", "..", "a/../../../b", ".git/hooks/pre-commit",
                           "a/.GIT/config", "git~1/x", ".cairn/config", ".dvc/config", "\"a\\nb\"",
                           "../x/../.git", "a/../..", "\".git \""}) {
    const auto file = parse(output_at(path));
    ASSERT_FALSE(file.ok()) << path;
    EXPECT_EQ(file.error().slug(), "foreign-path") << path;
  }
  const auto wdir = parse("wdir: /etc\n" + output_at("passwd"));
  ASSERT_FALSE(wdir.ok());
  EXPECT_EQ(wdir.error().slug(), "foreign-path");
}

TEST(DvcFile, WhatIsNoSuchFileIsRefused) {
  const std::vector<std::string> texts{"",
                                       "- a\n",
                                       "outs:\n- md5: xyz\n  path: a\n",
                                       "outs:\n- md5: " + std::string(kMd5) + "\n",
                                       "outs: [\n",
                                       "a: &x\n  b: *y\n"};
  for (const auto& text : texts) EXPECT_FALSE(parse(text).ok()) << text;
}

TEST(DvcFile, AliasesOfYamlDoNotGrow) {
  std::string text = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const auto last = std::to_string(i - 1), now = std::to_string(i);
    text += "a" + now + ": &a" + now + " [*a" + last + ", *a" + last + "]\n";
  }
  const auto file = parse(text + output_at("a"));
  ASSERT_TRUE(file.ok()) << file.error().message();
  EXPECT_EQ(file->outputs.size(), 1U);
}

TEST(DvcFile, DepthIsLimited) {
  EXPECT_FALSE(parse("a: " + std::string(5000, '[') + std::string(5000, ']') + "\n").ok());
}

TEST(DvcFile, KnowsItsNames) {
  EXPECT_TRUE(is_dvc_file("a/x.dvc"));
  EXPECT_TRUE(is_dvc_file("dvc.lock"));
  EXPECT_FALSE(is_dvc_file("a/.dvc"));
  EXPECT_FALSE(is_dvc_file("dvc.yaml"));
  EXPECT_EQ(stages_beside("dvc.lock"), "dvc.yaml");
  EXPECT_EQ(stages_beside("a/dvc.lock"), "a/dvc.yaml");
  EXPECT_EQ(stages_beside("a/x.dvc"), "");
}

TEST(DvcFolder, ReadsWhatDvcWrites) {
  const std::string text =
      R"([{"md5": "d644a230f3ef20b00879aaceb61790af", "relpath": "t\u00e9.txt"}, )"
      R"({"md5": "8861b39a04bc2428b5faddf048792320", "relpath": "a/b", "size": 3}])";
  const auto entries = parse_dvc_folder(base::view_of(text), false);
  ASSERT_TRUE(entries.ok()) << entries.error().message();
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ((*entries)[0].path, "a/b");
  EXPECT_EQ((*entries)[1].path, "t\xC3\xA9.txt");
}

TEST(DvcFolder, RefusesAnythingElse) {
  const std::string md5 = R"("md5": "d644a230f3ef20b00879aaceb61790af")";
  for (const std::string& text : std::vector<std::string>{
           "", "{}", "[", "[1]", "[[]]", "[{}]", "[{" + md5 + "}]", R"([{"relpath": "a"}])",
           R"([{"md5": "x", "relpath": "a"}])", "[{" + md5 + R"(, "relpath": {"a": 1}}])",
           "[{" + md5 + R"(, "relpath": "../a"}])", "[{" + md5 + R"(, "relpath": "/a"}])",
           "[{" + md5 + R"(, "relpath": "a//b"}])", "[{" + md5 + R"(, "relpath": ".git/x"}])",
           "[{" + md5 + R"(, "relpath": "a"}, {)" + md5 + R"(, "relpath": "a"}])",
           "[{" + md5 + R"(, "relpath": "a"}] x)"})
    EXPECT_FALSE(parse_dvc_folder(base::view_of(text), false).ok()) << text;
}

}  // namespace
}  // namespace cairn::foreign
