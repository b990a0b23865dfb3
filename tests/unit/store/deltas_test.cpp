// Versions of a file stored on top of the version before: what is new becomes patches and
// differences, and every version comes back.
#include <gmock/gmock.h>

#include <map>

#include <random>

#include "store/catalogue.hpp"
#include "store/file_cutter.hpp"
#include "store/thin_frames.hpp"
#include "store/word_advice.hpp"
#include "unit/chunk/structure_files.hpp"
#include "unit/store/ingest_fixture.hpp"
#include "unit/store/store_fixture.hpp"

namespace cairn::store {
namespace {

// Rows with a number of their own, so that windows are found again.
std::string make_table(std::size_t rows, std::uint64_t seed) {
  std::string text;
  std::uint64_t state = seed * 0x9e3779b97f4a7c15U + 1;
  for (std::size_t i = 0; i < rows; ++i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    text += std::to_string(i) + ",station " + std::to_string(state % 97) + "," +
            std::to_string(state % 100'003) + "," + std::to_string((state >> 20) % 1'000'003) +
            "\n";
  }
  return text;
}

// As columns of bits that moved in Parquet: short stretches are those of `first`, most bytes are
// not.
std::string alike_in_places(const std::string& first, std::uint64_t seed) {
  std::string text = make_text(first.size(), seed);
  for (std::size_t at = 0; at + 2'000 < first.size(); at += 2'000)
    text.replace(at, 300, first, at, 300);
  return text;
}

// Files by name, each with the version that it had before.
struct DeltasTest : ::testing::Test {
  IngestFixture fixture;
  std::map<std::string, FileVersion> before;

  StoredFile add(const std::string& name, const std::string& text, IngestOptions options = {}) {
    fixture.sources.clear();
    fixture.add_source(text);
    const auto known = before.find(name);
    options.parent = [&](std::size_t) { return known == before.end() ? nullptr : &known->second; };
    const auto files = fixture.ingest(options);
    EXPECT_TRUE(files.ok()) << (files.ok() ? "" : files.error().message());
    if (!files.ok()) return {};
    const StoredFile& file = files->front();
    before[name] = {file.size_bytes, file.id, file.chunks, file.recipe};
    return file;
  }
  std::map<int, int> codecs() {
    std::map<int, int> counts;
    const auto count = [&](std::uint32_t, const format::TableRecord& record,
                           std::span<const format::TableChunk>) -> Status {
      ++counts[record.codec];
      return {};
    };
    EXPECT_TRUE(fixture.store->for_each_record(count).ok());
    return counts;
  }
  [[nodiscard]] std::uint64_t stored() const { return fixture.totals.stored_bytes; }
};

TEST_F(DeltasTest, ScatteredEditsCostLittle) {
  std::string text = make_table(400'000, 1);  // 14 MB
  const StoredFile first = add("t", text);
  const std::string old = text;
  const std::uint64_t whole = stored();
  for (std::size_t at = 5'000; at + 5 < text.size(); at += 150'000) text.replace(at, 3, "###");
  const StoredFile second = add("t", text);
  EXPECT_LT(stored(), whole / 100);
  EXPECT_EQ(fixture.read_back(first), old);
  EXPECT_EQ(fixture.read_back(second), text);
  EXPECT_GT(codecs()[4], 0);
}

TEST_F(DeltasTest, AMediumFileIsPatchedToo) {
  std::string text = make_table(60'000, 2);  // 2 MB: one worker's
  add("t", text);
  const std::uint64_t whole = stored();
  text.insert(900'000, "one more row\n");
  text.erase(1'500'000, 100);
  EXPECT_EQ(fixture.read_back(add("t", text)), text);
  EXPECT_LT(stored(), whole / 50);
}

TEST_F(DeltasTest, RowsDeletedEverywhere) {
  const std::string text = make_table(500'000, 3);
  add("t", text);
  const std::uint64_t whole = stored();
  std::string fewer;
  for (std::size_t at = 0, row = 0; at < text.size(); ++row) {
    const std::size_t end = text.find('\n', at) + 1;
    if (row % 100 != 7) fewer.append(text, at, end - at);
    at = end;
  }
  EXPECT_EQ(fixture.read_back(add("t", fewer)), fewer);
  EXPECT_LT(stored(), whole / 20);
  std::string again = fewer;  // and now on top of a version that is all patches
  for (std::size_t at = 3'000; at + 5 < again.size(); at += 40'000) again.replace(at, 3, "@@@");
  EXPECT_EQ(fixture.read_back(add("t", again)), again);
  EXPECT_LT(stored(), whole / 15);
}

// Two tensors of bf16 near zero, and a short one.
std::string make_model(std::size_t words, std::mt19937_64& random) {
  const std::string header = "{\"a\":{\"dtype\":\"BF16\",\"shape\":[" + std::to_string(words) +
                             "],\"data_offsets\":[0," + std::to_string(2 * words) +
                             "]},\"b\":{\"dtype\":\"BF16\",\"shape\":[1000],\"data_offsets\":[" +
                             std::to_string(2 * words) + "," + std::to_string(2 * words + 2000) +
                             "]}}";
  const auto file = chunk::safetensors_file(header, 2 * words + 2000);
  std::string text(base::text_of(file));
  std::normal_distribution<float> weight(0, 0.02F);
  for (std::size_t at = text.size() - 2 * words - 2000; at < text.size(); at += 2) {
    const float value = weight(random);
    std::memcpy(text.data() + at, reinterpret_cast<const char*>(&value) + 2, 2);
  }
  return text;
}

// Every weight moves by at most one unit of its last place.
void train(std::string& model, std::size_t words, std::mt19937_64& random) {
  for (std::size_t at = model.size() - 2 * words - 2000; at < model.size(); at += 2)
    model[at] = static_cast<char>(model[at] + static_cast<int>(random() % 3) - 1);
}

struct TensorsTest : DeltasTest, ::testing::WithParamInterface<std::size_t> {};

// A medium file, that one worker takes, and a large one.
TEST_P(TensorsTest, StepsOfTrainingAreDifferences) {
  std::mt19937_64 random(7);
  std::string model = make_model(GetParam(), random);
  IngestOptions options;
  options.chunker = chunk::kStructure1;
  std::vector<std::pair<StoredFile, std::string>> versions = {{add("m", model, options), model}};
  const std::uint64_t whole = stored();
  EXPECT_EQ(codecs()[3], 0);
  for (int step = 0; step < 3; ++step) {
    train(model, GetParam(), random);
    versions.emplace_back(add("m", model, options), model);
    EXPECT_LT(stored(), whole * 6 / 10);
  }
  EXPECT_GT(codecs()[3], 3);
  for (const auto& [file, text] : versions) EXPECT_EQ(fixture.read_back(file), text);
}

// Bytes that are not the base's must not be the ground of anything; the record is marked.
TEST_P(TensorsTest, WhatIsDamagedIsNoTwin) {
  std::mt19937_64 random(8);
  std::string model = make_model(GetParam(), random);
  IngestOptions options;
  options.chunker = chunk::kStructure1;
  add("m", model, options);
  const std::uint64_t whole = stored();
  const auto damage = [&](std::uint32_t pack, const format::TableRecord& record,
                          std::span<const format::TableChunk>) -> Status {
    if (record.codec != static_cast<std::uint8_t>(codec::CodecId::kPlanes)) return {};
    const std::string name = fixture.store->pack(pack).id.hex();
    flip_bit(fixture.store_path() + "/packs/" + name.substr(0, 2) + "/" + name,
             record.offset + record.record_bytes - 5);
    return {};
  };
  ASSERT_TRUE(fixture.store->for_each_record(damage).ok());
  train(model, GetParam(), random);
  EXPECT_EQ(fixture.read_back(add("m", model, options)), model);
  EXPECT_EQ(codecs()[3], 0);
  EXPECT_GT(stored(), whole * 9 / 10);
}

INSTANTIATE_TEST_SUITE_P(Sizes, TensorsTest, ::testing::Values(1'500'000, 5'000'000));

// As many differences as reading a version may cost, the same ones whichever thread was first.
TEST(DeltasOfLargeFiles, AreTheSameInEveryRun) {
  std::mt19937_64 random(9);
  const std::string first = make_model(6'000'000, random);
  std::string second = first;
  std::normal_distribution<float> step(0, 0.0012F);
  for (std::size_t at = first.size() - 12'000'000; at + 2 <= second.size(); at += 2) {
    std::uint32_t bits = 0;
    std::memcpy(reinterpret_cast<char*>(&bits) + 2, &second[at], 2);
    float value = 0;
    std::memcpy(&value, &bits, 4);
    value += step(random);
    std::memcpy(&second[at], reinterpret_cast<const char*>(&value) + 2, 2);
  }
  const auto store_both = [&] {
    IngestFixture fixture;
    fixture.add_source(first);
    IngestOptions options;
    options.chunker = chunk::kStructure1;
    const StoredFile file = fixture.ingest(options)->front();
    const FileVersion before{file.size_bytes, file.id, file.chunks, file.recipe};
    options.parent = [&](std::size_t) { return &before; };
    fixture.sources.clear();
    fixture.add_source(second);
    EXPECT_TRUE(fixture.ingest(options).ok());
    std::map<ChunkId, int> codecs;
    const auto note = [&](std::uint32_t, const format::TableRecord& record,
                          std::span<const format::TableChunk> chunks) -> Status {
      codecs[chunks.front().id] = record.codec;
      return {};
    };
    EXPECT_TRUE(fixture.store->for_each_record(note).ok());
    return codecs;
  };
  const auto once = store_both();
  int differences = 0;
  for (const auto& [id, codec] : once) differences += codec == 3 ? 1 : 0;
  EXPECT_GT(differences, 2);
  EXPECT_LT(differences, 12) << "some are stored in full";
  for (int again = 0; again < 4; ++again) EXPECT_EQ(store_both(), once);
}

TEST_F(DeltasTest, ADamagedBaseIsNoBase) {
  std::string text = make_table(60'000, 2);
  add("t", text);
  std::vector<std::pair<PackId, std::uint32_t>> records;
  const auto list = [&](std::uint32_t pack, const format::TableRecord& record,
                        std::span<const format::TableChunk>) -> Status {
    records.emplace_back(fixture.store->pack(pack).id, record.offset);
    return {};
  };
  ASSERT_TRUE(fixture.store->for_each_record(list).ok());
  for (const auto& [pack, offset] : records)
    ASSERT_TRUE(fixture.store->mark_damaged(pack, offset).ok());
  text.insert(900'000, "one more row\n");
  EXPECT_EQ(fixture.read_back(add("t", text)), text);
  EXPECT_EQ(codecs()[4], 0);
}

// What is known only as a patch of something damaged is stored again.
TEST_F(DeltasTest, AddingAgainHealsAPatchWhoseBaseIsDamaged) {
  std::string text = make_table(60'000, 2);
  add("t", text);
  std::vector<std::pair<PackId, std::uint32_t>> plain;
  const auto list = [&](std::uint32_t pack, const format::TableRecord& record,
                        std::span<const format::TableChunk>) -> Status {
    if (record.base_count == 0 && fixture.store->pack(pack).kind == format::PackKind::kData)
      plain.emplace_back(fixture.store->pack(pack).id, record.offset);
    return {};
  };
  ASSERT_TRUE(fixture.store->for_each_record(list).ok());
  text.insert(900'000, "one more row\n");
  add("t", text);
  ASSERT_GT(codecs()[4], 0);
  for (const auto& [pack, offset] : plain)
    ASSERT_TRUE(fixture.store->mark_damaged(pack, offset).ok());
  before.clear();
  fixture.reopen();
  EXPECT_EQ(fixture.read_back(add("t", text)), text);
}

struct RandomEdits : DeltasTest, ::testing::WithParamInterface<std::uint16_t> {};

TEST_P(RandomEdits, EveryVersionComesBack) {
  std::mt19937_64 random(GetParam());
  const auto upto = [&](std::size_t end) { return static_cast<std::size_t>(random() % end); };
  std::string text = make_table(40'000, 9);
  IngestOptions options;
  options.chunker = GetParam();
  std::vector<std::pair<StoredFile, std::string>> versions;
  for (int version = 0; version < 12; ++version) {
    versions.emplace_back(add("t", text, options), text);
    for (std::size_t edits = upto(30); edits > 0; --edits) {
      const std::size_t at = upto(text.size());
      switch (upto(4)) {
        case 0:
          text.insert(at, make_text(1 + upto(2'000), random()));
          break;
        case 1:
          text.erase(at, upto(60'000));
          break;
        case 2:
          text.insert(upto(text.size()), text.substr(at, upto(200'000)));
          break;
        default:
          text[at] = static_cast<char>(random());
      }
    }
  }
  for (const auto& [file, was] : versions) EXPECT_EQ(fixture.read_back(file), was);
  fixture.reopen();
  for (const auto& [file, was] : versions) EXPECT_EQ(fixture.read_back(file), was);
  EXPECT_GT(codecs()[4], 0);
}

INSTANTIATE_TEST_SUITE_P(Chunkers, RandomEdits,
                         ::testing::Values(chunk::kGear1, chunk::kStructure1));

// What reading one version of a long chain costs, against the same version stored alone.
struct ReadingTest : DeltasTest {
  FileVersion last;

  // As `cairn add` does it: with what is left of thin frames stored again.
  StoredFile next(const std::string& text, IngestOptions options = {}) {
    options.cutting = Cutting::kAlwaysRecipe;
    options.chunker = chunk::kStructure1;
    const auto pointer = [](const FileVersion& version) {
      format::Pointer out;
      out.oid = version.id.as<Digest>();
      out.tree = version.recipe;
      out.size_bytes = version.size_bytes;
      return out;
    };
    const FileVersion old = last;
    const StoredFile file = add("t", text, options);
    last = before["t"];
    if (old.size_bytes == 0) return file;
    auto session = Session::begin(fixture.context, *fixture.store);
    EXPECT_TRUE(session.ok());
    EXPECT_TRUE(renew_thin_frames(fixture.context, *fixture.store, **session, pointer(old),
                                  pointer(last), codec::Effort::kNormal)
                    .ok());
    EXPECT_TRUE((*session)->commit().ok());
    return file;
  }

  std::uint64_t bytes_read(const StoredFile& file) {
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> records;
    const Catalogue& catalogue = catalogue_of(*fixture.store);
    const auto read = [&](const ChunkPlace& place) {
      records[{place.pack, place.record.offset}] = place.record.record_bytes;
    };
    for (const format::ChunkRef& chunk : fixture.chunks_of(file)) {
      const auto place = catalogue.find_least(chunk.id);
      if (!place) continue;
      read(*place);
      for (const ChunkId& base : catalogue.bases_of(*place)) read(plain_copy(base));
    }
    std::uint64_t sum = 0;
    for (const auto& [place, bytes] : records) sum += bytes;
    return sum;
  }
  ChunkPlace plain_copy(const ChunkId& id) {
    const auto places = catalogue_of(*fixture.store).find_all(id, Catalogue::Copies::kGood);
    for (const ChunkPlace& place : places) {
      if (place.record.codec <= 2) return place;
    }
    ADD_FAILURE() << "a base without a plain copy";
    return {};
  }

  static std::uint64_t alone(const std::string& text) {
    IngestFixture other;
    other.add_source(text);
    IngestOptions options;
    options.chunker = chunk::kStructure1;
    EXPECT_TRUE(other.ingest(options).ok());
    return other.totals.stored_bytes;
  }
};

TEST_F(ReadingTest, OneOfTwelveTables) {
  std::mt19937_64 random(5);
  std::string text = make_table(60'000, 4);
  StoredFile file = next(text);
  for (int version = 1; version < 12; ++version) {
    for (int edit = 0; edit < 40; ++edit) text.replace(random() % (text.size() - 9), 4, "####");
    text.erase(random() % (text.size() / 2), 3'000);
    file = next(text);
  }
  EXPECT_EQ(fixture.read_back(file), text);
  EXPECT_LE(bytes_read(file) * 10, alone(text) * 16);
}

TEST_F(ReadingTest, OneOfTwelveCheckpointsToo) {
  std::mt19937_64 random(6);
  std::string model = make_model(1'500'000, random);
  std::vector<StoredFile> files = {next(model)};
  const std::uint64_t fresh = alone(model);
  std::uint64_t most = 0;
  for (int version = 1; version < 12; ++version) {
    train(model, 1'500'000, random);
    files.push_back(next(model));
    most = std::max(most, bytes_read(files.back()));
  }
  EXPECT_EQ(fixture.read_back(files.back()), model);
  EXPECT_LE(most * 10, fresh * 16);
}

// What saves little is not worth reading all of its bases for.
TEST_F(ReadingTest, BytesThatAreAlikeInPlacesOnly) {
  const std::string first = make_text(12'000'000, 12);
  next(first);
  const std::string second = alike_in_places(first, 13);
  const StoredFile file = next(second);
  EXPECT_EQ(fixture.read_back(file), second);
  EXPECT_LE(bytes_read(file), alone(second) * 16 / 10 + 1'200'000);
}

// However a file of known structure is read, its cuts are those of one pass over all of it.
TEST_F(DeltasTest, StructureCutsDoNotDependOnBlocks) {
  std::mt19937_64 random(3);
  for (const std::size_t words : {std::size_t{200'000}, std::size_t{6'000'000}}) {
    const std::string model = make_model(words, random);
    const base::ByteView bytes = base::view_of(model);
    const chunk::ReadAt read = [&](std::uint64_t offset, std::span<std::uint8_t> out) {
      std::memcpy(out.data(), bytes.data() + offset, out.size());
      return true;
    };
    const detail::WordAdvice advice(read, model.size());
    ASSERT_NE(advice.cuts(), nullptr);
    std::vector<detail::FileCutter::Cut> expected;
    detail::FileCutter plain(model.size(), advice.cuts());
    plain.cut(bytes, detail::FileCutter::Part::kLast, {}, expected);
    IngestOptions options;
    options.chunker = chunk::kStructure1;
    const auto chunks = fixture.chunks_of(add("m" + std::to_string(words), model, options));
    ASSERT_EQ(chunks.size(), expected.size());
    for (std::size_t i = 0; i < chunks.size(); ++i) EXPECT_EQ(chunks[i], expected[i].ref);
    for (std::size_t offset = 1; offset < model.size(); offset += 777'777) {
      auto guess = detail::guess_cuts(bytes.subspan(offset), offset, advice.cuts());
      guess.offset = offset;
      std::vector<detail::FileCutter::Cut> cuts;
      detail::FileCutter cutter(model.size(), advice.cuts());
      cutter.cut(bytes, detail::FileCutter::Part::kLast, guess, cuts);
      ASSERT_EQ(cuts.size(), expected.size());
      for (std::size_t i = 0; i < cuts.size(); ++i) EXPECT_EQ(cuts[i].ref, expected[i].ref);
    }
  }
}

// A table behind bytes that are all new: bases are still looked for when it comes.
TEST_F(DeltasTest, BehindALongPartThatIsNew) {
  const std::size_t noise = 8'000'000;
  const std::string table = make_table(300'000, 4);
  add("t", make_text(noise, 7) + table);
  const std::uint64_t whole = stored() - noise;
  std::string edited = table;
  for (std::size_t at = 3'000; at + 5 < edited.size(); at += 20'000) edited.replace(at, 3, "@@@");
  const std::string second = make_text(noise, 8) + edited;
  EXPECT_EQ(fixture.read_back(add("t", second)), second);
  EXPECT_LT(stored(), noise + whole / 20);
}

TEST_F(DeltasTest, WhatIsAlikeInPlacesOnly) {
  const std::string first = make_text(4'000'000, 10);
  const std::string second = alike_in_places(first, 11);
  add("t", first);
  const std::uint64_t whole = stored();
  EXPECT_EQ(fixture.read_back(add("t", second)), second);
  EXPECT_LT(stored(), whole * 9 / 10);
}

TEST_F(DeltasTest, NothingAlikeIsStoredPlain) {
  add("t", make_text(12'000'000, 5));
  const std::string other = make_text(12'000'000, 6);
  EXPECT_EQ(fixture.read_back(add("t", other)), other);
  EXPECT_EQ(codecs()[4], 0);
}

}  // namespace
}  // namespace cairn::store
