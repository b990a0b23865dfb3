// Payloads of codecs 2 and 3: the byte planes of a chunk's words, each raw or a zstd frame.
// cairn-store(5), Planes. difference.hpp adds the rules about the base.
#pragma once

#include <array>
#include <optional>

#include "base/bytes.hpp"
#include "cairn/result.hpp"
#include "codec/words.hpp"
#include "codec/zstd_coder.hpp"

namespace cairn::codec {

// How a chunk is made of words.
struct WordShape {
  std::uint8_t word_bytes = 1;  // 1, 2, 4, 8
  std::uint8_t head_bytes = 0;  // before the first word; below word_bytes
  bool rotate = false;          // floats: see WordChange::kRotate
  bool operator==(const WordShape&) const = default;
};

inline constexpr std::size_t kPlanesFixedBytes = 2;
inline constexpr std::size_t kPlaneEntryBytes = 5;

// The shape that a payload names, unchecked.
std::optional<WordShape> shape_of_planes(base::ByteView payload);

// What lies where in a chunk of `plain_bytes`; nothing unless there is at least one word.
struct WordLayout {
  std::size_t head_bytes = 0;
  std::size_t words = 0;
  std::size_t tail_bytes = 0;
};
std::optional<WordLayout> layout_words(const WordShape& shape, std::size_t plain_bytes);

// Buffers grow to the largest chunk and stay.
class PlanesEncoder {
 public:
  // The payload, or nothing when it would not be shorter than `plain` or the shape does not fit.
  // `base` has plain's size, and makes a difference of it. Deterministic; not yet compared.
  std::optional<base::Bytes> encode(base::ByteView plain, const WordShape& shape,
                                    std::optional<base::ByteView> base, ZstdCompressor& zstd);

 private:
  std::size_t store_plane(base::ByteView plane, std::span<std::uint8_t> out, std::uint8_t& method,
                          ZstdCompressor& zstd);

  std::optional<std::size_t> compress_both_ways(base::ByteView plane, std::span<std::uint8_t> out,
                                                ZstdCompressor& zstd);

  base::Bytes planes_;
  base::Bytes payload_;
  base::Bytes sample_;
  base::Bytes coded_;
};

class PlanesDecoder {
 public:
  // Fills `plain`; `base` of plain's size for codec 3. kTooNew: a flag or a plane's method that
  // this program does not know; kCorrupt: anything else that cairn-store(5) refuses.
  Status decode(base::ByteView payload, std::optional<base::ByteView> base,
                std::span<std::uint8_t> plain, ZstdDecompressor& zstd);

 private:
  base::Bytes planes_;
};

}  // namespace cairn::codec
