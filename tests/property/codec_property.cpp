// Whatever the bytes: they come back, and no payload makes the decoder lie about what it read.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

#include "codec/codec.hpp"

namespace cairn::codec {
namespace {

using base::Bytes;

// Runs of one byte, noise and repeats of earlier bytes: what compressors look for.
Bytes structured_bytes() {
  Bytes bytes;
  for (int parts = *rc::gen::inRange(0, 8); parts > 0; --parts) {
    const auto length = *rc::gen::inRange<std::size_t>(0, 20'000);
    const auto kind = *rc::gen::inRange(0, 3);
    if (kind == 0) {
      bytes.insert(bytes.end(), length, *rc::gen::arbitrary<std::uint8_t>());
    } else if (kind == 1 && !bytes.empty()) {
      const auto from = *rc::gen::inRange<std::size_t>(0, bytes.size());
      for (std::size_t i = 0; i < length; ++i) bytes.push_back(bytes[from + i]);
    } else {
      auto word = *rc::gen::arbitrary<std::uint64_t>() | 1;
      for (std::size_t i = 0; i < length; ++i) {
        word = word * 6'364'136'223'846'793'005 + 1'442'695'040'888'963'407;
        bytes.push_back(static_cast<std::uint8_t>(word >> 56));
      }
    }
  }
  return bytes;
}

Effort any_effort() { return *rc::gen::element(Effort::kFast, Effort::kNormal, Effort::kRepack); }

RC_GTEST_PROP(CodecProperty, EveryRecordComesBack, ()) {
  const Bytes plain = structured_bytes();
  const Encoded encoded = Encoder().encode(plain, any_effort());
  RC_TAG(codec_name(static_cast<std::uint8_t>(encoded.codec)));
  Bytes back(plain.size());
  if (encoded.codec == CodecId::kRaw) {
    RC_ASSERT(encoded.payload.empty());
    RC_ASSERT(Decoder().decode(0, plain, back).ok());
  } else {
    RC_ASSERT(encoded.codec == CodecId::kZstd);
    RC_ASSERT(encoded.payload.size() * 100 < plain.size() * 97);
    RC_ASSERT(Decoder().decode(1, encoded.payload, back).ok());
  }
  RC_ASSERT(back == plain);
}

RC_GTEST_PROP(CodecProperty, EncodingIsAFunctionOfTheBytes, ()) {
  const Bytes first = structured_bytes();
  const Bytes second = structured_bytes();
  const Effort effort = any_effort();
  Encoder used;
  used.encode(first, any_effort());
  const Encoded again = used.encode(second, effort);
  const Encoded fresh = Encoder().encode(second, effort);
  RC_ASSERT(again.codec == fresh.codec);
  RC_ASSERT(again.payload == fresh.payload);
}

RC_GTEST_PROP(CodecProperty, ForeignBytesAreRefusedOrFitExactly, (const Bytes& noise)) {
  Bytes payload = {0x28, 0xb5, 0x2f, 0xfd};
  payload.insert(payload.end(), noise.begin(), noise.end());
  Bytes plain(*rc::gen::inRange<std::size_t>(0, 2'000));
  const Status status = Decoder().decode(1, payload, plain);
  RC_ASSERT(status.ok() || status.error().code() == Code::kCorrupt);
}

RC_GTEST_PROP(CodecProperty, AnotherLengthIsRefused, ()) {
  const Bytes plain = structured_bytes();
  const Encoded encoded = Encoder().encode(plain, Effort::kFast);
  const auto codec = static_cast<std::uint8_t>(encoded.codec);
  const Bytes& payload = encoded.codec == CodecId::kRaw ? plain : encoded.payload;
  const auto size = *rc::gen::inRange<std::size_t>(0, plain.size() * 2 + 2);
  RC_PRE(size != plain.size());
  Bytes out(size);
  RC_ASSERT(!Decoder().decode(codec, payload, out).ok());
}

}  // namespace
}  // namespace cairn::codec
