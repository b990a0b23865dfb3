#include "workdir/materialise.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "crypto/sha256.hpp"
#include "unit/store/ingest_fixture.hpp"
#include "workdir/name_rules.hpp"

namespace cairn::workdir {
namespace {

namespace fs = std::filesystem;
using store::make_text;

constexpr std::size_t kMiB = std::size_t{1} << 20;

class MaterialiseTest : public testing::Test {
 protected:
  MaterialiseTest() { fs::create_directories(tree()); }

  [[nodiscard]] std::string tree() const { return fixture_.scratch / "tree"; }
  [[nodiscard]] std::string at(const std::string& path) const { return tree() + "/" + path; }

  // Stores a file and adds it to what is to be written.
  WriteItem& add_file(const std::string& path, const std::string& text) {
    fixture_.sources.clear();
    fixture_.add_source(text);
    const auto files = fixture_.ingest();
    EXPECT_TRUE(files.ok());
    WriteItem item;
    item.path = path;
    item.entry = entry_of(files->front());
    items_.push_back(item);
    return items_.back();
  }
  static format::ManifestEntry entry_of(const store::StoredFile& file) {
    format::ManifestEntry entry;
    entry.size_bytes = file.size_bytes;
    entry.file_id = file.id;
    if (file.chunks.size() > 1) entry.chunks = file.chunks;
    entry.has_recipe = file.recipe.has_value();
    if (file.recipe) entry.recipe = *file.recipe;
    return entry;
  }
  void add_link(const std::string& path, const std::string& target) {
    WriteItem item;
    item.path = path;
    item.entry.type = format::EntryType::kLink;
    item.entry.target = target;
    items_.push_back(item);
  }
  void add_folder(const std::string& path) {
    WriteItem item;
    item.path = path;
    item.entry.type = format::EntryType::kEmptyFolder;
    items_.push_back(item);
  }

  // One record that holds `plain` but says that it is `id`; its checksums are right.
  void store_wrong_record(const ChunkId& id, const std::string& plain) {
    auto session = store::Session::begin(fixture_.context, *fixture_.store);
    ASSERT_TRUE(session.ok());
    codec::Encoder encoder;
    const auto owner = std::make_shared<const std::string>(plain);
    ASSERT_TRUE(
        (*session)
            ->append(format::PackKind::kData,
                     store::encode_record(encoder, {{id, static_cast<std::uint32_t>(plain.size())}},
                                          base::view_of(*owner), owner, codec::Effort::kNormal))
            .ok());
    ASSERT_TRUE((*session)->commit().ok());
  }

  Status check() {
    CAIRN_TRY(const TreeRoot root, TreeRoot::open(tree()));
    return check_writes(fixture_.context, *fixture_.store, root, pointers_to(items_));
  }
  Status write(LinkMode mode = LinkMode::kCopy) {
    CAIRN_TRY(const TreeRoot root, TreeRoot::open(tree()));
    stats_.clear();
    WriteOptions options;
    options.link = mode;
    return write_items(fixture_.context, *fixture_.store, root, items_, options,
                       [&](std::size_t index, const StatKey& stat) -> Status {
                         EXPECT_EQ(index, stats_.size());
                         stats_.push_back(stat);
                         return {};
                       });
  }
  static std::string failure(const Status& status) {
    return status.ok() ? "" : const_cast<Status&>(status).error().message();
  }
  static Code code_of(Status status) {
    return status.ok() ? Code::kAnswerNo : status.error().code();
  }

