#include "codec/words.hpp"

#include <cstring>
#include <type_traits>
#include <utility>

#include "base/assert.hpp"

// The compilers' vector types: one source for every instruction set. Everything is forced inline
// into two functions, one of which may use AVX2.
#define CAIRN_INLINE inline __attribute__((always_inline))

namespace cairn::codec {
namespace {

template <typename Word, std::size_t V>
struct VectorOf {
  typedef Word type __attribute__((vector_size(V)));  // NOLINT: `using` takes no attribute here
};
template <typename Word, std::size_t V>
using Vector = typename VectorOf<Word, V>::type;
template <std::size_t V>
using ByteVector = Vector<std::uint8_t, V>;

// ---- one word, or a vector of them
// -------------------------------------------------------------------

template <WordChange change, typename Word>
Word changed(Word word, Word base) {
  constexpr unsigned kTop = 8 * sizeof(Word) - 1;
  if constexpr (change == WordChange::kRotate) return static_cast<Word>(word << 1 | word >> kTop);
  if constexpr (change == WordChange::kDifference) {
    const auto d = static_cast<Word>(word - base);
    return static_cast<Word>(static_cast<Word>(d << 1) ^ static_cast<Word>(0 - (d >> kTop)));
  }
  return word;
}

template <WordChange change, typename Word>
Word restored(Word word, Word base) {
  constexpr unsigned kTop = 8 * sizeof(Word) - 1;
  if constexpr (change == WordChange::kRotate) {
    return static_cast<Word>(word >> 1 | static_cast<Word>(word << kTop));
  }
  if constexpr (change == WordChange::kDifference) {
    const auto d = static_cast<Word>(word >> 1 ^ static_cast<Word>(0 - (word & 1)));
    return static_cast<Word>(d + base);
  }
  return word;
}

template <WordChange change, typename Word, std::size_t V>
CAIRN_INLINE void change_vector(Vector<Word, V>& words, const Vector<Word, V>& base) {
  constexpr int kTop = 8 * sizeof(Word) - 1;
  using Signed = std::make_signed_t<Word>;
  if constexpr (change == WordChange::kRotate) words = (words << 1) | (words >> kTop);
  if constexpr (change == WordChange::kDifference) {
    const Vector<Word, V> d = words - base;
    words = (d << 1) ^ (Vector<Word, V>)((Vector<Signed, V>)d < 0);
  }
}

template <WordChange change, typename Word, std::size_t V>
CAIRN_INLINE void restore_vector(Vector<Word, V>& words, const Vector<Word, V>& base) {
  constexpr int kTop = 8 * sizeof(Word) - 1;
  if constexpr (change == WordChange::kRotate) words = (words >> 1) | (words << kTop);
  if constexpr (change == WordChange::kDifference) {
    words = ((words >> 1) ^ (0 - (words & 1))) + base;
  }
}

// ---- bytes of even and odd places apart, and together again
// ------------------------------------------

template <std::size_t V, std::size_t... I>
CAIRN_INLINE void unzip(const ByteVector<V>& a, const ByteVector<V>& b, ByteVector<V>& even,
                        ByteVector<V>& odd, std::index_sequence<I...> /*lanes*/) {
  even = __builtin_shufflevector(a, b, (2 * I)...);
  odd = __builtin_shufflevector(a, b, (2 * I + 1)...);
}

template <std::size_t V, std::size_t... I>
CAIRN_INLINE void zip(const ByteVector<V>& even, const ByteVector<V>& odd, ByteVector<V>& a,
                      ByteVector<V>& b, std::index_sequence<I...> /*lanes*/) {
  a = __builtin_shufflevector(even, odd, (I / 2 + I % 2 * V)...);
  b = __builtin_shufflevector(even, odd, (V / 2 + I / 2 + I % 2 * V)...);
}

// N vectors of words of N bytes -> vector k holds the bytes k, least significant first.
template <std::size_t N, std::size_t V, std::size_t... J>
CAIRN_INLINE void unzip_all(ByteVector<V>* v, std::index_sequence<J...> /*halves*/) {
  if constexpr (N > 1) {
    ByteVector<V> even[N / 2];
    ByteVector<V> odd[N / 2];
    (unzip<V>(v[2 * J], v[2 * J + 1], even[J], odd[J], std::make_index_sequence<V>()), ...);
    unzip_all<N / 2, V>(even, std::make_index_sequence<N / 4>());
    unzip_all<N / 2, V>(odd, std::make_index_sequence<N / 4>());
    ((v[2 * J] = even[J], v[2 * J + 1] = odd[J]), ...);
  }
}

template <std::size_t N, std::size_t V, std::size_t... J>
CAIRN_INLINE void zip_all(ByteVector<V>* v, std::index_sequence<J...> /*halves*/) {
  if constexpr (N > 1) {
    ByteVector<V> even[N / 2] = {v[2 * J]...};
    ByteVector<V> odd[N / 2] = {v[2 * J + 1]...};
    zip_all<N / 2, V>(even, std::make_index_sequence<N / 4>());
    zip_all<N / 2, V>(odd, std::make_index_sequence<N / 4>());
    (zip<V>(even[J], odd[J], v[2 * J], v[2 * J + 1], std::make_index_sequence<V>()), ...);
  }
}

// ---- groups of V words, that is sizeof(Word) vectors
// -------------------------------------------------

template <WordChange change, typename Word, std::size_t V, std::size_t... J>
CAIRN_INLINE void split_group(const std::uint8_t* words, const std::uint8_t* base,
                              const PlanesOut& planes, std::size_t at,
                              std::index_sequence<J...> /*vectors*/) {
  constexpr std::size_t kBytes = sizeof(Word);
  ByteVector<V> v[kBytes];
  const auto load = [&](std::size_t j) __attribute__((always_inline)) {
    Vector<Word, V> word, base_word{};
    std::memcpy(&word, words + j * V, V);
    if constexpr (change == WordChange::kDifference) std::memcpy(&base_word, base + j * V, V);
    change_vector<change, Word, V>(word, base_word);
    v[j] = (ByteVector<V>)word;
  };
  (load(J), ...);
  unzip_all<kBytes, V>(v, std::make_index_sequence<kBytes / 2>());
  (std::memcpy(planes[kBytes - 1 - J] + at, &v[J], V), ...);
}

template <WordChange change, typename Word, std::size_t V, std::size_t... J>
CAIRN_INLINE void join_group(const PlanesIn& planes, std::size_t at, const std::uint8_t* base,
                             std::uint8_t* words, std::index_sequence<J...> /*vectors*/) {
  constexpr std::size_t kBytes = sizeof(Word);
  ByteVector<V> v[kBytes];
  (std::memcpy(&v[J], planes[kBytes - 1 - J] + at, V), ...);
  zip_all<kBytes, V>(v, std::make_index_sequence<kBytes / 2>());
  const auto store = [&](std::size_t j) __attribute__((always_inline)) {
    auto word = (Vector<Word, V>)v[j];
    Vector<Word, V> base_word{};
    if constexpr (change == WordChange::kDifference) std::memcpy(&base_word, base + j * V, V);
    restore_vector<change, Word, V>(word, base_word);
    std::memcpy(words + j * V, &word, V);
  };
  (store(J), ...);
}

// V = 0: word by word; also what is left after the last group.
template <WordChange change, typename Word, std::size_t V>
CAIRN_INLINE void split_run(const WordRun& run, const std::uint8_t* words,
                            const PlanesOut& planes) {
  constexpr std::size_t kBytes = sizeof(Word);
  const std::uint8_t* const base_words = change == WordChange::kDifference ? run.base : words;
  std::size_t i = 0;
  if constexpr (V > 0) {
    for (; i + V <= run.count; i += V) {
      split_group<change, Word, V>(words + i * kBytes, base_words + i * kBytes, planes, i,
                                   std::make_index_sequence<kBytes>());
    }
  }
  for (; i < run.count; ++i) {
    Word word;
    Word base = 0;
    std::memcpy(&word, words + i * kBytes, kBytes);
    if (change == WordChange::kDifference) std::memcpy(&base, base_words + i * kBytes, kBytes);
    word = changed<change>(word, base);
    for (std::size_t k = 0; k < kBytes; ++k) {
      planes[k][i] = static_cast<std::uint8_t>(word >> 8 * (kBytes - 1 - k));
    }
  }
}

template <WordChange change, typename Word, std::size_t V>
CAIRN_INLINE void join_run(const WordRun& run, const PlanesIn& planes, std::uint8_t* words) {
  constexpr std::size_t kBytes = sizeof(Word);
  const std::uint8_t* const base_words = change == WordChange::kDifference ? run.base : words;
  std::size_t i = 0;
  if constexpr (V > 0) {
    for (; i + V <= run.count; i += V) {
      join_group<change, Word, V>(planes, i, base_words + i * kBytes, words + i * kBytes,
                                  std::make_index_sequence<kBytes>());
    }
  }
  for (; i < run.count; ++i) {
    std::uint64_t gathered = 0;
    for (std::size_t k = 0; k < kBytes; ++k) gathered = gathered << 8 | planes[k][i];
    Word base = 0;
    if (change == WordChange::kDifference) std::memcpy(&base, base_words + i * kBytes, kBytes);
    const Word word = restored<change>(static_cast<Word>(gathered), base);
    std::memcpy(words + i * kBytes, &word, kBytes);
  }
}

// ---- the choice of the loop
// --------------------------------------------------------------------------

struct Split {
  const WordRun& run;
  const std::uint8_t* words;
  const PlanesOut& planes;

