// Tensors of stored files: listed, compared, and how much their floats changed.
#include "repo/tensors.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "repo/tensor_floats.hpp"
#include "unit/repo/stored_files.hpp"

namespace cairn::repo {
namespace {

template <typename Number>
std::string bytes_of(const std::vector<Number>& numbers) {
  std::string out(numbers.size() * sizeof(Number), '\0');
  std::memcpy(out.data(), numbers.data(), out.size());
  return out;
}

struct Part {
  std::string name, dtype, shape;
  std::string bytes;
};
std::string safetensors(const std::vector<Part>& parts) {
  std::string header = "{";
  std::string data;
  for (const Part& part : parts) {
    header += (header.size() > 1 ? ",\"" : "\"") + part.name + "\":{\"dtype\":\"" + part.dtype +
              "\",\"shape\":" + part.shape + ",\"data_offsets\":[" + std::to_string(data.size()) +
              "," + std::to_string(data.size() + part.bytes.size()) + "]}";
    data += part.bytes;
  }
  header += "}";
  const std::uint64_t length = header.size();
  return bytes_of<std::uint64_t>({length}) + header + data;
}

class TensorsTest : public StoredFiles {
 protected:
  static constexpr std::size_t kCut = 100;

  std::optional<TensorDiff> diff(const std::string& before, const std::string& after) {
    auto older = stored(before, kCut);
    auto newer = stored(after, kCut);
    auto found = diff_tensors(context, older, newer);
    EXPECT_TRUE(found.ok()) << found.error().message();
    return found.ok() ? *std::move(found) : std::nullopt;
  }

  const std::vector<float> ones_ = std::vector<float>(100, 1.0F);
};

TEST_F(TensorsTest, AreListedWithTheirPlacesAndWhatTheyTake) {
  const std::string text = safetensors(
      {{"w", "F32", "[10,10]", bytes_of(ones_)}, {"b", "I64", "[2]", std::string(16, 'x')}});
  auto file = stored(text, kCut);
  const auto tensors = list_tensors(file);
  ASSERT_TRUE(tensors.ok());
  ASSERT_EQ(tensors->size(), 2U);
  EXPECT_EQ(tensors->at(0).name, "w");
  EXPECT_EQ(tensors->at(0).bytes, 400U);
  EXPECT_EQ(shape_text(tensors->at(0).shape), "[10, 10]");
  EXPECT_EQ(text.substr(tensors->at(1).offset, 16), std::string(16, 'x'));
  EXPECT_GT(tensors->at(0).stored, 0U);
  EXPECT_EQ(shape_text({}), "[]");
}

TEST_F(TensorsTest, WhatIsNotHereIsSaid) {
  const std::string text =
      safetensors({{"w", "F32", "[100]", bytes_of(ones_)}, {"b", "F32", "[100]", bytes_of(ones_)}});
  auto without_end = stored(text, kCut, (text.size() - 1) / kCut);
  const auto tensors = list_tensors(without_end);
  ASSERT_TRUE(tensors.ok());
  EXPECT_TRUE(tensors->at(0).stored.has_value());
  EXPECT_FALSE(tensors->at(1).stored.has_value());
  auto without_header = stored(safetensors({{"v", "F32", "[100]", bytes_of(ones_)}}), kCut, 0);
  const auto none = list_tensors(without_header);
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code(), Code::kMissing);
}

TEST_F(TensorsTest, OtherFilesHaveNone) {
  auto file = stored("just some text that is no model", kCut);
  EXPECT_TRUE(list_tensors(file)->empty());
  EXPECT_FALSE(
      diff("just text", safetensors({{"w", "F32", "[100]", bytes_of(ones_)}})).has_value());
}

TEST_F(TensorsTest, AddedRemovedRetypedAndChangedOnesAreTold) {
  std::vector<float> changed = ones_;
  changed[3] = 1.5F;
  changed[4] = -1.0F;
  const auto found = diff(safetensors({{"same", "F32", "[100]", bytes_of(ones_)},
                                       {"gone", "U8", "[3]", "abc"},
                                       {"turned", "F32", "[4,25]", bytes_of(ones_)},
                                       {"changed", "F32", "[100]", bytes_of(ones_)}}),
                          safetensors({{"new", "U8", "[2]", "ab"},
                                       {"turned", "F32", "[25,4]", bytes_of(ones_)},
                                       {"changed", "F32", "[100]", bytes_of(changed)},
                                       {"same", "F32", "[100]", bytes_of(ones_)}}));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->unchanged, 1U) << "moved, but the same";
  ASSERT_EQ(found->changes.size(), 4U);
  EXPECT_EQ(found->changes[0].kind, TensorChange::Kind::kAdded);
  EXPECT_EQ(found->changes[0].name, "new");
  EXPECT_EQ(found->changes[1].name, "turned");
  EXPECT_EQ(found->changes[1].elements, 0U);
  EXPECT_EQ(found->changes[3].kind, TensorChange::Kind::kRemoved);
  const TensorChange& change = found->changes[2];
  EXPECT_EQ(change.elements, 100U);
  EXPECT_EQ(change.changed_elements, 2U);
  EXPECT_TRUE(change.compared_floats);
  EXPECT_DOUBLE_EQ(change.largest, 2.0) << "a change of sign";
  EXPECT_NEAR(change.mean, (2.0 + 0.5 / 1.5) / 100, 1e-9);
}

