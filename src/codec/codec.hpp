// Codecs of a record: plain bytes of 1..n chunks <-> payload. Numbers are on disk (cairn-store(5),
// CODECS). Written here: raw and zstd. planes, difference and patch are reserved numbers that a
// reader names in its error.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.hpp"
#include "cairn/result.hpp"

namespace cairn::codec {

enum class CodecId : std::uint8_t { kRaw = 0, kZstd = 1, kPlanes = 2, kDifference = 3, kPatch = 4 };

// "raw", "zstd", …, "codec 9"
std::string codec_name(std::uint8_t codec);

enum class Effort { kFast, kNormal, kRepack };  // zstd levels 1, 3, 9

struct Encoded {
  CodecId codec = CodecId::kRaw;
  base::Bytes payload;  // empty for kRaw: the payload is the plain bytes themselves, not copied
};

// Owns the zstd contexts of one thread; reuse it.
class Encoder {
 public:
  Encoder();
  ~Encoder();
  Encoder(Encoder&&) noexcept;
  // Chooses raw when a sample looks already compressed or zstd saves less than 3 %. Whatever is
  // returned was decoded and compared with `plain` before.
  Encoded encode(base::ByteView plain, Effort effort);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class Decoder {
 public:
  Decoder();
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  // Fills `plain`, whose size is the record's plain length. kTooNew: a codec this program does not
  // know; kCorrupt: bytes left over, no content size, another size, a dictionary id, a window above
  // 2 MiB, a concatenated frame.
  Status decode(std::uint8_t codec, base::ByteView payload, std::span<std::uint8_t> plain);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cairn::codec
