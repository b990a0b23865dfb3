// Words of 1, 2, 4 or 8 bytes <-> byte planes, with the change of each word that codecs 2 and 3
// make. Vectors of 16 bytes everywhere, of 32 where the processor has AVX2; the bytes never depend
// on which.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace cairn::codec {

inline constexpr std::size_t kMaxWordBytes = 8;

enum class WordChange : std::uint8_t {
  kNone,
  kRotate,      // left by one bit: the sign of a float becomes the last bit, its exponent a byte
  kDifference,  // zigzag(word - base word) modulo the word size
};

enum class WordKernel { kBest, kVector16, kScalar };  // the others are for tests and measurements

// How many words lie where; `base` is read for kDifference alone.
struct WordRun {
  std::size_t word_bytes = 1;
  WordChange change = WordChange::kNone;
  std::size_t count = 0;
  const std::uint8_t* base = nullptr;  // count * word_bytes bytes
};

// Pointers to word_bytes planes of `count` bytes each, the most significant byte's first.
using PlanesOut = std::array<std::uint8_t*, kMaxWordBytes>;
using PlanesIn = std::array<const std::uint8_t*, kMaxWordBytes>;

void split_words(const WordRun& run, const std::uint8_t* words, const PlanesOut& planes,
                 WordKernel kernel = WordKernel::kBest);
// The inverse.
void join_words(const WordRun& run, const PlanesIn& planes, std::uint8_t* words,
                WordKernel kernel = WordKernel::kBest);

}  // namespace cairn::codec
