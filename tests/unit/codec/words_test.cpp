// Splitting words into planes: the bytes by the formulas of cairn-store(5), and the same from every
// kernel.
#include "codec/words.hpp"

#include <gtest/gtest.h>

#include <random>

#include "base/bytes.hpp"

namespace cairn::codec {
namespace {

using base::Bytes;

constexpr WordChange kChanges[] = {WordChange::kNone, WordChange::kRotate, WordChange::kDifference};
constexpr std::size_t kWidths[] = {1, 2, 4, 8};

Bytes random_bytes(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

struct Planes {
  Bytes bytes;
  PlanesOut out{};
  PlanesIn in{};
  explicit Planes(const WordRun& run) : bytes(run.count * run.word_bytes) {
    for (std::size_t k = 0; k < run.word_bytes; ++k) {
      in[k] = out[k] = bytes.data() + k * run.count;
    }
  }
};

Bytes split(const WordRun& run, const Bytes& words, WordKernel kernel) {
  Planes planes(run);
  split_words(run, words.data(), planes.out, kernel);
  return planes.bytes;
}

// The man page's formulas, on wide integers.
Bytes split_by_the_book(const WordRun& run, const Bytes& words) {
  const unsigned bits = static_cast<unsigned>(8 * run.word_bytes);
  const std::uint64_t mask = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  const auto word_at = [&](const std::uint8_t* at) {
    std::uint64_t word = 0;
    for (std::size_t k = run.word_bytes; k-- > 0;) word = word << 8 | at[k];
    return word;
  };
  Bytes planes(words.size());
  for (std::size_t i = 0; i < run.count; ++i) {
    const std::uint64_t x = word_at(&words[i * run.word_bytes]);
    std::uint64_t z = x;
    if (run.change == WordChange::kRotate) z = (x << 1 | x >> (bits - 1)) & mask;
    if (run.change == WordChange::kDifference) {
      const std::uint64_t d = (x - word_at(run.base + i * run.word_bytes)) & mask;
      z = ((d << 1) & mask) ^ ((d >> (bits - 1)) != 0 ? mask : 0);
    }
    for (std::size_t k = 0; k < run.word_bytes; ++k) {
      planes[k * run.count + i] = static_cast<std::uint8_t>(z >> 8 * (run.word_bytes - 1 - k));
    }
  }
  return planes;
}

template <typename Check>
void for_all_runs(const Check& check) {
  for (const std::size_t width : kWidths) {
    for (const WordChange change : kChanges) {
      for (const std::size_t count : {0, 1, 7, 15, 16, 17, 31, 32, 33, 63, 64, 65, 1'000}) {
        const Bytes base = random_bytes(count * width, 2);
        check(WordRun{width, change, count,
                      change == WordChange::kDifference ? base.data() : nullptr});
      }
    }
  }
}

TEST(WordsTest, EveryKernelSplitsByTheBook) {
  for_all_runs([](const WordRun& run) {
    const Bytes words = random_bytes(run.count * run.word_bytes, 1);
    const Bytes expected = split_by_the_book(run, words);
    for (const auto kernel : {WordKernel::kBest, WordKernel::kVector16, WordKernel::kScalar}) {
      EXPECT_EQ(split(run, words, kernel), expected)
          << run.word_bytes << " bytes, change " << static_cast<int>(run.change) << ", "
          << run.count << " words, kernel " << static_cast<int>(kernel);
    }
  });
}

TEST(WordsTest, EveryKernelJoins) {
  for_all_runs([](const WordRun& run) {
    const Bytes words = random_bytes(run.count * run.word_bytes, 3);
    Planes planes(run);
    split_words(run, words.data(), planes.out, WordKernel::kScalar);
    for (const auto kernel : {WordKernel::kBest, WordKernel::kVector16, WordKernel::kScalar}) {
      Bytes back(words.size() + 1, 0xee);
      join_words(run, planes.in, back.data(), kernel);
      EXPECT_EQ(back.back(), 0xee) << "wrote past the end";
      back.pop_back();
      EXPECT_EQ(back, words) << run.word_bytes << " bytes, change " << static_cast<int>(run.change)
                             << ", " << run.count << " words, kernel " << static_cast<int>(kernel);
    }
  });
}

TEST(WordsTest, ARotatedFloatHasItsExponentInOneByte) {
  const Bytes minus_two = {0x00, 0x00, 0x00, 0xc0};  // sign 1, exponent 0x80, no mantissa
  EXPECT_EQ(split({4, WordChange::kRotate, 1, nullptr}, minus_two, WordKernel::kBest),
            (Bytes{0x80, 0x00, 0x00, 0x01}));
}

TEST(WordsTest, SmallDifferencesOfEitherSignAreSmall) {
  const Bytes base = {0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0xff, 0xff};
  const Bytes words = {0x03, 0x01, 0xff, 0x00, 0xff, 0xff, 0x00, 0x00};  // +3, -1, -1, +1 wrapping
  EXPECT_EQ(split({2, WordChange::kDifference, 4, base.data()}, words, WordKernel::kBest),
            (Bytes{0, 0, 0, 0, 6, 1, 1, 2}));
}

}  // namespace
}  // namespace cairn::codec
