#include "store/base_choice.hpp"

#include <gmock/gmock.h>

#include <map>
#include <random>

#include "store/parent_file.hpp"
#include "unit/store/ingest_fixture.hpp"

namespace cairn::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<WindowSample> samples_of(const std::string& text) {
  return sample_windows(base::view_of(text));
}

// Byte after byte, as base_choice.hpp words it: which places, and their hashes.
std::vector<WindowSample> plain_samples(const std::string& text) {
  std::map<std::uint32_t, std::uint32_t> first;
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    hash = (hash << 3) + chunk::gear_table()[static_cast<std::uint8_t>(text[i])];
    if (i < 21 || hash >> 56 != 0) continue;
    first.try_emplace(static_cast<std::uint32_t>(hash >> 24), static_cast<std::uint32_t>(i));
  }
  std::vector<WindowSample> samples;
  for (const auto& [value, at] : first) samples.push_back({value, at});
  return samples;
}

TEST(SampleWindows, AreTheSameWhateverTheLength) {
  std::mt19937_64 random(5);
  for (std::size_t length = 0; length < 60'000; length += 1 + length / 7) {
    std::string text(length, ' ');
    for (char& letter : text) letter = static_cast<char>(random() % 250);
    EXPECT_EQ(samples_of(text), plain_samples(text)) << length;
    for (std::size_t i = 300; i < length; ++i) text[i] = text[i - 300];  // many are there twice
    EXPECT_EQ(samples_of(text), plain_samples(text)) << length;
  }
}

TEST(SampleWindows, AreFoundAgainWhereverTheyMoved) {
  const std::string text = make_text(100'000, 1);
  const auto samples = samples_of(text);
  EXPECT_GT(samples.size(), 300U);  // one in 256
  EXPECT_LT(samples.size(), 500U);
  const auto moved = samples_of(make_text(5'000, 2) + text);
  EXPECT_EQ(shift_between(moved, samples), 5'000);
  EXPECT_EQ(shift_between(samples, moved), -5'000);
  EXPECT_EQ(shift_between(samples, samples_of(make_text(50'000, 3))), 0);
}

TEST(SampleWindows, OfRepeatedBytesAreFew) {
  EXPECT_LE(samples_of(std::string(100'000, 'x')).size(), 1U);
  EXPECT_THAT(samples_of(""), IsEmpty());
}

TEST(ChooseBases, TakesWhatCoversAndNothingElse) {
  const std::string a = make_text(60'000, 1), b = make_text(60'000, 2), c = make_text(60'000, 3);
  const auto wanted = samples_of(c.substr(30'000) + a.substr(0, 30'000));
  const auto of_a = samples_of(a), of_b = samples_of(b), of_c = samples_of(c);
  const std::vector<BaseCandidate> candidates = {{of_a, 60'000}, {of_b, 60'000}, {of_c, 60'000}};
  const auto cover = choose_bases(wanted, candidates);
  EXPECT_THAT(cover.chosen, ElementsAre(0, 2));
  EXPECT_GE(cover.covered * 10, cover.samples * 9);
  EXPECT_THAT(choose_bases(samples_of(make_text(60'000, 4)), candidates).chosen, IsEmpty());
}

TEST(ChooseBases, KeepsTheLimitsOfAPatch) {
  const std::string text = make_text(400'000, 1);
  std::vector<std::vector<WindowSample>> parts;
  for (std::size_t at = 0; at < text.size(); at += 20'000)
    parts.push_back(samples_of(text.substr(at, 20'000)));
  std::vector<BaseCandidate> candidates;
  for (const auto& part : parts) candidates.push_back({part, 20'000});
  EXPECT_EQ(choose_bases(samples_of(text), candidates).chosen.size(), 8U);
  for (auto& candidate : candidates) candidate.length = 600'000;
  EXPECT_EQ(choose_bases(samples_of(text), candidates).chosen.size(), 1U);
}

ChunkId id_of(std::uint8_t first) {
  ChunkId id;
  id.bytes[0] = first;
  return id;
}

TEST(ParentFile, FindsChunksByPlaceAndById) {
  const FileVersion version{400, {}, {{id_of(1), 100}, {id_of(2), 100}, {id_of(1), 200}}};
  const auto parent = ParentFile::load(version, {});
  ASSERT_TRUE(parent);
  EXPECT_EQ(parent->size_bytes(), 400U);
  const auto all = parent->overlapping(-50, 4'000);
  EXPECT_EQ(all.first, 0U);
  EXPECT_EQ(all.last, 3U);
  const auto middle = parent->overlapping(100, 200);
  EXPECT_EQ(middle.first, 1U);
  EXPECT_EQ(middle.last, 2U);
  const auto none = parent->overlapping(400, 500);
  EXPECT_EQ(none.first, none.last);
  EXPECT_EQ(parent->find(id_of(1), 30), 0U);
  EXPECT_EQ(parent->find(id_of(1), 199), 200U);
  EXPECT_EQ(parent->find(id_of(2), 0), 100U);
  EXPECT_EQ(parent->find(id_of(3), 0), std::nullopt);
}

TEST(ParentFile, WhoseRecipeIsNotHereIsNone) {
  const auto fetch = [](const ChunkId&) -> Result<base::Bytes> {
    return Error(Code::kMissing, "not here");
  };
  EXPECT_FALSE(ParentFile::load({1'000'000, {}, {}, id_of(1)}, fetch));
  EXPECT_FALSE(ParentFile::load({0, {}, {}, {}}, fetch));
}

}  // namespace
}  // namespace cairn::store
