// The SHA-256 compression function on the x86 SHA extensions, for one or two streams at once.
// Source: FIPS 180-4 §6.2.2 and the Intel SDM entries SHA256RNDS2, SHA256MSG1, SHA256MSG2.
//
// A stream waits on the latency of SHA256RNDS2, whose result the next one needs. A second,
// independent stream fills the gaps, so two cost hardly more than one.
#include "crypto/sha256_constants.hpp"
#include "crypto/sha256_detail.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

#define CAIRN_SHA_TARGET __attribute__((target("sha,sse4.1,ssse3")))
#define CAIRN_SHA_INLINE CAIRN_SHA_TARGET __attribute__((always_inline)) inline

namespace cairn::crypto::detail {
namespace {

// The eight state words as the instructions want them: first word in the highest lane.
struct Halves {
  __m128i abef;
  __m128i cdgh;
};

struct Lane {
  Halves now;
  Halves before;     // this block
  __m128i words[4];  // the last sixteen words of the message schedule
  const std::uint8_t* at;
};

CAIRN_SHA_INLINE __m128i load(const void* at) {
  return _mm_loadu_si128(static_cast<const __m128i*>(at));
}

CAIRN_SHA_INLINE __m128i reverse(__m128i words) { return _mm_shuffle_epi32(words, 0x1b); }

CAIRN_SHA_INLINE void open_lane(Lane& lane, const std::uint32_t* state, const std::uint8_t* at) {
  const __m128i abcd = reverse(load(state));
  const __m128i efgh = reverse(load(state + 4));
  lane.now = {_mm_unpackhi_epi64(efgh, abcd), _mm_unpacklo_epi64(efgh, abcd)};
  lane.at = at;
}

CAIRN_SHA_INLINE void close_lane(const Lane& lane, std::uint32_t* state) {
  const auto out = reinterpret_cast<__m128i*>(state);
  _mm_storeu_si128(out, reverse(_mm_unpackhi_epi64(lane.now.cdgh, lane.now.abef)));
  _mm_storeu_si128(out + 1, reverse(_mm_unpacklo_epi64(lane.now.cdgh, lane.now.abef)));
}

// Schedule words 4·kQuad … 4·kQuad+3: the block's own for the first sixteen, afterwards
// W[t] = σ1(W[t-2]) + W[t-7] + σ0(W[t-15]) + W[t-16]. MSG1 adds the last two, MSG2 the first term.
template <int kQuad>
CAIRN_SHA_INLINE __m128i next_words(Lane& lane) {
  __m128i& words = lane.words[kQuad % 4];  // holds W[t-16 …]
  if constexpr (kQuad < 4) {
    const __m128i big_endian = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
    words = _mm_shuffle_epi8(load(lane.at + 16 * kQuad), big_endian);
  } else {
    const __m128i last = lane.words[(kQuad + 3) % 4];
    const __m128i seven_back = _mm_alignr_epi8(last, lane.words[(kQuad + 2) % 4], 4);
    words = _mm_sha256msg1_epu32(words, lane.words[(kQuad + 1) % 4]);
    words = _mm_sha256msg2_epu32(_mm_add_epi32(words, seven_back), last);
  }
  return words;
}

// Two rounds turn (c,d,g,h) into the new (a,b,e,f); the old (a,b,e,f) then is (c,d,g,h).
template <int kQuad>
CAIRN_SHA_INLINE void four_rounds(Lane& lane) {
  const __m128i sum = _mm_add_epi32(next_words<kQuad>(lane), load(kRoundConstants + 4 * kQuad));
  auto& [abef, cdgh] = lane.now;
  cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
  abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_unpackhi_epi64(sum, sum));
}

template <int kQuad, typename... Lanes>
CAIRN_SHA_INLINE void rounds_from(Lanes&... lanes) {
  (four_rounds<kQuad>(lanes), ...);
  if constexpr (kQuad < 15) rounds_from<kQuad + 1>(lanes...);
}

CAIRN_SHA_INLINE void end_block(Lane& lane) {
  lane.now.abef = _mm_add_epi32(lane.now.abef, lane.before.abef);
  lane.now.cdgh = _mm_add_epi32(lane.now.cdgh, lane.before.cdgh);
  lane.at += kBlockBytes;
}

template <typename... Lanes>
CAIRN_SHA_INLINE void compress_blocks(std::size_t blocks, Lanes&... lanes) {
  for (; blocks > 0; --blocks) {
    ((lanes.before = lanes.now), ...);
    rounds_from<0>(lanes...);
    (end_block(lanes), ...);
  }
}

}  // namespace

CAIRN_SHA_TARGET
void compress_one(std::uint32_t* state, const std::uint8_t* at, std::size_t blocks) {
  Lane lane;
  open_lane(lane, state, at);
  compress_blocks(blocks, lane);
  close_lane(lane, state);
}

CAIRN_SHA_TARGET
void compress_two(std::uint32_t* state_a, const std::uint8_t* at_a, std::uint32_t* state_b,
                  const std::uint8_t* at_b, std::size_t blocks) {
  Lane a, b;
  open_lane(a, state_a, at_a);
  open_lane(b, state_b, at_b);
  compress_blocks(blocks, a, b);
  close_lane(a, state_a);
  close_lane(b, state_b);
}

}  // namespace cairn::crypto::detail
#endif
