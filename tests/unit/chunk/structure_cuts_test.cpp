// Where files of known structure are cut.
#include "chunk/structure_cuts.hpp"

#include <gtest/gtest.h>

#include <random>

#include "unit/chunk/structure_files.hpp"

namespace cairn::chunk {
namespace {

using base::Bytes;

constexpr std::uint64_t kKiB = 1'024;
constexpr std::uint64_t kMiB = kKiB * 1'024;
constexpr Element kFloat32{4, true};

Bytes random_bytes(std::uint64_t size) {
  std::mt19937_64 random(1);
  Bytes bytes(static_cast<std::size_t>(size));
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

Unit tensor(std::uint64_t offset, std::uint64_t bytes) {
  return {offset, bytes, "t", "F32", {}, kFloat32};
}
Unit member(std::uint64_t offset, std::uint64_t bytes) { return {offset, bytes, "m", "", {}, {}}; }

// Lengths of the chunks, the file given `window` bytes at a time beyond the last cut.
std::vector<std::uint64_t> cuts_of(const std::vector<Unit>& units, const Bytes& file,
                                   std::size_t window) {
  const StructureCuts cuts({FileType::kZip, units}, file.size(), {});
  std::vector<std::uint64_t> lengths;
  std::uint64_t at = 0;
  std::size_t seen = 0;
  while (at < file.size()) {
    const auto rest = base::ByteView(file).subspan(static_cast<std::size_t>(at));
    const std::size_t length = cuts.next_length(at, rest.first(std::min(seen, rest.size())));
    if (length == 0) {
      EXPECT_LT(seen, rest.size()) << "the end of the file must tell";
      if (seen >= rest.size()) break;
      seen += window;
      continue;
    }
    EXPECT_LE(length, kMiB);
    lengths.push_back(length);
    at += length;
    seen = seen > length ? seen - length : 0;
  }
  return lengths;
}

std::vector<std::uint64_t> cuts_of(const std::vector<Unit>& units, const Bytes& file) {
  auto lengths = cuts_of(units, file, file.size());
  EXPECT_EQ(cuts_of(units, file, 100'000), lengths) << "cuts depend on how the file was read";
  return lengths;
}

using Lengths = std::vector<std::uint64_t>;

TEST(StructureCutsTest, TensorsInSlicesFromTheirStart) {
  const Bytes file(1'000 + 2'500 * kKiB + 100 * kKiB);
  const auto lengths =
      cuts_of({tensor(1'000, 2'500 * kKiB), tensor(1'000 + 2'500 * kKiB, 100 * kKiB)}, file);
  EXPECT_EQ(lengths, (Lengths{1'000, kMiB, kMiB, 452 * kKiB, 100 * kKiB}));
}

TEST(StructureCutsTest, SmallTensorsShareChunksOfAtLeast32KiB) {
  std::vector<Unit> units;
  for (std::uint64_t i = 0; i < 10; ++i) units.push_back(tensor(100 + i * 20 * kKiB, 20 * kKiB));
  const Bytes file(100 + 200 * kKiB);
  EXPECT_EQ(cuts_of(units, file),
            (Lengths{100 + 40 * kKiB, 40 * kKiB, 40 * kKiB, 40 * kKiB, 40 * kKiB}));
}

TEST(StructureCutsTest, ALongUnitAlwaysStartsAChunk) {
  const std::vector<Unit> units = {tensor(100, 5 * kKiB), tensor(100 + 5 * kKiB, 64 * kKiB),
                                   tensor(100 + 69 * kKiB, 64 * kKiB - 1)};
  const Bytes file(100 + 133 * kKiB - 1);
  EXPECT_EQ(cuts_of(units, file), (Lengths{100 + 5 * kKiB, 64 * kKiB, 64 * kKiB - 1}));
}

TEST(StructureCutsTest, MembersUpTo512KiBAreOneChunkLongerOnesGear) {
  const Bytes file = random_bytes(512 * kKiB + 700 * kKiB + 10);
  const auto lengths = cuts_of({member(0, 512 * kKiB), member(512 * kKiB, 700 * kKiB)}, file);
  ASSERT_GT(lengths.size(), 3U);
  EXPECT_EQ(lengths[0], 512 * kKiB);
  const auto part = base::ByteView(file).subspan(512 * kKiB, 700 * kKiB);
  EXPECT_EQ(lengths[1], gear_cut(part, {}));
}

TEST(StructureCutsTest, AMemberMovedKeepsItsCuts) {
  const Bytes data = random_bytes(900 * kKiB);
  Bytes moved(5'000);
  moved.insert(moved.end(), data.begin(), data.end());
  auto first = cuts_of({member(0, data.size())}, data);
  auto second = cuts_of({member(5'000, data.size())}, moved);
  second.erase(second.begin());
  EXPECT_EQ(first, second);
}

TEST(StructureCutsTest, TheUnitOfAChunk) {
  const StructureCuts cuts({FileType::kZip, {tensor(100, 1'000), tensor(1'100, 3'000)}}, 10'000,
                           {});
  EXPECT_EQ(cuts.unit_of(100, 1'000), &cuts.units()[0]);
  EXPECT_EQ(cuts.unit_of(500, 2'000), &cuts.units()[1]);
  EXPECT_EQ(cuts.unit_of(0, 150), nullptr);  // mostly header
  EXPECT_EQ(cuts.unit_of(5'000, 1'000), nullptr);
}

// structure1 is frozen: every release cuts this file so.
TEST(StructureCuts, OfASafetensorsFileAreFrozen) {
  const std::string header =
      R"({"a":{"dtype":"F32","shape":[786432],"data_offsets":[0,3145728]},)"
      R"("b":{"dtype":"U8","shape":[20000],"data_offsets":[3145728,3165728]},)"
      R"("c":{"dtype":"F32","shape":[300,100],"data_offsets":[3165728,3285728]},)"
      R"("d":{"dtype":"F16","shape":[1000],"data_offsets":[3285728,3287728]},)"
      R"("e":{"dtype":"F16","shape":[600000],"data_offsets":[3287728,4487728]}})";
  Bytes file = safetensors_file(header, 4'487'728);
  const auto noise = random_bytes(4'487'728);
  std::copy(noise.begin(), noise.end(), file.end() - 4'487'728);
  const ReadAt read = [&](std::uint64_t offset, std::span<std::uint8_t> out) {
    std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
    return true;
  };
  auto structure = read_structure(read, file.size());
  ASSERT_TRUE(structure);
  const std::vector<std::uint64_t> expected = {8 + header.size(), kMiB,  kMiB, kMiB,   20'000,
                                               120'000,           2'000, kMiB, 151'424};
  EXPECT_EQ(cuts_of(structure->units, file), expected);
}

}  // namespace
}  // namespace cairn::chunk
