// One whole record of each codec that has a layout of its own, byte for byte, and the plain bytes
// that they must give for ever.
#include "codec/codec.hpp"
#include "crypto/sha256.hpp"
#include "format/pack.hpp"
#include "golden/golden_file.hpp"
#include "unit/format/refusals.hpp"

namespace cairn::format {
namespace {

using base::Bytes;
using base::ByteView;

constexpr std::size_t kWords = 420;
constexpr std::size_t kPlainBytes = 1 + 2 * kWords + 1;  // a head and a tail byte

Bytes from_hex(std::string_view text) {
  Bytes bytes(text.size() / 2);
  EXPECT_TRUE(base::from_hex(text, bytes));
  return bytes;
}
// Frames as literal bytes: another release of zstd may compress in another way. This one holds
// "all work and no play\n" twenty times.
Bytes line_frame() {
  return from_hex("28b52ffd60a400e50000a8616c6c20776f726b20616e64206e6f20706c61790a010019519d4c");
}
std::uint8_t line_byte(std::size_t i) {
  return static_cast<std::uint8_t>("all work and no play\n"[i % 21]);
}
std::uint8_t low_byte(std::size_t i) { return static_cast<std::uint8_t>(i * 7); }

// Words of two bytes behind one head byte: the upper plane a frame, the lower raw.
Bytes planes_payload(std::uint8_t flags) {
  const Bytes frame = line_frame();
  base::ByteWriter out;
  out.u8(2);
  out.u8(flags);
  out.u8(1);
  out.u32(static_cast<std::uint32_t>(frame.size()));
  out.u8(0);
  out.u32(kWords);
  out.raw(frame);
  for (std::size_t i = 0; i < kWords; ++i) out.u8(low_byte(i));
  out.u8('<');
  out.u8('>');
  return std::move(out).take();
}

Bytes plain_of_words(const std::vector<unsigned>& words) {
  Bytes plain = {'<'};
  for (const unsigned word : words) {
    plain.push_back(static_cast<std::uint8_t>(word));
    plain.push_back(static_cast<std::uint8_t>(word >> 8));
  }
  plain.push_back('>');
  return plain;
}

Bytes record_of(std::uint8_t codec, ByteView payload, std::size_t plain_bytes,
                const std::vector<ByteView>& bases) {
  RecordHeader header;
  header.codec = codec;
  header.plain_bytes = static_cast<std::uint32_t>(plain_bytes);
  header.chunk_lengths = {header.plain_bytes};
  for (const ByteView base : bases) header.bases.push_back(crypto::sha256(base).as<ChunkId>());
  return joined(encode_record_header(header, payload), payload);
}

void expect_gives(const Bytes& file, const std::vector<ByteView>& bases, const Bytes& plain) {
  const auto record = decode_record(file);
  ASSERT_TRUE(accepted(record));
  Bytes back(record->header.plain_bytes);
  ASSERT_TRUE(
      accepted(codec::Decoder().decode(record->header.codec, record->payload, back, bases)));
  EXPECT_EQ(back, plain);
}

TEST(GoldenRecord, RotatedPlanes) {
  const Bytes file =
      golden("record-planes.bin", record_of(2, planes_payload(1 | 1 << 1), kPlainBytes, {}));
  std::vector<unsigned> words;
  for (std::size_t i = 0; i < kWords; ++i) {
    const unsigned rotated = static_cast<unsigned>(line_byte(i)) << 8 | low_byte(i);
    words.push_back(rotated >> 1 | (rotated & 1) << 15);
  }
  expect_gives(file, {}, plain_of_words(words));
}

TEST(GoldenRecord, Difference) {
  Bytes base(kPlainBytes);
  for (std::size_t i = 0; i < base.size(); ++i) base[i] = static_cast<std::uint8_t>(i * 11 + 3);
  const Bytes file =
      golden("record-difference.bin", record_of(3, planes_payload(1 << 1), kPlainBytes, {base}));
  std::vector<unsigned> words;
  for (std::size_t i = 0; i < kWords; ++i) {
    const unsigned z = static_cast<unsigned>(line_byte(i)) << 8 | low_byte(i);
    const unsigned d = (z & 1) != 0 ? ~(z >> 1) : z >> 1;
    words.push_back((d + base[1 + 2 * i] + (static_cast<unsigned>(base[2 + 2 * i]) << 8)) & 0xffff);
  }
  expect_gives(file, {base}, plain_of_words(words));
}

TEST(GoldenRecord, Patch) {
  Bytes first(300);
  Bytes second(300);
  for (std::size_t i = 0; i < 300; ++i) {
    first[i] = static_cast<std::uint8_t>(i * i >> 2 ^ i);
    second[i] = static_cast<std::uint8_t>(i * i >> 3 ^ i * 5);
  }
  const std::vector<ByteView> bases = {first, second};
  Bytes plain = joined(first, second);  // and three edits
  plain[100] = '!';
  plain[420] = '!';
  plain.insert(plain.begin() + 300, {'n', 'e', 'w'});
  const Bytes frame = from_hex("28b52ffd605b01b5000028216e6577210400304089ea45a44304d4852da90802");
  expect_gives(golden("record-patch-frame.bin", record_of(4, frame, plain.size(), bases)), bases,
               plain);
}

}  // namespace
}  // namespace cairn::format
