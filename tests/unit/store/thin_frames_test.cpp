// A version of a folder never reads much more than its own bytes, however many edits led to it.
#include "store/thin_frames.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "unit/store/ingest_fixture.hpp"

namespace cairn::store {
namespace {

constexpr std::uint64_t kSeed = 20'260'711;

// A folder of files that changes version by version, stored as `add` does.
class ChangingFolder {
 public:
  enum class Renewal { kOn, kOff };
  explicit ChangingFolder(Renewal renewal) : renewal_(renewal) {}

  std::map<std::string, std::string> files;  // the tree as it is to be stored next

  // Stores what is new, and with Renewal::kOn again what thin frames hold.
  void commit() {
    const std::vector<std::string> changed = changed_paths();
    auto begun = Session::begin(fixture_.context, *fixture_.store);
    ASSERT_TRUE(begun.ok());
    Session& session = **begun;
    ASSERT_TRUE(ingest(session, changed));
    format::ManifestBuilder builder(session.page_sink());
    for (const auto& [path, entry] : entries_) ASSERT_TRUE(builder.add(entry).ok());
    const auto top = builder.finish();
    ASSERT_TRUE(top.ok());
    ASSERT_TRUE(session.commit().ok());
    const format::Pointer before = std::exchange(pointer_, folder_pointer(*top));
    if (renewal_ == Renewal::kOff || before.files == 0) return;
    const auto renewed = renew_thin_frames(fixture_.context, *fixture_.store, session, before,
                                           pointer_, codec::Effort::kNormal);
    ASSERT_TRUE(renewed.ok()) << renewed.error().message();
    again_bytes += renewed->plain_bytes;
    ASSERT_TRUE(session.commit().ok());
  }

  // Plain bytes of the frames that hold the version, over its own.
  double read_ratio() {
    fixture_.reopen();  // as the next command finds it
    std::set<std::pair<std::uint32_t, std::uint32_t>> frames;
    std::uint64_t own = 0, touched = 0;
    for (const auto& [path, entry] : entries_) {
      for (const auto& chunk : chunks_of(entry)) {
        const auto place = fixture_.store->find(chunk.id);
        if (!place) return 1e9;
        own += chunk.length;
        if (frames.emplace(place->pack, place->record.offset).second)
          touched += place->record.plain_bytes;
      }
    }
    return static_cast<double>(touched) / static_cast<double>(own);
  }

  void expect_all_readable() {
    ChunkReader reader(*fixture_.store);
    for (const auto& [path, entry] : entries_) {
      std::string text;
      for (const auto& chunk : chunks_of(entry)) {
        const auto bytes = reader.read(chunk.id, Verify::kChunk);
        ASSERT_TRUE(bytes.ok()) << path;
        text += base::text_of(*bytes);
      }
      EXPECT_TRUE(text == files.at(path)) << path;
    }
  }

  std::uint64_t new_bytes = 0;    // of files when they were new
  std::uint64_t again_bytes = 0;  // of chunks stored again

 private:
  static format::Pointer folder_pointer(const format::TreeTop& top) {
    format::Pointer pointer;
    pointer.kind = format::Pointer::Kind::kFolder;
    pointer.oid = top.id.as<Digest>();
    pointer.files = top.a;
    pointer.size_bytes = top.b;
    return pointer;
  }

  std::vector<std::string> changed_paths() {
    std::vector<std::string> changed;
    for (const auto& [path, text] : files) {
      if (stored_[path] != text) changed.push_back(path);
    }
    std::erase_if(entries_, [&](const auto& entry) { return !files.contains(entry.first); });
    stored_ = files;
    return changed;
  }

  bool ingest(Session& session, const std::vector<std::string>& changed) {
    fixture_.sources.clear();
    for (const std::string& path : changed) {
      fixture_.add_source(files.at(path));
      new_bytes += files.at(path).size();
    }
    const auto visit = [&](std::size_t i, const StoredFile& file) -> Status {
      format::ManifestEntry entry;
      entry.path = changed[i];
      entry.size_bytes = file.size_bytes;
      entry.file_id = file.id;
      if (file.chunks.size() > 1) entry.chunks = file.chunks;
      entry.has_recipe = file.recipe.has_value();
      if (file.recipe) entry.recipe = *file.recipe;
      entries_[entry.path] = entry;
      return {};
    };
    return ingest_files(fixture_.context, *fixture_.store, &session, fixture_.sources, {},
                        fixture_.opener(), visit)
        .ok();
  }

  std::vector<format::ChunkRef> chunks_of(const format::ManifestEntry& entry) {
    StoredFile file;
    file.size_bytes = entry.size_bytes;
    file.chunks = entry.chunks;
    if (entry.has_recipe) file.recipe = entry.recipe;
    if (file.chunks.empty() && !file.recipe)
      file.chunks = {{entry.file_id.as<ChunkId>(), static_cast<std::uint32_t>(entry.size_bytes)}};
    return fixture_.chunks_of(file);
  }

