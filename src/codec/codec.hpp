// Codecs of a record: plain bytes of 1..n chunks <-> payload. Numbers are on disk (cairn-store(5),
// CODECS). The encoder chooses; the decoder reads all of them for ever.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "cairn/result.hpp"
#include "codec/planes.hpp"

namespace cairn::codec {

enum class CodecId : std::uint8_t { kRaw = 0, kZstd = 1, kPlanes = 2, kDifference = 3, kPatch = 4 };

// "raw", "zstd", …, "codec 9"
std::string codec_name(std::uint8_t codec);

enum class Effort { kFast, kNormal, kRepack };  // zstd levels 1, 3, 9

struct Encoded {
  CodecId codec = CodecId::kRaw;
  base::Bytes payload;  // empty for kRaw: the payload is the plain bytes themselves, not copied
};

// What the caller knows about the bytes of one record. The views live as long as the call.
struct EncodeHints {
  std::optional<WordShape> words = {};         // one chunk of numbers, for planes and difference
  std::optional<WordShape> found = {};         // by find_words(): planes are better than zstd
  std::optional<base::ByteView> twin = {};     // an earlier version of that chunk, of the same size
  std::span<const base::ByteView> bases = {};  // earlier bytes that a patch may copy from: 1 to 8,
                                               // at most 1 MiB together
};

// How the numbers lie that a payload holds, for another encoding of the same chunk; nothing for
// codecs without words. A difference does not say whether its words are floats, so they are taken
// for such: for integers that costs next to nothing.
std::optional<WordShape> shape_of_payload(std::uint8_t codec, base::ByteView payload);

// Owns the zstd contexts of one thread; reuse it.
class Encoder {
 public:
  Encoder();
  ~Encoder();
  Encoder(Encoder&&) noexcept;
  // Chooses raw when a sample looks already compressed or zstd saves less than 3 %. Whatever is
  // returned was decoded and compared with `plain` before.
  Encoded encode(base::ByteView plain, Effort effort);
  // As above, with more to choose from: kDifference has the twin as its base, kPatch all bases.
  Encoded encode(base::ByteView plain, Effort effort, const EncodeHints& hints);
  // How numbers lie in bytes of which nothing is known, if they are such and it pays.
  std::optional<WordShape> find_words(base::ByteView region);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class Decoder {
 public:
  Decoder();
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  // Fills `plain`, whose size is the record's plain length. kTooNew: a codec, flag or method this
  // program does not know; kCorrupt: whatever cairn-store(5) refuses. `bases` are the plain bytes
  // of the record's bases, in its order.
  Status decode(std::uint8_t codec, base::ByteView payload, std::span<std::uint8_t> plain,
                std::span<const base::ByteView> bases = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cairn::codec
