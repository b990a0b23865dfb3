// Common to the harnesses of codecs: input is plain size (4 bytes, little-endian), number of bases
// (1), then the payload. What decodes must decode to the same bytes again, in a decoder that has
// seen nothing else, whatever the memory held before.
#pragma once

#include "codec/codec.hpp"
#include "fuzzing.hpp"

namespace cairn::fuzz {

inline constexpr std::size_t kMostPlainBytes = std::size_t{1} << 20;

// Deterministic, with repeats for matches to copy.
inline base::Bytes base_bytes(std::size_t size) {
  base::Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * i >> 3 ^ i);
  return bytes;
}

inline void decode_twice(codec::CodecId codec, const std::uint8_t* data, std::size_t size) {
  if (size < 5) return;
  const std::size_t plain_bytes = base::load_le<std::uint32_t>(data) % (kMostPlainBytes + 1);
  const base::ByteView payload(data + 5, size - 5);
  const base::Bytes base = base_bytes(codec == codec::CodecId::kPatch ? 4'096 : plain_bytes);
  const std::vector<base::ByteView> bases(data[4] % 10, base);
  static codec::Decoder used;
  base::Bytes first(plain_bytes, 0x11);
  base::Bytes second(plain_bytes, 0x22);
  const auto number = static_cast<std::uint8_t>(codec);
  const Status one = used.decode(number, payload, first, bases);
  const Status two = codec::Decoder().decode(number, payload, second, bases);
  require(one.ok() == two.ok(), "the same answer");
  if (one.ok()) {
    require(first == second, "the same bytes");
  } else {
    require(one.error().code() == Code::kCorrupt || one.error().code() == Code::kTooNew,
            "a refusal says why");
  }
}

}  // namespace cairn::fuzz