TEST_F(TensorsTest, IntegersAreCountedOnly) {
  const auto found = diff(safetensors({{"i", "I32", "[3]", bytes_of<std::int32_t>({1, 2, 3})}}),
                          safetensors({{"i", "I32", "[3]", bytes_of<std::int32_t>({1, 5, 3})}}));
  ASSERT_EQ(found->changes.size(), 1U);
  EXPECT_EQ(found->changes[0].changed_elements, 1U);
  EXPECT_FALSE(found->changes[0].compared_floats);
}

TEST_F(TensorsTest, SameChunksAreNotRead) {
  const std::string text = safetensors({{"w", "F32", "[100]", bytes_of(ones_)}});
  auto older = stored(text + "x", kCut, 3);  // a chunk inside of w is not here
  auto newer = stored(text + "y", kCut, 3);
  (void)older;
  auto a = stored(text, kCut);
  auto b = stored(text, kCut);
  EXPECT_TRUE(same_chunks(a, 120, b, 120, 300));
  EXPECT_FALSE(same_chunks(a, 120, b, 121, 300));
}

TEST(FloatChange, ReadsEveryKind) {
  EXPECT_EQ(float_kind("BF16"), FloatKind::kBfloat);
  EXPECT_EQ(float_kind("<f2"), FloatKind::kHalf);
  EXPECT_FALSE(float_kind(">f4").has_value());
  EXPECT_FALSE(float_kind("I32").has_value());
  const auto largest = [](FloatKind kind, const std::string& before, const std::string& after) {
    FloatChange change(kind);
    change.add(base::view_of(before), base::view_of(after));
    return change.largest();
  };
  using Words = std::vector<std::uint16_t>;
  // 1.0 and 2.0
  EXPECT_DOUBLE_EQ(largest(FloatKind::kHalf, bytes_of(Words{0x3c00}), bytes_of(Words{0x4000})),
                   0.5);
  EXPECT_DOUBLE_EQ(largest(FloatKind::kBfloat, bytes_of(Words{0x3f80}), bytes_of(Words{0x4000})),
                   0.5);
  EXPECT_DOUBLE_EQ(largest(FloatKind::kHalf, bytes_of(Words{0x0001}), bytes_of(Words{0x0002})), 0.5)
      << "denormals";
  const double huge = std::numeric_limits<double>::max();
  EXPECT_DOUBLE_EQ(largest(FloatKind::kDouble, bytes_of<double>({huge}), bytes_of<double>({-huge})),
                   2.0);
  EXPECT_DOUBLE_EQ(largest(FloatKind::kSingle, bytes_of<float>({0}), bytes_of<float>({-0.0F})), 0);
  const double tiny = std::numeric_limits<double>::denorm_min();
  EXPECT_LE(largest(FloatKind::kDouble, bytes_of<double>({tiny}), bytes_of<double>({-tiny})), 2.0);
}

TEST(FloatChange, WhatIsNotFiniteIsCountedApart) {
  FloatChange change(FloatKind::kSingle);
  const float nan = std::nanf("");
  const float infinity = std::numeric_limits<float>::infinity();
  change.add(base::view_of(bytes_of<float>({1, nan, 1, 2})),
             base::view_of(bytes_of<float>({1, 1, infinity, 1})));
  EXPECT_EQ(change.not_finite(), 2U);
  EXPECT_DOUBLE_EQ(change.mean(), 0.25);
}

}  // namespace
}  // namespace cairn::repo
