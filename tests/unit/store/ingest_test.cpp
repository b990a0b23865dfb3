#include "store/ingest.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include "crypto/sha256.hpp"
#include "store/file_cutter.hpp"
#include "store/ingest_run.hpp"
#include "unit/store/ingest_fixture.hpp"

namespace cairn::store {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

FileId id_of(const std::string& text) { return crypto::sha256(base::view_of(text)).as<FileId>(); }

std::vector<std::uint32_t> lengths_of(const std::vector<format::ChunkRef>& chunks) {
  std::vector<std::uint32_t> lengths;
  for (const format::ChunkRef& chunk : chunks) lengths.push_back(chunk.length);
  return lengths;
}

// Appends to a file whenever bytes were read, `times` times: it changes while it is being read.
class WriteWhileReading final : public Progress {
 public:
  WriteWhileReading(std::string path, int times) : path_(std::move(path)), times_(times) {}
  void begin(std::string_view, std::uint64_t, std::uint64_t) override {}
  void add_bytes(std::uint64_t) override {
    if (times_.fetch_sub(1) > 0) std::ofstream(path_, std::ios::app) << "more";
  }
  void add_files(std::uint64_t) override {}
  void end() override {}

 private:
  std::string path_;
  std::atomic<int> times_;
};

class IngestSizes : public testing::TestWithParam<std::size_t> {};

TEST_P(IngestSizes, RoundTripWithTheCutsOfThePlainRule) {
  IngestFixture fixture;
  std::vector<std::string> texts;
  for (const unsigned letters : {256U, 4U, 1U}) {
    texts.push_back(make_text(GetParam(), GetParam() + letters, letters));
    fixture.add_source(texts.back());
  }
  const auto files = fixture.ingest();
  ASSERT_TRUE(files.ok()) << files.error().message();
  ASSERT_EQ(files->size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const StoredFile& file = (*files)[i];
    EXPECT_EQ(file.id, id_of(texts[i]));
    EXPECT_EQ(file.size_bytes, texts[i].size());
    EXPECT_EQ(file.fingerprint.st_size, static_cast<off_t>(texts[i].size()));
    const auto lengths = plain_cuts(texts[i]);
    EXPECT_EQ(file.recipe.has_value(), lengths.size() > 16);
    EXPECT_EQ(file.chunks.size(), lengths.size() > 16 ? 0 : lengths.size());
    EXPECT_EQ(lengths_of(fixture.chunks_of(file)), lengths);
    EXPECT_TRUE(fixture.read_back(file) == texts[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Limits, IngestSizes,
                         testing::Values(0, 1, 2, 4096, 32768, 65535, 65536, 65537, 131072, 524287,
                                         524288, 524289, kMiB, 2 * kMiB + 1, 8 * kMiB - 1, 8 * kMiB,
                                         8 * kMiB + 1, 21 * kMiB + 12345));

TEST(Ingest, AFileReadInBlocksIsCutAsOneReadWhole) {
  // The same bytes scanned as small, so that one worker has them whole, and as large.
  IngestFixture fixture;
  const std::string text = make_text(7 * kMiB + 321, 3);
  fixture.add_source(text);
  fixture.add_source(text);
  fixture.sources[1].size_bytes = 100 * kMiB;
  const auto files = fixture.ingest();
  ASSERT_TRUE(files.ok()) << files.error().message();
  EXPECT_EQ((*files)[0].id, (*files)[1].id);
  ASSERT_TRUE((*files)[0].recipe.has_value());
  EXPECT_EQ((*files)[0].recipe, (*files)[1].recipe);
}

TEST(Ingest, ScannedSizesDecideNothingButBatching) {
  IngestFixture fixture;
  std::vector<std::string> texts;
  for (const std::size_t size : {std::size_t{10}, 100'000UL, 9 * kMiB, std::size_t{0}, 70'000UL}) {
    texts.push_back(make_text(size, size));
    fixture.add_source(texts.back());
  }
  fixture.sources[0].size_bytes = 50 * kMiB;
  fixture.sources[1].size_bytes = 0;
  fixture.sources[2].size_bytes = 7;
  fixture.sources[3].size_bytes = 12 * kMiB;
  fixture.sources[4].size_bytes = 10;
  const auto files = fixture.ingest();
  ASSERT_TRUE(files.ok()) << files.error().message();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ((*files)[i].id, id_of(texts[i]));
    EXPECT_EQ(lengths_of(fixture.chunks_of((*files)[i])), plain_cuts(texts[i]));
    EXPECT_TRUE(fixture.read_back((*files)[i]) == texts[i]);
  }
}

TEST(Ingest, ManySmallFilesShareRecordsInPathOrder) {
  IngestFixture fixture;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 900; ++i) {
    texts.push_back(make_text(100 + i * 7 % 4000, i, 20));
    fixture.add_source(texts.back());
  }
  const auto files = fixture.ingest();
  ASSERT_TRUE(files.ok()) << files.error().message();
  EXPECT_EQ(fixture.totals.chunks, texts.size());
  const std::uint64_t frames = fixture.totals.plain_bytes / detail::kSmallFrameBytes;
  EXPECT_GE(fixture.totals.records, frames);
  EXPECT_LE(fixture.totals.records, 2 * frames);
  for (std::size_t i = 0; i < texts.size(); ++i)
    EXPECT_EQ(fixture.read_back((*files)[i]), texts[i]);
}

TEST(Ingest, KnownChunksAreNotStoredAgain) {
  IngestFixture fixture;
  const std::string twice = make_text(12 * kMiB, 1);
  const std::string small = make_text(3000, 2);
  for (const std::string* text : {&small, &twice, &small, &twice}) fixture.add_source(*text);
  fixture.add_source(make_text(3000, 4));
  fixture.add_source(small);
  ASSERT_TRUE(fixture.ingest().ok());
  // Of the recipes' pages the second is known too, so there is one.
  EXPECT_GE(fixture.totals.plain_bytes, twice.size() + small.size() + 3000);
  EXPECT_LT(fixture.totals.plain_bytes, twice.size() + small.size() + 3000 + 100'000);
  ASSERT_TRUE(fixture.ingest().ok());
  EXPECT_EQ(fixture.totals.records, 0U);
}

TEST(Ingest, AnEditedFileStoresOnlyWhatChanged) {
  IngestFixture fixture;
  std::string text = make_text(16 * kMiB, 5);
  fixture.add_source(text);
  ASSERT_TRUE(fixture.ingest().ok());
  text.insert(9 * kMiB, "inserted");
  base::put_file(fixture.path_of(0), text);
  const auto files = fixture.ingest();
  ASSERT_TRUE(files.ok());
  EXPECT_LT(fixture.totals.plain_bytes, 2 * kMiB);
  EXPECT_TRUE(fixture.read_back(files->front()) == text);
}

TEST(Ingest, KnownSmallFilesBetweenNewOnesLeaveNoTrace) {
  IngestFixture fixture;
  const std::string known = make_text(900, 20, 30);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 60; ++i) {
    texts.push_back(i % 3 == 1 ? known : make_text(700 + i, 100 + i, 30));
    fixture.add_source(texts.back());
  }
  const auto files = fixture.ingest();
  ASSERT_TRUE(files.ok());
  EXPECT_EQ(fixture.totals.chunks, 41U);
  for (std::size_t i = 0; i < texts.size(); ++i)
    EXPECT_EQ(fixture.read_back((*files)[i]), texts[i]);
}

TEST(Ingest, KnownChunksBetweenNewOnesLeaveNoTrace) {
  for (const std::size_t size : {6 * kMiB, 16 * kMiB}) {  // by one worker, and in blocks
    IngestFixture fixture;
    std::string text = make_text(size, 21);
    fixture.add_source(text);
    ASSERT_TRUE(fixture.ingest().ok());
    for (std::size_t at = 10'000; at < size; at += 170'000) text[at] ^= 1;
    base::put_file(fixture.path_of(0), text);
    const auto files = fixture.ingest();
    ASSERT_TRUE(files.ok());
    EXPECT_LT(fixture.totals.plain_bytes, size);
    EXPECT_TRUE(fixture.read_back(files->front()) == text);
  }
}

TEST(Ingest, AFileTrackedOnItsOwnHasARecipeFromTwoChunksOn) {
  IngestFixture fixture;
  const std::string one = make_text(65536, 6), two = make_text(700'000, 7);
  fixture.add_source(one);
  fixture.add_source(two);
  IngestOptions options;
  options.cutting = Cutting::kAlwaysRecipe;
  const auto files = fixture.ingest(options);
  ASSERT_TRUE(files.ok());
  EXPECT_FALSE((*files)[0].recipe.has_value());
  EXPECT_EQ((*files)[0].chunks.size(), 1U);
  EXPECT_TRUE((*files)[1].recipe.has_value());
  EXPECT_TRUE((*files)[1].chunks.empty());
  EXPECT_TRUE(fixture.read_back((*files)[1]) == two);
}

TEST(Ingest, WithoutStoringTheNamesAreTheSameAndNothingIsWritten) {
  IngestFixture fixture;
  for (const std::size_t size : {std::size_t{0}, 500UL, 200'000UL, 10 * kMiB})
    fixture.add_source(make_text(size, size));
  std::vector<StoredFile> cut, hashed;
  IngestOptions options;
  options.store = false;
  const auto keep = [](std::vector<StoredFile>& into) {
    return [&into](std::size_t, const StoredFile& file) -> Status {
      into.push_back(file);
      return {};
    };
  };
  ASSERT_TRUE(ingest_files(fixture.context, *fixture.store, nullptr, fixture.sources, options,
                           fixture.opener(), keep(cut))
                  .ok());
  ASSERT_TRUE(hash_files(fixture.context, fixture.sources, fixture.opener(), keep(hashed)).ok());
  EXPECT_EQ(fixture.store->usage().chunks, 0U);
  const auto stored = fixture.ingest();
  ASSERT_TRUE(stored.ok());
  for (std::size_t i = 0; i < fixture.sources.size(); ++i) {
    EXPECT_EQ(cut[i].id, (*stored)[i].id);
    EXPECT_EQ(cut[i].chunks, (*stored)[i].chunks);
    EXPECT_EQ(cut[i].recipe, (*stored)[i].recipe);
    EXPECT_EQ(hashed[i].id, (*stored)[i].id);
    EXPECT_TRUE(hashed[i].chunks.empty());
    EXPECT_FALSE(hashed[i].recipe.has_value());
  }
}

TEST(Ingest, AFileThatChangesOnceIsReadAgain) {
  IngestFixture fixture;
  const std::string text = make_text(20 * kMiB, 8);
  fixture.add_source(text);
  WriteWhileReading writer(fixture.path_of(0), 1);
  const Context context{fixture.parts.clock, fixture.parts.entropy,
                        fixture.parts.log,   writer,
                        fixture.parts.pool,  fixture.parts.stop.get_token()};
  std::vector<StoredFile> files;
  auto session = Session::begin(context, *fixture.store);
  ASSERT_TRUE(session.ok());
  const Status status =
      ingest_files(context, *fixture.store, session->get(), fixture.sources, {}, fixture.opener(),
                   [&](std::size_t, const StoredFile& file) -> Status {
                     files.push_back(file);
                     return {};
                   });
  ASSERT_TRUE(status.ok());
  ASSERT_TRUE((*session)->commit().ok());
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].id, id_of(text + "more"));
  EXPECT_TRUE(fixture.read_back(files[0]) == text + "more");
}

TEST(Ingest, AFileThatKeepsChangingIsAConflictThatNamesIt) {
  IngestFixture fixture;
  fixture.add_source(make_text(20 * kMiB, 9));
  WriteWhileReading writer(fixture.path_of(0), 1'000'000);
  const Context context{fixture.parts.clock, fixture.parts.entropy,
                        fixture.parts.log,   writer,
                        fixture.parts.pool,  fixture.parts.stop.get_token()};
  auto session = Session::begin(context, *fixture.store);
  ASSERT_TRUE(session.ok());
  Status status =
      ingest_files(context, *fixture.store, session->get(), fixture.sources, {}, fixture.opener(),
                   [](std::size_t, const StoredFile&) { return Status(); });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), Code::kConflict);
  EXPECT_EQ(status.error().slug(), "file-changed");
  EXPECT_NE(status.error().message().find(fixture.path_of(0)), std::string::npos);
}

// What the worker of a batch asks after reading.
class SourceChange : public testing::Test {
 protected:
  void open() {
    detail::IngestRun run{
        fixture_.context,         nullptr, fixture_.sources,   {},
        detail::Depth::kHashOnly, open_,   BlockPool::make(0), Reuse<codec::Encoder>({})};
    auto opened = detail::open_source(run, 0);
    ASSERT_TRUE(opened.ok());
    source_ = *std::move(opened);
  }
  void SetUp() override {
    fixture_.add_source("some text");
    open();
  }
  Code code() {
    Status status = detail::check_unchanged(source_, "name");
    return status.ok() ? Code::kAnswerNo : status.error().code();
  }
  IngestFixture fixture_;
  OpenSource open_ = fixture_.opener();
  detail::OpenedSource source_;
};

TEST_F(SourceChange, NoneIsFine) { EXPECT_EQ(code(), Code::kAnswerNo); }
TEST_F(SourceChange, GrownIsSeen) {
  std::ofstream(fixture_.path_of(0), std::ios::app) << "!";
  EXPECT_EQ(code(), Code::kConflict);
}
TEST_F(SourceChange, RewrittenAtTheSameSizeIsSeen) {
  const timespec times[2] = {{1, 0}, {2, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, fixture_.path_of(0).c_str(), times, 0), 0);
  EXPECT_EQ(code(), Code::kConflict);
}
TEST_F(SourceChange, AShortReadIsAChange) {
  ASSERT_EQ(::truncate(fixture_.path_of(0).c_str(), 3), 0);
  base::Bytes bytes(9);
  Status status = detail::read_source(source_, bytes, 0, "name");
  ASSERT_FALSE(status.ok());
  EXPECT_TRUE(detail::is_changed_error(status.error()));
}
TEST_F(SourceChange, OnlyChangesAreTriedAgainAndOnlyOnce) {
  int calls = 0;
  std::ofstream(fixture_.path_of(0), std::ios::app) << "!";
  EXPECT_FALSE(detail::retry_changed([&] {
                 ++calls;
                 return detail::check_unchanged(source_, "name");
               }).ok());
  EXPECT_EQ(calls, 2);
  calls = 0;
  EXPECT_FALSE(detail::retry_changed([&]() -> Status {
                 ++calls;
                 return Error(Code::kConflict, "another conflict");
               }).ok());
  EXPECT_EQ(calls, 1);
}

TEST(Ingest, AVanishedFileIsNamed) {
  for (const std::size_t scanned : {std::size_t{10}, 50 * kMiB}) {
    IngestFixture fixture;
    fixture.add_source("a");
    fixture.add_source("b");
    fixture.sources[1].size_bytes = scanned;
    std::filesystem::remove(fixture.path_of(1));
    auto files = fixture.ingest();
    ASSERT_FALSE(files.ok());
    EXPECT_EQ(files.error().code(), Code::kNotFound);
    EXPECT_NE(files.error().message().find(fixture.path_of(1)), std::string::npos);
  }
}

TEST(Ingest, ErrorsOfTheVisitEndIt) {
  IngestFixture fixture;
  for (std::size_t i = 0; i < 50; ++i) fixture.add_source(make_text(60'000, i));
  std::size_t visited = 0;
  const Status status = hash_files(fixture.context, fixture.sources, fixture.opener(),
                                   [&](std::size_t index, const StoredFile&) -> Status {
                                     ++visited;
                                     if (index == 7) return Error(Code::kIo, "enough");
                                     return {};
                                   });
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(visited, 8U);
}

TEST(Ingest, AStopRequestEndsIt) {
  for (const std::size_t size : {std::size_t{1000}, 30 * kMiB}) {
    IngestFixture fixture;
    fixture.add_source(make_text(size, 1));
    fixture.parts.stop.request_stop();
    auto files = fixture.ingest();
    ASSERT_FALSE(files.ok());
    EXPECT_EQ(files.error().code(), Code::kInterrupted);
  }
}

TEST(FileCutter, GuessedCutsNeverChangeTheResult) {
  // Random bytes and a long run of one letter, whose cuts are all forced, from every place of a
  // guess.
  std::string text = make_text(600'000, 11) + std::string(1'300'000, 'x') + make_text(900'000, 12);
  const base::ByteView bytes = base::view_of(text);
  std::vector<detail::FileCutter::Cut> expected;
  detail::FileCutter plain(text.size());
  plain.cut(bytes, detail::FileCutter::Part::kLast, {}, expected);
  const FileId id = plain.finish();
  for (std::size_t offset = 0; offset < text.size(); offset += 77'777) {
    detail::GuessedCuts guess = detail::guess_cuts(bytes.subspan(offset), 0, nullptr);
    guess.offset = offset;
    std::vector<detail::FileCutter::Cut> cuts;
    detail::FileCutter cutter(text.size());
    EXPECT_EQ(cutter.cut(bytes, detail::FileCutter::Part::kLast, guess, cuts), text.size());
    ASSERT_EQ(cuts.size(), expected.size());
    for (std::size_t i = 0; i < cuts.size(); ++i) EXPECT_EQ(cuts[i].ref, expected[i].ref);
    EXPECT_EQ(cutter.finish(), id);
  }
}

}  // namespace
}  // namespace cairn::store