  // All that lies below a folder; temporary names would show here.
  static std::vector<std::string> below(const std::string& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      names.push_back(fs::relative(entry.path(), folder).string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  [[nodiscard]] std::vector<std::string> in_tree() const { return below(tree()); }
  using Names = std::vector<std::string>;

  void damage_packs(format::PackKind kind) {
    for (const auto& entry : fs::recursive_directory_iterator(fixture_.store_path() + "/packs")) {
      if (!entry.is_regular_file()) continue;
      const auto header = format::decode_pack_header(base::view_of(base::get_file(entry.path())));
      if (!header.ok() || header->kind != kind) continue;
      fs::permissions(entry.path(), fs::perms::owner_write, fs::perm_options::add);
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(64 + 24 + 4 + 40);  // within the payload of the first record
      file << "?!";
    }
    fixture_.reopen();
  }

  store::IngestFixture fixture_;
  std::vector<WriteItem> items_;
  std::vector<StatKey> stats_;
};

TEST_F(MaterialiseTest, EverySizeComesBackByteForByte) {
  std::vector<std::string> texts;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, 4096UL, 65535UL, 65536UL, 65537UL, 524287UL, 524288UL,
        524289UL, kMiB, kMiB + 1, 5 * kMiB, 8 * kMiB, 8 * kMiB + 1, 21 * kMiB + 12345}) {
    for (const unsigned letters : {256U, 4U}) {
      texts.push_back(make_text(size, size + letters, letters));
      add_file("f" + std::to_string(texts.size()), texts.back());
    }
  }
  ASSERT_EQ(failure(check()), "");
  ASSERT_EQ(failure(write()), "");
  ASSERT_EQ(stats_.size(), texts.size());
  EXPECT_EQ(in_tree().size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_TRUE(base::get_file(at(items_[i].path)) == texts[i]) << texts[i].size();
    struct ::stat info {};
    ASSERT_EQ(::lstat(at(items_[i].path).c_str(), &info), 0);
    EXPECT_EQ(stats_[i], stat_key(info));
  }
}

TEST_F(MaterialiseTest, ManyFilesInManyFolders) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 1500; ++i) {
    texts.push_back(make_text(i % 37 * 50, i, 30));
    fixture_.add_source(texts.back());
  }
  const auto files = fixture_.ingest();
  ASSERT_TRUE(files.ok());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    items_.push_back({"d" + std::to_string(i / 100 % 4) + "/e" + std::to_string(i / 10) + "/f" +
                          std::to_string(i),
                      entry_of((*files)[i])});
  }
  ASSERT_EQ(failure(write()), "");
  for (std::size_t i = 0; i < texts.size(); ++i)
    EXPECT_EQ(base::get_file(at(items_[i].path)), texts[i]);
}

TEST_F(MaterialiseTest, ModesFollowTheExecBitAndTheUmask) {
  add_file("plain", "a");
  add_file("program", "b").entry.executable = true;
  add_file("large", make_text(9 * kMiB, 1)).entry.executable = true;
  const mode_t old = ::umask(027);
  const Status status = write();
  ::umask(old);
  ASSERT_EQ(failure(status), "");
  EXPECT_EQ(stats_[0].mode, static_cast<mode_t>(S_IFREG | 0640));
  EXPECT_EQ(stats_[1].mode, static_cast<mode_t>(S_IFREG | 0750));
  EXPECT_EQ(stats_[2].mode, static_cast<mode_t>(S_IFREG | 0750));
}

TEST_F(MaterialiseTest, WhatStandsThereIsReplacedNotFollowed) {
  fs::create_directory(fixture_.scratch / "outside");
  base::put_file(fixture_.scratch / "outside/file", "outside");
  fs::create_symlink(fixture_.scratch / "outside/file", at("over-link"));
  fs::create_directory(at("over-empty-folder"));
  base::put_file(at("over-file"), "old");
  base::put_file(at("link-over-file"), "old");
  base::put_file(at("folder-over-file"), "old");
  fs::create_directory_symlink(fixture_.scratch / "outside", at("folder-over-link"));
  fs::create_directory(at("folder-over-folder"));
  for (const char* path : {"over-link", "over-empty-folder", "over-file"})
    add_file(path, std::string("new ") + path);
  add_link("link-over-file", "../anywhere");
  for (const char* path :
       {"folder-over-file", "folder-over-link", "folder-over-folder", "new/folder"})
    add_folder(path);
  ASSERT_EQ(failure(write()), "");
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(at(items_[i].path))));
    EXPECT_EQ(base::get_file(at(items_[i].path)), "new " + items_[i].path);
  }
  EXPECT_EQ(fs::read_symlink(at("link-over-file")), "../anywhere");
  for (std::size_t i = 4; i < 8; ++i)
    EXPECT_TRUE(fs::is_directory(fs::symlink_status(at(items_[i].path))));
  EXPECT_EQ(below(fixture_.scratch / "outside"), Names{"file"});
  EXPECT_EQ(base::get_file(fixture_.scratch / "outside/file"), "outside");
}

TEST_F(MaterialiseTest, AFolderWithSomethingInItIsAConflict) {
  fs::create_directories(at("name/sub"));
  add_file("name", "text");
  EXPECT_EQ(code_of(write()), Code::kConflict);
  items_.clear();
  add_link("name", "target");
  EXPECT_EQ(code_of(write()), Code::kConflict);
  EXPECT_EQ(in_tree(), (Names{"name", "name/sub"}));
}

