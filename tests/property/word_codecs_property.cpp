// Planes, difference and patch: whatever the bytes, shape, phase and base, they come back. The
// cases come from a generator of our own, because there are many: CAIRN_CODEC_CASES, 20,000 unless
// told (the test labelled `slow` runs two million), from CAIRN_CODEC_SEED.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>

#include "codec/codec.hpp"
#include "codec/difference.hpp"
#include "codec/patch.hpp"
#include "codec/words.hpp"

namespace cairn::codec {
namespace {

using base::Bytes;
using base::ByteView;

constexpr std::uint64_t kUsualCases = 20'000;

std::uint64_t number_of(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): one thread
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// The bit patterns that arithmetic on floats would lose: NaN with payloads, denormals, -0.0,
// infinities, and the ends of integers.
constexpr std::uint64_t kAwkwardWords[] = {
    0x0000000000000000, 0x8000000000000000, 0x7ff0000000000001, 0xfff8dead0000beef,
    0x7fc0000180000000, 0xff80000100000001, 0x0000000100000001, 0x8000800080008000,
    0x7f807f817fc1ffc0, 0x7fffffffffffffff, 0xffffffffffffffff, 0x0101010101010101};

class Cases {
 public:
  explicit Cases(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  WordShape shape() {
    const auto width = static_cast<std::uint8_t>(1U << below(4));
    return {width, static_cast<std::uint8_t>(below(width)), below(2) == 0};
  }
  // Mostly short, now and then above the sizes at which policies change.
  std::size_t size() {
    const auto kind = below(1'000);
    if (kind == 0) return below(std::uint64_t{1} << 20) + 1;
    if (kind < 20) return below(80'000);
    return below(600);
  }
  Bytes bytes(std::size_t size) {
    Bytes out(size);
    const auto kind = below(5);
    const auto shared = random_();
    for (std::size_t i = 0; i < size; i += 8) {
      std::uint64_t word = random_();
      if (kind == 0) word = kAwkwardWords[below(std::size(kAwkwardWords))];
      if (kind == 1) word = shared;                                            // runs
      if (kind == 2) word = (word & 0x000fffff001f003f) | 0x3d8000003f80bf00;  // like weights
      if (kind == 3) word = shared + i;
      std::memcpy(out.data() + i, &word, std::min<std::size_t>(8, size - i));
    }
    return out;
  }
  // An earlier version of `bytes`: alike, equal or another thing altogether; of the same size.
  Bytes twin_of(const Bytes& bytes) {
    const auto kind = below(4);
    if (kind == 0) return this->bytes(bytes.size());
    Bytes twin = bytes;
    if (kind == 1 || twin.empty()) return twin;
    const auto changes = kind == 2 ? 1 + below(5) : twin.size() / 3;
    for (std::uint64_t i = 0; i < changes; ++i) {
      auto& byte = twin[below(twin.size())];
      byte = static_cast<std::uint8_t>(byte + below(kind == 2 ? 256 : 3));
    }
    return twin;
  }

 private:
  std::mt19937_64 random_;
};

class Laws {
 public:
  explicit Laws(std::uint64_t seed) : cases_(seed) {}

  void hold_once() {
    const Bytes plain = cases_.bytes(cases_.size());
    const Bytes twin = cases_.twin_of(plain);
    const WordShape shape = cases_.shape();
    kernels_agree(plain, twin, shape);
    if (const auto planes = planes_.encode(plain, shape, std::nullopt, zstd_)) {
      comes_back(CodecId::kPlanes, *planes, plain, {});
      foreign(CodecId::kPlanes, *planes, plain, {});
    }
    const ByteView base(twin);
    if (const auto difference = encode_difference(planes_, plain, shape, twin, zstd_)) {
      comes_back(CodecId::kDifference, *difference, plain, {&base, 1});
      foreign(CodecId::kDifference, *difference, plain, {&base, 1});
    }
    patched(plain, twin);
    chosen(plain, twin, shape);
  }

 private:
  void comes_back(CodecId codec, ByteView payload, const Bytes& plain,
                  std::span<const ByteView> bases) {
    back_.assign(plain.size(), 0xee);
    const Status status = decoder_.decode(static_cast<std::uint8_t>(codec), payload, back_, bases);
    ASSERT_TRUE(status.ok()) << status.error().message();
    ASSERT_EQ(back_, plain) << codec_name(static_cast<std::uint8_t>(codec));
  }

  // One byte changed: refused, or other bytes; never a crash, and the decoder is as good as before.
  void foreign(CodecId codec, Bytes payload, const Bytes& plain, std::span<const ByteView> bases) {
    if (payload.empty() || cases_.below(4) != 0) return;
    const auto at = cases_.below(2) == 0 ? cases_.below(std::min<std::size_t>(payload.size(), 60))
                                         : cases_.below(payload.size());
    payload[at] ^= static_cast<std::uint8_t>(1 + cases_.below(255));
    back_.assign(plain.size(), 0xee);
    const Status status = decoder_.decode(static_cast<std::uint8_t>(codec), payload, back_, bases);
    ASSERT_TRUE(status.ok() || status.error().code() == Code::kCorrupt ||
                status.error().code() == Code::kTooNew);
  }

  void kernels_agree(const Bytes& plain, const Bytes& twin, const WordShape& shape) {
    const auto layout = layout_words(shape, plain.size());
    if (!layout) return;
    const WordChange change = WordChange(cases_.below(3));
    const WordRun run{shape.word_bytes, change, layout->words, twin.data() + layout->head_bytes};
    const std::uint8_t* const words = plain.data() + layout->head_bytes;
    Bytes planes[3];
    for (const int kernel : {0, 1, 2}) {
      planes[kernel].resize(layout->words * shape.word_bytes);
      PlanesOut out{};
      for (std::size_t k = 0; k < shape.word_bytes; ++k)
        out[k] = planes[kernel].data() + k * layout->words;
      split_words(run, words, out, WordKernel(kernel));
    }
    ASSERT_EQ(planes[0], planes[2]);
    ASSERT_EQ(planes[1], planes[2]);
    for (const int kernel : {0, 1, 2}) {
      PlanesIn in{};
      for (std::size_t k = 0; k < shape.word_bytes; ++k)
        in[k] = planes[0].data() + k * layout->words;
      back_.assign(planes[0].size(), 0xee);
      join_words(run, in, back_.data(), WordKernel(kernel));
      ASSERT_TRUE(std::equal(back_.begin(), back_.end(), words));
    }
  }

  void patched(const Bytes& plain, const Bytes& twin) {
    if (twin.empty()) return;
    std::vector<ByteView> bases;
    const std::size_t count = 1 + cases_.below(kMaxPatchBases);
    for (std::size_t i = 0; i < count; ++i) {
      const auto from = i * twin.size() / count;
      bases.push_back(ByteView(twin).subspan(from, (i + 1) * twin.size() / count - from));
    }
    const auto prefix = prefix_.join(bases);
    ASSERT_TRUE(prefix.has_value());
    Bytes payload(ZstdCompressor::bound(plain.size()));
    const auto size = encode_patch(zstd_, plain, *prefix, 1, payload);
    ASSERT_TRUE(size.has_value());
    payload.resize(*size);
    comes_back(CodecId::kPatch, payload, plain, bases);
    foreign(CodecId::kPatch, payload, plain, bases);
  }

  void chosen(const Bytes& plain, const Bytes& twin, const WordShape& shape) {
    EncodeHints hints;
    const ByteView base(twin);
    if (cases_.below(4) != 0) hints.words = shape;
    if (cases_.below(2) == 0) hints.twin = base;
    if (cases_.below(2) == 0) hints.bases = {&base, 1};
    const Encoded encoded = encoder_.encode(plain, Effort::kFast, hints);
    if (encoded.codec == CodecId::kRaw) {
      ASSERT_TRUE(encoded.payload.empty());
      return;
    }
    ASSERT_LT(encoded.payload.size() * 100, plain.size() * 97);
    const bool takes_base = encoded.codec >= CodecId::kDifference;
    comes_back(encoded.codec, encoded.payload, plain,
               std::span<const ByteView>(&base, takes_base ? 1 : 0));
  }

  Cases cases_;
  ZstdCompressor zstd_;
  PlanesEncoder planes_;
  PatchPrefix prefix_;
  Encoder encoder_;
  Decoder decoder_;
  Bytes back_;
};

TEST(WordCodecsProperty, BytesAlwaysComeBack) {
  const std::uint64_t cases = number_of("CAIRN_CODEC_CASES", kUsualCases);
  const std::uint64_t seed = number_of("CAIRN_CODEC_SEED", 1);
  Laws laws(seed);
  for (std::uint64_t i = 0; i < cases; ++i) {
    laws.hold_once();
    ASSERT_FALSE(testing::Test::HasFailure()) << "case " << i << " of seed " << seed;
  }
}

}  // namespace
}  // namespace cairn::codec