  const Renewal renewal_;
  IngestFixture fixture_;
  std::map<std::string, std::string> stored_;
  std::map<std::string, format::ManifestEntry> entries_;
  format::Pointer pointer_;
};

// 300 small files, 30 versions, each with other content in some of them, one more and one fewer.
void edit_small_files(ChangingFolder& folder) {
  std::mt19937_64 random(kSeed);
  std::uint64_t content = 0;
  const auto name = [](std::uint64_t i) { return "f" + std::to_string(1000 + i); };
  const auto fresh = [&] { return make_text(1'000 + random() % 9'000, ++content); };
  for (std::uint64_t i = 0; i < 300; ++i) folder.files[name(i)] = fresh();
  folder.commit();
  for (int version = 1; version < 30; ++version) {
    for (int edit = 0; edit < 24; ++edit) {
      auto at = folder.files.begin();
      std::advance(at, random() % folder.files.size());
      at->second = fresh();
    }
    folder.files.erase(folder.files.begin());
    folder.files[name(300 + static_cast<std::uint64_t>(version))] = fresh();
    folder.commit();
  }
}

TEST(ThinFrames, AfterManyEditsOfSmallFilesAVersionReadsAboutItsOwnBytes) {
  ChangingFolder without(ChangingFolder::Renewal::kOff);
  edit_small_files(without);
  ChangingFolder with(ChangingFolder::Renewal::kOn);
  edit_small_files(with);
  const double ratio = with.read_ratio();
  RecordProperty("ratio_without", std::to_string(without.read_ratio()));
  RecordProperty("ratio", std::to_string(ratio));
  RecordProperty("stored_again", std::to_string(with.again_bytes));
  EXPECT_GT(without.read_ratio(), 2.2) << "the edits would not need any of this";
  EXPECT_LE(ratio, 2.2) << "seed " << kSeed;
  EXPECT_LE(with.again_bytes * 2, with.new_bytes) << "each byte was stored again too often";
  with.expect_all_readable();
}

// One file of 6 MiB whose chunks change a few at a time: its frames hold up to 512 KiB.
void edit_large_file(ChangingFolder& folder) {
  std::mt19937_64 random(kSeed + 1);
  std::string text = make_text(std::size_t{6} << 20, 77);
  folder.files["large"] = text;
  folder.commit();
  for (int version = 1; version < 30; ++version) {
    for (int edit = 0; edit < 6; ++edit) text[random() % text.size()] ^= 1;
    folder.files["large"] = text;
    folder.commit();
  }
}

TEST(ThinFrames, AfterManyEditsOfALargeFileToo) {
  ChangingFolder without(ChangingFolder::Renewal::kOff);
  edit_large_file(without);
  ChangingFolder with(ChangingFolder::Renewal::kOn);
  edit_large_file(with);
  RecordProperty("ratio_without", std::to_string(without.read_ratio()));
  RecordProperty("ratio", std::to_string(with.read_ratio()));
  RecordProperty("stored_again", std::to_string(with.again_bytes));
  EXPECT_LE(with.read_ratio(), 2.2) << "seed " << kSeed;
  EXPECT_LT(with.read_ratio(), without.read_ratio());
  with.expect_all_readable();
}

TEST(ThinFrames, AVersionThatOnlyGrowsStoresNothingAgain) {
  ChangingFolder folder(ChangingFolder::Renewal::kOn);
  for (std::uint64_t version = 0; version < 5; ++version) {
    for (std::uint64_t i = 0; i < 20; ++i)
      folder.files["f" + std::to_string(version * 20 + i)] = make_text(4'000, version * 20 + i);
    folder.commit();
  }
  EXPECT_EQ(folder.again_bytes, 0U);
  folder.expect_all_readable();
}

TEST(ThinFrames, AnOldVersionThatComesBackAloneIsStoredAgainOnce) {
  ChangingFolder folder(ChangingFolder::Renewal::kOn);
  for (std::uint64_t i = 0; i < 40; ++i)
    folder.files["f" + std::to_string(10 + i)] = make_text(3'000, i);
  folder.commit();
  const std::string kept = folder.files["f20"];
  folder.files = {{"f20", kept}};
  folder.commit();
  EXPECT_EQ(folder.again_bytes, kept.size());
  EXPECT_DOUBLE_EQ(folder.read_ratio(), 1.0);
  folder.files["other"] = make_text(3'000, 99);
  folder.commit();
  EXPECT_EQ(folder.again_bytes, kept.size()) << "its frame is not thin any more";
  folder.expect_all_readable();
}

}  // namespace
}  // namespace cairn::store
