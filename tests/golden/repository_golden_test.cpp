// The files that a command writes beside pointers and pages: settings, rules for git, where
// imported data comes from, and what a store keeps of its clones.
#include "base/cpu_pool.hpp"
#include "base/system.hpp"
#include "golden/golden_file.hpp"
#include "repo/operations.hpp"
#include "repo/project_file.hpp"
#include "repo/sources.hpp"
#include "store/delta_groups.hpp"
#include "unit/format/remote_samples.hpp"
#include "unit/git/sandbox.hpp"

namespace cairn::repo {
namespace {

using format::accepted;
using format::sample_id;

struct CountingEntropy final : Entropy {
  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) byte = next++;
  }
  std::uint8_t next = 1;
};

class GoldenRepository : public testing::Test {
 protected:
  GoldenRepository() : tree_(git::TestTree::create(sandbox_ / "shop")) {
    environment_.directory = tree_.top();
    environment_.search_path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): one thread
    environment_.config_directory = sandbox_ / "config";
    environment_.open_remote = [](const RemoteConfig&) -> Result<std::unique_ptr<Remote>> {
      return std::unique_ptr<Remote>();
    };
    EXPECT_TRUE(init(context_, environment_, {}).ok());
  }
  Repository open() { return *Repository::open(context_, environment_); }
  // What the tree has is what the golden file has.
  void expect_golden(const std::string& path, const std::string& name) const {
    golden(name, read_golden(tree_.top() + "/" + path));
  }

  git::Sandbox sandbox_;
  git::TestTree tree_;
  Environment environment_;
  base::SystemClock clock_;
  CountingEntropy entropy_;
  base::NullLog log_;
  base::NullProgress progress_;
  CpuPool cpu_{1};
  Context context_{clock_, entropy_, log_, progress_, cpu_, {}};
};

TEST_F(GoldenRepository, Settings) {
  auto repository = open();
  RemoteAddOptions remote;
  remote.name = "prod";
  remote.url = "s3://acme-data/shop";
  remote.options = {{"region", "eu-central-1"}};
  ASSERT_TRUE(remote_add(context_, repository, remote).ok());
  expect_golden(".cairn/config", "config.ini");
  expect_golden(".gitattributes", "gitattributes.txt");
  const auto settings = open().settings();
  EXPECT_EQ(settings.project, "0102030405060708090a0b0c0d0e0f10");
  EXPECT_EQ(settings.chunker, "structure1");
  EXPECT_EQ(settings.default_remote, "prod");
  ASSERT_EQ(settings.remotes.size(), 1U);
  EXPECT_EQ(settings.remotes[0].url, remote.url);
  EXPECT_EQ(settings.remotes[0].options, remote.options);
}

TEST_F(GoldenRepository, IgnoreRules) {
  tree_.write("data/one.bin", "1");
  tree_.write("data/[two] #2", "2");
  tree_.write("data/.gitignore", "# ours\n*.tmp\n");
  auto repository = open();
  AddOptions add_both;
  add_both.paths = {"data/one.bin", "data/[two] #2"};
  ASSERT_TRUE(add(context_, repository, add_both).ok());
  expect_golden("data/.gitignore", "gitignore.txt");
  EXPECT_EQ(tree_.git({"check-ignore", "data/one.bin", "data/[two] #2"}),
            "data/one.bin\ndata/[two] #2");
}

TEST_F(GoldenRepository, Sources) {
  const Source whole{"data/images", "git@host:acme/data", "images", "main", std::string(40, 'a')};
  const Source quoted{"a \"b\" \\c", "../other", "x", "", std::string(40, 'b')};
  ASSERT_TRUE(write_source(open(), whole).ok());
  ASSERT_TRUE(write_source(open(), quoted).ok());
  expect_golden(".cairn/sources", "sources.ini");
  const auto back = read_sources(open());
  ASSERT_TRUE(accepted(back));
  EXPECT_EQ(sources_text(*back), sources_text({quoted, whole}));
}

TEST(GoldenStore, Project) {
  ProjectFile project{"/srv/shop/.git", "/srv/shop", {}};
  format::Pointer folder;
  folder.kind = format::Pointer::Kind::kFolder;
  folder.oid = sample_id<Digest>("manifest");
  folder.size_bytes = 10'276'045;
  folder.files = 4123;
  format::Pointer file;
  file.oid = sample_id<Digest>("file");
  file.size_bytes = 12;
  project.versions = {{"data/images", folder}, {"a; b.bin", file}};
  const auto back =
      decode_project("projects/x", golden_text("project.txt", encode_project(project)));
  ASSERT_TRUE(accepted(back));
  EXPECT_EQ(back->git, project.git);
  EXPECT_EQ(back->top, project.top);
  ASSERT_EQ(back->versions.size(), 2U);
  EXPECT_EQ(back->versions[1].path, "a; b.bin");
  EXPECT_EQ(back->versions[1].pointer, file);
}

TEST(GoldenStore, Groups) {
  const git::Sandbox scratch;
  store::DeltaGroups groups(scratch / "groups");
  groups.set(sample_id<ChunkId>("first"), {2, 1'500, 0});
  groups.save();
  groups.set(sample_id<ChunkId>("second"), {3, 70'000, 0});
  groups.save();
  const auto bytes = golden("groups.bin", read_golden(scratch / "groups"));
  std::ofstream(scratch / "again", std::ios::binary) << base::text_of(bytes);
  store::DeltaGroups back(scratch / "again");
  const auto second = back.find(sample_id<ChunkId>("second"));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->versions, 3U);
  EXPECT_EQ(second->stored_bytes, 70'000U);
  EXPECT_EQ(second->saved, 2U);
  EXPECT_TRUE(back.find(sample_id<ChunkId>("first")));
}

}  // namespace
}  // namespace cairn::repo
