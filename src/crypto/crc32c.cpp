#include "crypto/crc32c.hpp"

#include <array>

#include "crypto/crc32c_detail.hpp"
#include "crypto/processor.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace cairn::crypto {
namespace {

using base::ByteView;

constexpr std::uint32_t kPolynomial = 0x82f63b78;
// Of each of the three lanes; short enough for 4 KiB payloads to gain.
constexpr std::size_t kLaneBytes = 1024;

struct CrcTables {
  // slices[k][b]: remainder of byte b followed by k zero bytes.
  std::array<std::array<std::uint32_t, 256>, 8> slices;
  // skip[k][b]: byte k of a remainder after kLaneBytes zero bytes.
  std::array<std::array<std::uint32_t, 256>, 4> skip;

  CrcTables();
};

CrcTables::CrcTables() {
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t remainder = b;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = remainder >> 1 ^ (remainder & 1 ? kPolynomial : 0);
    }
    slices[0][b] = remainder;
  }
  const auto append_zero = [this](std::uint32_t crc) { return crc >> 8 ^ slices[0][crc & 255]; };
  for (std::size_t k = 1; k < slices.size(); ++k) {
    for (std::size_t b = 0; b < 256; ++b) slices[k][b] = append_zero(slices[k - 1][b]);
  }
  // Skipping is linear: from the images of the 32 single bits follow those of all bytes.
  for (unsigned bit = 0; bit < 32; ++bit) {
    std::uint32_t crc = std::uint32_t{1} << bit;
    for (std::size_t i = 0; i < kLaneBytes; ++i) crc = append_zero(crc);
    skip[bit / 8][std::size_t{1} << bit % 8] = crc;
  }
  for (auto& table : skip) {
    table[0] = 0;
    for (std::size_t b = 1; b < 256; ++b) table[b] = table[b & (b - 1)] ^ table[b & ~(b - 1)];
  }
}

const CrcTables& crc_tables() {
  static const CrcTables tables;
  return tables;
}

// Product of two polynomials mod the CRC's; reflected, so bit 31 is x^0.
std::uint32_t multiply(std::uint32_t a, std::uint32_t b) {
  std::uint32_t product = 0;
  for (int bit = 31; bit >= 0; --bit) {
    product ^= b & (0 - (a >> bit & 1));
    b = b >> 1 ^ (kPolynomial & (0 - (b & 1)));
  }
  return product;
}

// powers[k][b]: x to the number of bits of b * 256^k bytes. Appending so many zero bytes is a
// multiplication by it.
struct ZeroTables {
  std::array<std::array<std::uint32_t, 256>, 4> powers;

  ZeroTables() {
    std::uint32_t one_step = std::uint32_t{1} << 23;  // x^8
    for (auto& of_byte : powers) {
      of_byte[0] = std::uint32_t{1} << 31;
      for (std::size_t b = 1; b < 256; ++b) of_byte[b] = multiply(of_byte[b - 1], one_step);
      one_step = multiply(of_byte[255], one_step);
    }
  }
};

// The raw functions below work on the register, which is the complement of the checksum.

#if defined(__x86_64__)

std::uint32_t skip_lane(const CrcTables& tables, std::uint32_t crc) {
  return tables.skip[0][crc & 255] ^ tables.skip[1][crc >> 8 & 255] ^
         tables.skip[2][crc >> 16 & 255] ^ tables.skip[3][crc >> 24];
}

// The instruction takes three cycles but can start every cycle: three lanes side by side.
__attribute__((target("sse4.2"))) std::uint32_t three_lanes(std::uint32_t crc,
                                                            const std::uint8_t* at) {
  std::uint64_t a = crc, b = 0, c = 0;
  for (std::size_t i = 0; i < kLaneBytes; i += 8) {
    a = _mm_crc32_u64(a, base::load_le<std::uint64_t>(at + i));
    b = _mm_crc32_u64(b, base::load_le<std::uint64_t>(at + kLaneBytes + i));
    c = _mm_crc32_u64(c, base::load_le<std::uint64_t>(at + 2 * kLaneBytes + i));
  }
  const CrcTables& tables = crc_tables();
  const std::uint32_t ab =
      skip_lane(tables, static_cast<std::uint32_t>(a)) ^ static_cast<std::uint32_t>(b);
  return skip_lane(tables, ab) ^ static_cast<std::uint32_t>(c);
}

__attribute__((target("sse4.2"))) std::uint32_t hardware_register(std::uint32_t crc,
                                                                  ByteView bytes) {
  for (; bytes.size() >= 3 * kLaneBytes; bytes = bytes.subspan(3 * kLaneBytes))
    crc = three_lanes(crc, bytes.data());
  std::uint64_t wide = crc;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8))
    wide = _mm_crc32_u64(wide, base::load_le<std::uint64_t>(bytes.data()));
  crc = static_cast<std::uint32_t>(wide);
  for (const std::uint8_t byte : bytes) crc = _mm_crc32_u8(crc, byte);
  return crc;
}

#else

std::uint32_t hardware_register(std::uint32_t crc, ByteView) { return crc; }

#endif

std::uint32_t table_register(std::uint32_t crc, ByteView bytes) {
  const auto& t = crc_tables().slices;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    const std::uint64_t word = base::load_le<std::uint64_t>(bytes.data()) ^ crc;
    crc = 0;
    for (unsigned i = 0; i < 8; ++i) crc ^= t[7 - i][word >> 8 * i & 255];
  }
  for (const std::uint8_t byte : bytes) crc = crc >> 8 ^ t[0][(crc ^ byte) & 255];
  return crc;
}

}  // namespace

std::uint32_t detail::crc32c_extend_by_table(std::uint32_t crc, ByteView bytes) {
  return ~table_register(~crc, bytes);
}

std::uint32_t crc32c_extend(std::uint32_t crc, ByteView bytes) {
  static const bool has_hardware = detail::processor_has_crc32c();
  return has_hardware ? ~hardware_register(~crc, bytes)
                      : detail::crc32c_extend_by_table(crc, bytes);
}

std::uint32_t crc32c(ByteView bytes) { return crc32c_extend(0, bytes); }

// The complements at both ends cancel out, so the checksums themselves can be added.
std::uint32_t crc32c_join(std::uint32_t crc_a, std::uint32_t crc_b, std::uint32_t bytes_b) {
  static const ZeroTables tables;
  for (const auto& of_byte : tables.powers) {
    if (const std::uint32_t byte = bytes_b & 255; byte != 0) crc_a = multiply(crc_a, of_byte[byte]);
    bytes_b >>= 8;
  }
  return crc_a ^ crc_b;
}

}  // namespace cairn::crypto