TEST_F(MaterialiseTest, AFileAmongTheParentsIsAConflict) {
  base::put_file(at("a"), "mine");
  add_file("a/b/c", "text");
  EXPECT_EQ(code_of(write()), Code::kConflict);
  EXPECT_EQ(base::get_file(at("a")), "mine");
}

TEST_F(MaterialiseTest, PathsThatLeadElsewhereAreRefused) {
  for (const char* path : {"../escaped", "/tmp/cairn-escaped", "a/../../escaped", "a//b", "."}) {
    items_.clear();
    add_file(path, "text");
    EXPECT_EQ(code_of(write()), Code::kConflict) << path;
    EXPECT_EQ(code_of(check()), Code::kConflict) << path;
    items_.clear();
    add_folder(path);
    EXPECT_EQ(code_of(write()), Code::kConflict) << path;
  }
  EXPECT_TRUE(in_tree().empty());
  EXPECT_FALSE(fs::exists(fixture_.scratch / "escaped"));
  items_.clear();
  add_file("a/.git/hooks/post-checkout", "text");
  EXPECT_EQ(code_of(check()), Code::kConflict);
}

TEST_F(MaterialiseTest, ALinkAmongTheParentsIsRefused) {
  fs::create_directory(fixture_.scratch / "outside");
  fs::create_directory_symlink(fixture_.scratch / "outside", at("link"));
  add_file("link/small", "text");
  add_file("link/sub/large", make_text(9 * kMiB, 2));
  Status status = check();
  ASSERT_EQ(code_of(status), Code::kConflict);
  EXPECT_EQ(status.error().details().size(), 2U);
  EXPECT_EQ(code_of(write()), Code::kConflict);
  std::swap(items_[0], items_[1]);
  EXPECT_EQ(code_of(write()), Code::kConflict);
  EXPECT_TRUE(fs::is_empty(fixture_.scratch / "outside"));
}

// A parent becomes a link to the outside and a folder again, all the time: nothing is ever written
// outside.
TEST_F(MaterialiseTest, NothingIsWrittenOutsideWhileAParentIsSwapped) {
  fs::create_directory(fixture_.scratch / "outside");
  fs::create_directory(at("a"));
  fs::create_directory_symlink(fixture_.scratch / "outside", at("evil"));
  for (int i = 0; i < 100; ++i)
    add_file("a/" + std::to_string(i % 10) + "/" + std::to_string(i), std::to_string(i));
  std::atomic<bool> done = false;
  std::thread swapper([&] {
    const std::string a = at("a"), evil = at("evil"), aside = at("aside");
    while (!done) {
      (void)::rename(a.c_str(), aside.c_str());
      (void)::rename(evil.c_str(), a.c_str());
      (void)::rename(a.c_str(), evil.c_str());
      (void)::rename(aside.c_str(), a.c_str());
    }
  });
  for (int round = 0; round < 100; ++round) (void)write();
  done = true;
  swapper.join();
  EXPECT_TRUE(fs::is_empty(fixture_.scratch / "outside"));
}

