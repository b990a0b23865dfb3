// Identity: 32 bytes of SHA-256, as distinct types so that a pack id is never passed for a chunk
// id.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace cairn {

template <typename Tag>
struct Id {
  std::array<std::uint8_t, 32> bytes{};

  auto operator<=>(const Id&) const = default;
  bool operator==(const Id&) const = default;

  // 64 lower-case hex digits.
  [[nodiscard]] std::string hex() const {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out(64, '0');
    for (std::size_t i = 0; i < 32; ++i) {
      out[2 * i] = kDigits[bytes[i] >> 4];
      out[2 * i + 1] = kDigits[bytes[i] & 15];
    }
    return out;
  }
  [[nodiscard]] std::string short_hex() const { return hex().substr(0, 12); }
  [[nodiscard]] bool is_zero() const { return *this == Id{}; }

  // Exactly 64 lower-case hex digits, else nothing.
  static std::optional<Id> from_hex(std::string_view text) {
    if (text.size() != 64) return std::nullopt;
    Id id;
    for (std::size_t i = 0; i < 64; ++i) {
      const char c = text[i];
      int digit = -1;
      if (c >= '0' && c <= '9') digit = c - '0';
      if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
      if (digit < 0) return std::nullopt;
      id.bytes[i / 2] = static_cast<std::uint8_t>(id.bytes[i / 2] << 4 | digit);
    }
    return id;
  }
  // The same 32 bytes under another meaning; used where DESIGN equates two ids (one-chunk file).
  template <typename Other>
  [[nodiscard]] Other as() const {
    Other other;
    other.bytes = bytes;
    return other;
  }
};

struct DigestTag;
struct ChunkTag;
struct FileTag;
struct PackTag;

using Digest = Id<DigestTag>;  // SHA-256 of anything
using ChunkId =
    Id<ChunkTag>;            // SHA-256 of a chunk's plain bytes; pages are chunks, so page ids too
using FileId = Id<FileTag>;  // SHA-256 of a whole plain file
using PackId = Id<PackTag>;  // SHA-256 of a pack's header and footer

}  // namespace cairn

// Ids are uniformly distributed, so their first word is a hash.
template <typename Tag>
struct std::hash<cairn::Id<Tag>> {
  std::size_t operator()(const cairn::Id<Tag>& id) const noexcept {
    std::size_t word;
    std::memcpy(&word, id.bytes.data(), sizeof word);
    return word;
  }
};
