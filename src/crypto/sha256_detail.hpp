// Between sha256.cpp, its kernel and its tests: compression of whole 64-byte blocks, and the choice
// of the kernel. State words are a…h of FIPS 180-4. The compress functions may only be called when
// processor_has_sha() (processor.hpp).
#pragma once

#include <cstddef>
#include <cstdint>

namespace cairn::crypto::detail {

inline constexpr std::size_t kBlockBytes = 64;

#if defined(__x86_64__)
void compress_one(std::uint32_t* state, const std::uint8_t* at, std::size_t blocks);
// The same number of blocks of two independent streams, interleaved.
void compress_two(std::uint32_t* state_a, const std::uint8_t* at_a, std::uint32_t* state_b,
                  const std::uint8_t* at_b, std::size_t blocks);
#else
inline void compress_one(std::uint32_t*, const std::uint8_t*, std::size_t) {}
inline void compress_two(std::uint32_t*, const std::uint8_t*, std::uint32_t*, const std::uint8_t*,
                         std::size_t) {}
#endif

// Tests and benches run the EVP fallback on any processor. Applies to later calls and later built
// Sha256 objects.
enum class Kernel { kBest, kEvpOnly };
void choose_kernel(Kernel kernel);

}  // namespace cairn::crypto::detail