TEST_F(MaterialiseTest, ADamagedRecordFailsAndLeavesTheOldFile) {
  for (const std::string& text : {make_text(3000, 3, 20), make_text(60'000, 4),
                                  make_text(4 * kMiB, 5), make_text(12 * kMiB, 6)}) {
    items_.clear();
    fs::remove_all(fixture_.store_path());
    ASSERT_TRUE(store::Store::create(fixture_.store_path()).ok());
    fixture_.reopen();
    add_file("file", text);
    base::put_file(at("file"), "old");
    damage_packs(format::PackKind::kData);
    Status status = write();
    ASSERT_EQ(code_of(status), Code::kCorrupt) << text.size();
    EXPECT_NE(status.error().message().find("`file`"), std::string::npos)
        << status.error().message();
    EXPECT_NE(status.error().message().find("chunk"), std::string::npos)
        << status.error().message();
    EXPECT_EQ(base::get_file(at("file")), "old");
    EXPECT_EQ(in_tree(), Names{"file"});
    EXPECT_GT(fixture_.store->usage().damaged_records, 0U);
    // Adding the same data again heals.
    items_.clear();
    add_file("file", text);
    ASSERT_EQ(failure(write()), "");
    EXPECT_TRUE(base::get_file(at("file")) == text);
  }
}

TEST_F(MaterialiseTest, ADamagedChunkListNamesTheFile) {
  add_file("file", make_text(12 * kMiB, 18));
  damage_packs(format::PackKind::kMeta);
  Status status = write();
  ASSERT_EQ(code_of(status), Code::kCorrupt);
  EXPECT_NE(status.error().message().find("`file`"), std::string::npos) << status.error().message();
  EXPECT_TRUE(in_tree().empty());
}

TEST_F(MaterialiseTest, AWrongRecordWithRightChecksumsIsCaughtByTheFileHash) {
  for (const std::size_t size : {std::size_t{3000}, 60'000UL, 700'000UL, 12 * kMiB}) {
    items_.clear();
    fs::remove_all(fixture_.store_path());
    ASSERT_TRUE(store::Store::create(fixture_.store_path()).ok());
    fixture_.reopen();
    const std::string text = make_text(size, size);
    const auto lengths = store::plain_cuts(text);
    const ChunkId first = crypto::sha256(base::view_of(text).first(lengths[0])).as<ChunkId>();
    std::string wrong = text.substr(0, lengths[0]);
    wrong[100] ^= 1;
    store_wrong_record(first, wrong);
    add_file("file", text);  // does not store the first chunk, which seems to be there
    Status status = write();
    ASSERT_EQ(code_of(status), Code::kCorrupt) << size;
    EXPECT_NE(status.error().message().find(first.hex()), std::string::npos)
        << status.error().message();
    EXPECT_TRUE(in_tree().empty());
    EXPECT_EQ(fixture_.store->usage().damaged_records, 1U);
    // With a good copy beside the bad one the file comes back.
    store_wrong_record(first, text.substr(0, lengths[0]));
    ASSERT_EQ(failure(write()), "");
    EXPECT_TRUE(base::get_file(at("file")) == text);
    fs::remove(at("file"));
  }
}

TEST_F(MaterialiseTest, AGoodCopyIsTakenWhenTheFirstOneIsWrong) {
  const std::string text = make_text(40'000, 7);
  const ChunkId id = crypto::sha256(base::view_of(text)).as<ChunkId>();
  store_wrong_record(id, text);
  std::string wrong = text;
  wrong.back() ^= 1;
  store_wrong_record(id, wrong);
  add_file("file", text);
  ASSERT_EQ(failure(write()), "");
  EXPECT_TRUE(base::get_file(at("file")) == text);
}

TEST_F(MaterialiseTest, IntactChunksOfAnotherFileAreCorrupt) {
  for (const std::size_t size : {std::size_t{700'000}, 12 * kMiB}) {
    items_.clear();
    add_file("file", make_text(size, 8)).entry.file_id =
        crypto::sha256(base::view_of("other")).as<FileId>();
    EXPECT_EQ(code_of(write()), Code::kCorrupt);
    EXPECT_TRUE(in_tree().empty());
  }
}

TEST_F(MaterialiseTest, AllThatIsMissingIsToldBeforehand) {
  add_file("there", "text");
  for (const char* name : {"x", "y"}) {
    WriteItem item;
    item.path = name;
    item.entry.size_bytes = 5;
    item.entry.file_id = crypto::sha256(base::view_of(name)).as<FileId>();
    items_.push_back(item);
  }
  WriteItem recipe = items_[1];
  recipe.path = "z";
  recipe.entry.size_bytes = std::uint64_t{1} << 50;  // does not fit either
  recipe.entry.has_recipe = true;
  recipe.entry.recipe = crypto::sha256(base::view_of("no such recipe")).as<ChunkId>();
  items_.push_back(recipe);
  Status status = check();
  ASSERT_EQ(code_of(status), Code::kMissing);
  const auto& details = status.error().details();
  ASSERT_EQ(details.size(), 4U);
  EXPECT_NE(details[0].find("`x`"), std::string::npos);
  EXPECT_NE(details[1].find("`y`"), std::string::npos);
  EXPECT_NE(details[2].find("`z`"), std::string::npos);
  EXPECT_NE(details[3].find("space"), std::string::npos);
  EXPECT_EQ(code_of(write()), Code::kMissing);
  items_.resize(1);
  EXPECT_EQ(failure(check()), "");
}

TEST_F(MaterialiseTest, CheckingLeavesNothingBehind) {
  add_file("file", "text");
  ASSERT_EQ(failure(check()), "");
  EXPECT_TRUE(in_tree().empty());
}

TEST_F(MaterialiseTest, AStopRequestLeavesOldFilesAndNoTemporaryOnes) {
  add_file("small", "text");
  add_file("large", make_text(12 * kMiB, 9));
  base::put_file(at("small"), "old");
  fixture_.parts.stop.request_stop();
  EXPECT_EQ(code_of(write()), Code::kInterrupted);
  EXPECT_EQ(in_tree(), Names{"small"});
  EXPECT_EQ(base::get_file(at("small")), "old");
}

TEST_F(MaterialiseTest, LinkModesHaveNames) {
  EXPECT_EQ(*parse_link_mode("copy"), LinkMode::kCopy);
  EXPECT_EQ(*parse_link_mode("reflink"), LinkMode::kReflink);
  EXPECT_EQ(*parse_link_mode("hardlink"), LinkMode::kHardlink);
  EXPECT_EQ(*parse_link_mode("symlink"), LinkMode::kSymlink);
  EXPECT_FALSE(parse_link_mode("link").ok());
}

TEST_F(MaterialiseTest, HardLinksShareTheStoresReadOnlyCopy) {
  const std::string text = make_text(100'000, 10);
  add_file("a", text);
  add_file("sub/b", text);
  add_file("x", text).entry.executable = true;
  add_file("large", make_text(9 * kMiB, 11));
  add_file("nothing", "");
  ASSERT_EQ(failure(write(LinkMode::kHardlink)), "");
  ASSERT_EQ(failure(write(LinkMode::kHardlink)), "");  // over itself
  const std::string object = fixture_.store_path() + "/links/" +
                             items_[0].entry.file_id.hex().substr(0, 2) + "/" +
                             items_[0].entry.file_id.hex();
  EXPECT_TRUE(fs::equivalent(at("a"), object));
  EXPECT_TRUE(fs::equivalent(at("sub/b"), object));
  EXPECT_TRUE(fs::equivalent(at("x"), object + ".x"));
  EXPECT_EQ(stats_[0].mode & 0777, 0444U);
  EXPECT_EQ(stats_[2].mode & 0777, 0555U);
  EXPECT_EQ(fs::hard_link_count(at("nothing")), 1U);
  EXPECT_EQ(in_tree(), (Names{"a", "large", "nothing", "sub", "sub/b", "x"}));
  EXPECT_TRUE(base::get_file(at("sub/b")) == text);
}

TEST_F(MaterialiseTest, AChangedSharedCopyIsMadeAgain) {
  const std::string text = make_text(100'000, 12);
  add_file("a", text);
  ASSERT_EQ(failure(write(LinkMode::kHardlink)), "");
  fs::permissions(at("a"), fs::perms::owner_write, fs::perm_options::add);
  std::fstream(at("a"), std::ios::in | std::ios::out) << "edited";
  items_[0].path = "b";
  ASSERT_EQ(failure(write(LinkMode::kHardlink)), "");
  EXPECT_TRUE(base::get_file(at("b")) == text);
  EXPECT_TRUE(base::get_file(at("a")).starts_with("edited"));
}

TEST_F(MaterialiseTest, SymbolicLinksNameTheStoresCopy) {
  const std::string text = make_text(100'000, 13);
  add_file("sub/a", text);
  ASSERT_EQ(failure(write(LinkMode::kSymlink)), "");
  EXPECT_TRUE(fs::is_symlink(fs::symlink_status(at("sub/a"))));
  EXPECT_TRUE(fs::read_symlink(at("sub/a")).is_absolute());
  EXPECT_TRUE(base::get_file(at("sub/a")) == text);
}

TEST_F(MaterialiseTest, ReflinksFallBackToCopies) {
  const std::string text = make_text(100'000, 14);
  add_file("a", text);
  add_file("large", make_text(9 * kMiB, 15));
  ASSERT_EQ(failure(write(LinkMode::kReflink)), "");
  EXPECT_TRUE(base::get_file(at("a")) == text);
  EXPECT_EQ(fs::hard_link_count(at("a")), 1U);
  EXPECT_EQ(stats_[0].mode & 0777 & 0600, 0600U);
  EXPECT_EQ(in_tree(), (Names{"a", "large"}));
}

TEST_F(MaterialiseTest, StreamsAnyRange) {
  const std::string text = make_text(3 * kMiB, 16);
  const format::ManifestEntry entry = add_file("file", text).entry;
  const auto stream = [&](std::uint64_t offset, std::uint64_t length) {
    std::string out;
    const Status status = stream_range(fixture_.context, *fixture_.store, entry, offset, length,
                                       [&](base::ByteView bytes) -> Status {
                                         EXPECT_FALSE(bytes.empty());
                                         out += base::text_of(bytes);
                                         return {};
                                       });
    EXPECT_EQ(failure(status), "");
    return out;
  };
  EXPECT_TRUE(stream(0, UINT64_MAX) == text);
  EXPECT_TRUE(stream(0, text.size()) == text);
  EXPECT_EQ(stream(0, 0), "");
  EXPECT_EQ(stream(text.size(), 10), "");
  EXPECT_EQ(stream(UINT64_MAX, UINT64_MAX), "");
  const std::size_t cut = store::plain_cuts(text)[0];
  for (const std::size_t offset : {std::size_t{1}, cut - 1, cut, cut + 1, text.size() - 1}) {
    for (const std::size_t length : {std::size_t{1}, std::size_t{2}, cut, kMiB}) {
      EXPECT_TRUE(stream(offset, length) == text.substr(offset, length)) << offset << " " << length;
    }
  }
}

TEST_F(MaterialiseTest, AListThatDoesNotAddUpIsCorrupt) {
  format::ManifestEntry entry = add_file("file", make_text(12 * kMiB, 17)).entry;
  const auto walk = [&] {
    return for_each_chunk(entry, store::page_fetch(*fixture_.store),
                          [](const format::ChunkRef&) { return Status(); });
  };
  EXPECT_EQ(failure(walk()), "");
  ++entry.size_bytes;
  EXPECT_EQ(code_of(walk()), Code::kCorrupt);
  entry.has_recipe = false;
  EXPECT_EQ(code_of(walk()), Code::kCorrupt);  // one chunk of that size
  entry.chunks.assign(2, {ChunkId(), 10});
  EXPECT_EQ(code_of(walk()), Code::kCorrupt);
  entry.size_bytes = 20;
  EXPECT_EQ(failure(walk()), "");
  for (const std::uint32_t length : {0U, (1U << 20) + 1}) {
    entry.chunks[0].length = length;
    entry.size_bytes = length + 10;
    EXPECT_EQ(code_of(walk()), Code::kCorrupt) << length;
  }
}

TEST(NameRules, TwinsCountOnlyWhereTheFileSystemFoldsThem) {
  const std::vector<std::string_view> paths = {"Dir/a",       "dir/b",        "readme", "README",
                                               "caf\xc3\xa9", "cafe\xcc\x81", "x/y",    "x/z"};
  detail::NameRules rules;
  EXPECT_TRUE(detail::name_faults(paths, rules).empty());
  rules.folds_case = true;
  EXPECT_EQ(detail::name_faults(paths, rules).size(), 3U);
  rules.folds_case = false;
  rules.folds_form = true;
  const auto faults = detail::name_faults(paths, rules);
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_NE(faults[0].find("caf"), std::string::npos);
}

TEST(NameRules, LongAndRestrictedNames) {
  detail::NameRules rules;
  const std::string name(255, 'n'), longer(256, 'n');
  EXPECT_TRUE(detail::name_faults({name, "a:b", "dot."}, rules).empty());
  EXPECT_EQ(detail::name_faults({"sub/" + longer}, rules).size(), 1U);
  rules.restricts_letters = true;
  EXPECT_EQ(
      detail::name_faults({"a:b", "sub/dot./x", "space ", "fine.txt", "back\\slash"}, rules).size(),
      4U);
}

TEST(NameRules, TheProbeAnswersForThisFileSystem) {
  const base::Scratch scratch;
  base::SystemEntropy entropy;
  TempNames names(entropy);
  const auto root = TreeRoot::open(scratch.path());
  ASSERT_TRUE(root.ok());
  const auto rules = detail::probe_name_rules(*root, names);
  ASSERT_TRUE(rules.ok());
  base::put_file(scratch / "name", "x");
  EXPECT_EQ(rules->folds_case, fs::exists(scratch / "NAME"));
  EXPECT_FALSE(rules->restricts_letters);
  EXPECT_EQ(std::distance(fs::directory_iterator(scratch.path()), {}), 1);
}

}  // namespace
}  // namespace cairn::workdir
