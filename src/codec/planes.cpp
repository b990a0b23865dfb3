#include "codec/planes.hpp"

#include <algorithm>
#include <bit>

#include "base/assert.hpp"
#include "codec/sample.hpp"

namespace cairn::codec {
namespace {

using base::ByteView;

constexpr std::uint8_t kRotateFlag = 1;
constexpr unsigned kHeadShift = 1;  // flags bits 1 to 3
constexpr std::uint8_t kKnownFlags = kRotateFlag | 7U << kHeadShift;
constexpr std::uint8_t kPlaneRaw = 0;
constexpr std::uint8_t kPlaneZstd = 1;

// The encoder's policy for one plane, measured on weights, their differences and Adam's state; it
// may change without a change of the format.
constexpr std::size_t kEntropySampleBytes = 1'024;  // four of them
constexpr double kFlatEntropyBits =
    1.6;  // below, runs of one byte: matches mostly beat Huffman codes
constexpr double kRunEntropyBits = 0.8;          // below, they always do
constexpr std::size_t kSmallPlaneBytes = 8'192;  // tried with matches at once
constexpr std::size_t kTrialBytes = 4'096;       // two of them
constexpr double kTrialShare = 0.92;             // of the entropy, above which matches don't pay
constexpr double kHuffmanFloorBits = 1.05;       // a code has a bit at least, plus its table
constexpr std::size_t kLargePlaneBytes = 128 << 10;  // worth a sample that large
constexpr std::size_t kLargeSamples = 4, kLargeSampleBytes = 8 << 10;
constexpr double kClearlyWorse = 1.1;
constexpr int kMatchLevel = 1;  // level 3 is slower and on planes no smaller

Error bad_planes(const char* why) {
  return Error(Code::kCorrupt, std::string("bad planes payload: ") + why);
}

WordChange change_of(const WordShape& shape, bool has_base) {
  if (has_base) return WordChange::kDifference;
  return shape.rotate ? WordChange::kRotate : WordChange::kNone;
}

WordRun run_of(const WordShape& shape, const WordLayout& layout,
               const std::optional<ByteView>& base) {
  return {shape.word_bytes, change_of(shape, base.has_value()), layout.words,
          base ? base->data() + layout.head_bytes : nullptr};
}

// `count` pieces of `bytes` at even distances over the plane, joined.
void sample_plane(ByteView plane, std::size_t count, std::size_t bytes, base::Bytes& sample) {
  sample.clear();
  for (std::size_t i = 0; i < count; ++i) {
    const auto piece = plane.subspan((plane.size() - bytes) * i / (count - 1), bytes);
    sample.insert(sample.end(), piece.begin(), piece.end());
  }
}

struct PlaneEntry {
  std::uint8_t method = kPlaneRaw;
  std::uint32_t stored_bytes = 0;
};

struct Payload {
  WordShape shape;
  WordLayout layout;
  std::array<PlaneEntry, kMaxWordBytes> entries;
  ByteView stored;  // of all planes
  ByteView ends;    // head, then tail
};

Status read_entries(base::ByteReader& in, Payload& out) {
  std::uint64_t stored = 0;
  for (std::size_t k = 0; k < out.shape.word_bytes; ++k) {
    out.entries[k] = {in.u8(), in.u32()};
    if (out.entries[k].method > kPlaneZstd) {
      return Error(Code::kTooNew, "a byte plane is stored with method " +
                                      std::to_string(out.entries[k].method) +
                                      ", which this version of cairn can't read");
    }
    if (out.entries[k].method == kPlaneRaw && out.entries[k].stored_bytes != out.layout.words) {
      return bad_planes("a raw plane of another length");
    }
    stored += out.entries[k].stored_bytes;
  }
  const std::size_t ends = out.layout.head_bytes + out.layout.tail_bytes;
  if (!in.ok() || in.remaining() < ends || in.remaining() - ends != stored) {
    return bad_planes("its length is not what its planes add up to");
  }
  out.stored = in.raw(static_cast<std::size_t>(stored));
  out.ends = in.raw(ends);
  return {};
}

WordShape shape_of(std::uint8_t word_bytes, std::uint8_t flags) {
  return {word_bytes, static_cast<std::uint8_t>((flags & kKnownFlags) >> kHeadShift),
          (flags & kRotateFlag) != 0};
}

Result<Payload> read_payload(ByteView payload, bool has_base, std::size_t plain_bytes) {
  base::ByteReader in(payload);
  Payload out;
  const std::uint8_t word_bytes = in.u8();
  const std::uint8_t flags = in.u8();
  if (!in.ok()) return bad_planes("cut short");
  if ((flags & ~kKnownFlags) != 0) {
    return Error(Code::kTooNew, "byte planes with flags that this version of cairn does not know");
  }
  out.shape = shape_of(word_bytes, flags);
  if (out.shape.rotate && has_base) return bad_planes("a difference of rotated words");
  const auto layout = layout_words(out.shape, plain_bytes);
  if (!layout) return bad_planes("an impossible word size or head");
  out.layout = *layout;
  CAIRN_CHECK(read_entries(in, out));
  return out;
}

}  // namespace

std::optional<WordShape> shape_of_planes(ByteView payload) {
  if (payload.size() < kPlanesFixedBytes) return std::nullopt;
  return shape_of(payload[0], payload[1]);
}

std::optional<WordLayout> layout_words(const WordShape& shape, std::size_t plain_bytes) {
  if (shape.word_bytes > kMaxWordBytes || !std::has_single_bit(shape.word_bytes)) return {};
  if (shape.head_bytes >= shape.word_bytes || shape.head_bytes > plain_bytes) return {};
  const std::size_t body = plain_bytes - shape.head_bytes;
  const WordLayout layout{shape.head_bytes, body / shape.word_bytes, body % shape.word_bytes};
  if (layout.words == 0) return {};
  return layout;
}

// A large sample mostly tells matches from Huffman codes, and where it does not, all of the plane
// does. Matches gain by what lies farther back than a sample reaches, so they must lose clearly.
std::optional<std::size_t> PlanesEncoder::compress_both_ways(ByteView plane,
                                                             std::span<std::uint8_t> out,
                                                             ZstdCompressor& zstd) {
  const std::size_t room = ZstdCompressor::bound(plane.size());
  if (coded_.size() < room) coded_.resize(room);
  if (plane.size() >= kLargePlaneBytes) {
    sample_plane(plane, kLargeSamples, kLargeSampleBytes, sample_);
    const auto coded = zstd.compress(sample_, kEntropyOnlyLevel, coded_);
    const auto matched = zstd.compress(sample_, kMatchLevel, out);
    const double share = coded && matched
                             ? static_cast<double>(*matched) / static_cast<double>(*coded)
                             : kClearlyWorse;
    if (share <= 1) return zstd.compress(plane, kMatchLevel, out);
    if (share > kClearlyWorse) return zstd.compress(plane, kEntropyOnlyLevel, out);
  }
  const auto coded = zstd.compress(plane, kEntropyOnlyLevel, coded_);
  const auto matched = zstd.compress(plane, kMatchLevel, out);
  if (!coded || (matched && *matched <= *coded)) return matched;
  std::copy_n(coded_.begin(), *coded, out.begin());
  return coded;
}

// Bytes put into `out`, which has room for a frame of any plane.
std::size_t PlanesEncoder::store_plane(ByteView plane, std::span<std::uint8_t> out,
                                       std::uint8_t& method, ZstdCompressor& zstd) {
  int level = kMatchLevel;
  double bits = 0;
  if (plane.size() > kSmallPlaneBytes) {
    sample_plane(plane, 4, kEntropySampleBytes, sample_);
    bits = entropy_bits(sample_);
    if (bits >= kFlatEntropyBits && bits <= kRawEntropyBits) {
      sample_plane(plane, 2, kTrialBytes, sample_);
      const double huffman = std::max(bits, kHuffmanFloorBits) / 8;
      const auto tried = zstd.compress(sample_, kMatchLevel, out);
      const double matched =
          static_cast<double>(tried.value_or(sample_.size())) / static_cast<double>(sample_.size());
      if (matched >= kTrialShare * huffman) level = kEntropyOnlyLevel;
    }
  }
  if (bits <= kRawEntropyBits) {
    const bool flat = bits >= kRunEntropyBits && bits < kFlatEntropyBits;
    const auto stored =
        flat ? compress_both_ways(plane, out, zstd) : zstd.compress(plane, level, out);
    method = kPlaneZstd;
    if (stored && saves_enough(*stored, plane.size())) return *stored;
  }
  method = kPlaneRaw;
  std::copy(plane.begin(), plane.end(), out.begin());
  return plane.size();
}

std::optional<base::Bytes> PlanesEncoder::encode(ByteView plain, const WordShape& shape,
                                                 std::optional<ByteView> base,
                                                 ZstdCompressor& zstd) {
  const auto layout = layout_words(shape, plain.size());
  if (!layout) return std::nullopt;
  CAIRN_ASSERT(!base || base->size() == plain.size());
  const std::size_t words = layout->words;
  const std::size_t width = shape.word_bytes;
  if (planes_.size() < words * width) planes_.resize(words * width);
  PlanesOut planes{};
  for (std::size_t k = 0; k < width; ++k) planes[k] = planes_.data() + k * words;
  split_words(run_of(shape, *layout, base), plain.data() + layout->head_bytes, planes);

  const std::size_t header = kPlanesFixedBytes + width * kPlaneEntryBytes;
  const std::size_t ends = layout->head_bytes + layout->tail_bytes;
  const std::size_t room = header + width * std::max(words, ZstdCompressor::bound(words)) + ends;
  if (payload_.size() < room) payload_.resize(room);
  base::Bytes& payload = payload_;
  payload[0] = shape.word_bytes;
  payload[1] = static_cast<std::uint8_t>((shape.rotate && !base ? kRotateFlag : 0) |
                                         shape.head_bytes << kHeadShift);
  std::size_t at = header;
  for (std::size_t k = 0; k < width; ++k) {
    std::uint8_t* const entry = payload.data() + kPlanesFixedBytes + k * kPlaneEntryBytes;
    const auto stored = static_cast<std::uint32_t>(
        store_plane({planes[k], words}, std::span(payload).subspan(at), entry[0], zstd));
    std::memcpy(entry + 1, &stored, sizeof stored);
    at += stored;
  }
  const auto put = [&](ByteView bytes) {
    std::copy(bytes.begin(), bytes.end(), payload.begin() + static_cast<std::ptrdiff_t>(at));
    at += bytes.size();
  };
  put(plain.first(layout->head_bytes));
  put(plain.last(layout->tail_bytes));
  if (at >= plain.size()) return std::nullopt;
  // One copy of what is stored: a fresh zeroed buffer of the bound for each chunk is dearer.
  return base::Bytes(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(at));
}

Status PlanesDecoder::decode(ByteView payload, std::optional<ByteView> base,
                             std::span<std::uint8_t> plain, ZstdDecompressor& zstd) {
  CAIRN_ASSERT(!base || base->size() == plain.size());
  CAIRN_TRY(const Payload in, read_payload(payload, base.has_value(), plain.size()));
  const std::size_t words = in.layout.words;
  if (planes_.size() < words * in.shape.word_bytes) planes_.resize(words * in.shape.word_bytes);
  PlanesIn planes{};
  ByteView rest = in.stored;
  for (std::size_t k = 0; k < in.shape.word_bytes; ++k) {
    const ByteView stored = rest.first(in.entries[k].stored_bytes);
    rest = rest.subspan(stored.size());
    planes[k] = stored.data();
    if (in.entries[k].method == kPlaneRaw) continue;
    const std::span<std::uint8_t> plane(planes_.data() + k * words, words);
    CAIRN_CHECK(zstd.decompress(stored, plane));
    planes[k] = plane.data();
  }
  join_words(run_of(in.shape, in.layout, base), planes, plain.data() + in.layout.head_bytes);
  const auto head = static_cast<std::ptrdiff_t>(in.layout.head_bytes);
  std::copy(in.ends.begin(), in.ends.begin() + head, plain.begin());
  std::copy(in.ends.begin() + head, in.ends.end(),
            plain.end() - static_cast<std::ptrdiff_t>(in.layout.tail_bytes));
  return {};
}

}  // namespace cairn::codec