  template <WordChange change, typename Word, std::size_t V>
  CAIRN_INLINE void operator()() const {
    split_run<change, Word, V>(run, words, planes);
  }
};

struct Join {
  const WordRun& run;
  const PlanesIn& planes;
  std::uint8_t* words;

  template <WordChange change, typename Word, std::size_t V>
  CAIRN_INLINE void operator()() const {
    join_run<change, Word, V>(run, planes, words);
  }
};

template <typename Word, std::size_t V, typename Work>
CAIRN_INLINE void with_change(const Work& work) {
  switch (work.run.change) {
    case WordChange::kNone:
      return work.template operator()<WordChange::kNone, Word, V>();
    case WordChange::kRotate:
      return work.template operator()<WordChange::kRotate, Word, V>();
    case WordChange::kDifference:
      return work.template operator()<WordChange::kDifference, Word, V>();
  }
}

template <std::size_t V, typename Work>
CAIRN_INLINE void with_word(const Work& work) {
  switch (work.run.word_bytes) {
    case 1:
      return with_change<std::uint8_t, V>(work);
    case 2:
      return with_change<std::uint16_t, V>(work);
    case 4:
      return with_change<std::uint32_t, V>(work);
    case 8:
      return with_change<std::uint64_t, V>(work);
    default:
      CAIRN_ASSERT(false);
  }
}

#if defined(__x86_64__)
template <typename Work>
__attribute__((target("avx2"))) void run_avx2(const Work& work) {
  with_word<32>(work);
}
bool has_avx2() {
  static const bool has = __builtin_cpu_supports("avx2") != 0;
  return has;
}
#else
template <typename Work>
void run_avx2(const Work& work) {
  with_word<16>(work);
}
bool has_avx2() { return false; }
#endif

template <typename Work>
void run_work(const Work& work, WordKernel kernel) {
  if (kernel == WordKernel::kScalar) return with_word<0>(work);
  if (kernel == WordKernel::kBest && has_avx2()) return run_avx2(work);
  with_word<16>(work);
}

}  // namespace

void split_words(const WordRun& run, const std::uint8_t* words, const PlanesOut& planes,
                 WordKernel kernel) {
  run_work(Split{run, words, planes}, kernel);
}

void join_words(const WordRun& run, const PlanesIn& planes, std::uint8_t* words,
                WordKernel kernel) {
  run_work(Join{run, planes, words}, kernel);
}

}  // namespace cairn::codec
