// NumberRegion: a stretch of a file of which nothing is known. It is tried once for numbers, by
// the first who encodes some of it; what comes out depends on its bytes alone.
#pragma once

#include <mutex>
#include <optional>

#include "codec/codec.hpp"

namespace cairn::store::detail {

inline constexpr std::size_t kNumberRegionBytes = std::size_t{2} << 20;

class NumberRegion {
 public:
  // `bytes` live as long as anybody asks.
  explicit NumberRegion(base::ByteView bytes) : bytes_(bytes) {}

  // From any thread.
  std::optional<codec::WordShape> words(codec::Encoder& encoder) {
    std::call_once(once_, [&] { words_ = encoder.find_words(bytes_); });
    return words_;
  }

 private:
  const base::ByteView bytes_;
  std::once_flag once_;
  std::optional<codec::WordShape> words_;
};

}  // namespace cairn::store::detail
