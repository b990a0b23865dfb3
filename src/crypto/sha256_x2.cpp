// The SHA-256 compression function on the x86 SHA extensions, for one stream or for two side by side.
// Source: FIPS 180-4 §6.2.2 and the Intel SDM entries SHA256RNDS2, SHA256MSG1, SHA256MSG2.
//
// One stream can't go faster than the latency of SHA256RNDS2, whose result the next one needs. A second, independent
// stream fills the gaps, so two cost hardly more than one.
#include "crypto/sha256_detail.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#define CAIRN_SHA_TARGET __attribute__((target("sha,sse4.1,ssse3")))
#define CAIRN_SHA_INLINE __attribute__((target("sha,sse4.1,ssse3"), always_inline)) inline

namespace cairn::crypto::detail {
namespace {

alignas(16) constexpr std::uint32_t kRoundConstants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// The instructions want the eight words as (a,b,e,f) and (c,d,g,h), first word in the highest lane.
struct Lane {
  __m128i abef;
  __m128i cdgh;
  __m128i words[4];  // the last sixteen words of the message schedule
  const std::uint8_t* at;
};

constexpr int kReverse = 0x1b;  // the four lanes of a register

CAIRN_SHA_INLINE Lane open_lane(const std::uint32_t* state, const std::uint8_t* at) {
  const __m128i abcd = _mm_shuffle_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(state)), kReverse);
  const __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(state + 4)), kReverse);
  return {_mm_unpackhi_epi64(efgh, abcd), _mm_unpacklo_epi64(efgh, abcd), {}, at};
}

CAIRN_SHA_INLINE void close_lane(const Lane& lane, std::uint32_t* state) {
  const __m128i dcba = _mm_unpackhi_epi64(lane.cdgh, lane.abef);
  const __m128i hgfe = _mm_unpacklo_epi64(lane.cdgh, lane.abef);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(state), _mm_shuffle_epi32(dcba, kReverse));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(state + 4), _mm_shuffle_epi32(hgfe, kReverse));
}

// Schedule words 4·kQuad … 4·kQuad+3: the block's own for the first sixteen, afterwards
// W[t] = σ1(W[t-2]) + W[t-7] + σ0(W[t-15]) + W[t-16], of which MSG1 does the last two terms and MSG2 the first.
template <int kQuad>
CAIRN_SHA_INLINE __m128i next_words(Lane& lane) {
  __m128i& words = lane.words[kQuad % 4];  // holds W[t-16 …]
  if constexpr (kQuad < 4) {
    const __m128i big_endian = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
    words = _mm_loadu_si128(reinterpret_cast<const __m128i*>(lane.at) + kQuad);
    words = _mm_shuffle_epi8(words, big_endian);
  } else {
    const __m128i last = lane.words[(kQuad + 3) % 4];
    const __m128i seven_back = _mm_alignr_epi8(last, lane.words[(kQuad + 2) % 4], 4);
    words = _mm_sha256msg1_epu32(words, lane.words[(kQuad + 1) % 4]);
    words = _mm_sha256msg2_epu32(_mm_add_epi32(words, seven_back), last);
  }
  return words;
}

// Four rounds. Two rounds turn (c,d,g,h) into the new (a,b,e,f); the old (a,b,e,f) is then (c,d,g,h).
template <int kQuad>
CAIRN_SHA_INLINE void four_rounds(Lane& lane) {
  const __m128i constants = _mm_load_si128(reinterpret_cast<const __m128i*>(kRoundConstants) + kQuad);
  const __m128i sum = _mm_add_epi32(next_words<kQuad>(lane), constants);
  lane.cdgh = _mm_sha256rnds2_epu32(lane.cdgh, lane.abef, sum);
  lane.abef = _mm_sha256rnds2_epu32(lane.abef, lane.cdgh, _mm_unpackhi_epi64(sum, sum));
}

template <int kQuad, typename... Lanes>
CAIRN_SHA_INLINE void rounds_from(Lanes&... lanes) {
  (four_rounds<kQuad>(lanes), ...);
  if constexpr (kQuad < 15) rounds_from<kQuad + 1>(lanes...);
}

CAIRN_SHA_INLINE void end_block(Lane& lane, const Lane& before) {
  lane.abef = _mm_add_epi32(lane.abef, before.abef);
  lane.cdgh = _mm_add_epi32(lane.cdgh, before.cdgh);
  lane.at += kBlockBytes;
}

}  // namespace

CAIRN_SHA_TARGET void compress_one(std::uint32_t* state, const std::uint8_t* at, std::size_t blocks) {
  Lane lane = open_lane(state, at);
  for (; blocks > 0; --blocks) {
    const Lane before = lane;
    rounds_from<0>(lane);
    end_block(lane, before);
  }
  close_lane(lane, state);
}

CAIRN_SHA_TARGET void compress_two(std::uint32_t* state_a, const std::uint8_t* at_a, std::uint32_t* state_b,
                                   const std::uint8_t* at_b, std::size_t blocks) {
  Lane a = open_lane(state_a, at_a);
  Lane b = open_lane(state_b, at_b);
  for (; blocks > 0; --blocks) {
    const Lane before_a = a;
    const Lane before_b = b;
    rounds_from<0>(a, b);
    end_block(a, before_a);
    end_block(b, before_b);
  }
  close_lane(a, state_a);
  close_lane(b, state_b);
}

}  // namespace cairn::crypto::detail

#else  // no such processor: sha256.cpp stays with OpenSSL

namespace cairn::crypto::detail {
void compress_one(std::uint32_t*, const std::uint8_t*, std::size_t) {}
void compress_two(std::uint32_t*, const std::uint8_t*, std::uint32_t*, const std::uint8_t*, std::size_t) {}
}  // namespace cairn::crypto::detail

#endif
