// A cheap look at a record before compressing it: already compressed data is recognised from
// samples.
#pragma once

#include "base/bytes.hpp"

namespace cairn::codec {

inline constexpr std::size_t kSampleBytes = 4'096;
inline constexpr std::size_t kSampleCount = 4;
inline constexpr double kHighEntropyBits = 7.8;  // such a sample of random bytes shows 7.99
inline constexpr double kRawEntropyBits = 7.75;  // such a plane is stored raw

// Compression that saves less than 3 % costs every reader time for nothing.
constexpr bool saves_enough(std::size_t stored_bytes, std::size_t plain_bytes) {
  return stored_bytes * 100 < plain_bytes * 97;
}

// kSampleCount pieces at even distances, joined; all of `plain` when it is not longer than that.
base::Bytes take_sample(base::ByteView plain);

// Order-0 entropy in bits per byte; 0 for no bytes. It does not see repetitions, so a high value
// calls for a trial of a compressor that does.
double entropy_bits(base::ByteView bytes);

}  // namespace cairn::codec
