// Byte buffers, and bounds-checked little-endian reading and writing. All integers on disk are
// little-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "cairn/digest.hpp"

namespace cairn::base {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView view_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view text_of(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
// Lower-case hex of any length.
std::string to_hex(ByteView bytes);
// False unless `text` is exactly 2 * out.size() lower-case hex digits; then `out` is partly
// overwritten.
bool from_hex(std::string_view text, std::span<std::uint8_t> out);

template <typename T>
T load_le(const std::uint8_t* at) {
  static_assert(std::is_unsigned_v<T>);
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;  // every supported host is little-endian, asserted in bytes.cpp
}

// Appends to a buffer that it owns.
class ByteWriter {
 public:
  void u8(std::uint8_t value) { bytes_.push_back(value); }
  void u16(std::uint16_t value) { put(value); }
  void u32(std::uint32_t value) { put(value); }
  void u64(std::uint64_t value) { put(value); }
  void raw(ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void text(std::string_view text) { raw(view_of(text)); }
  template <typename Tag>
  void id(const Id<Tag>& id) {
    raw(id.bytes);
  }
  void zeros(std::size_t count) { bytes_.resize(bytes_.size() + count); }
  // Overwrites four bytes written before, for lengths and checksums known late.
  void patch_u32(std::size_t at, std::uint32_t value) {
    CAIRN_ASSERT(at <= bytes_.size() && bytes_.size() - at >= 4);
    std::memcpy(bytes_.data() + at, &value, 4);
  }

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] ByteView view() const { return bytes_; }
  [[nodiscard]] Bytes take() && { return std::move(bytes_); }

 private:
  template <typename T>
  void put(T value) {
    const auto at = bytes_.size();
    bytes_.resize(at + sizeof value);
    std::memcpy(bytes_.data() + at, &value, sizeof value);
  }
  Bytes bytes_;
};

// Walks a view. A read past the end returns zero and makes ok() false for good, so decoders check
// once at the end of a group of reads and before using a length.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : bytes_(bytes) {}

  std::uint8_t u8() { return get<std::uint8_t>(); }
  std::uint16_t u16() { return get<std::uint16_t>(); }
  std::uint32_t u32() { return get<std::uint32_t>(); }
  std::uint64_t u64() { return get<std::uint64_t>(); }
  ByteView raw(std::size_t count) {
    if (count > remaining()) {
      ok_ = false;
      return {};
    }
    const auto out = bytes_.subspan(at_, count);
    at_ += count;
    return out;
  }
  template <typename IdType>
  IdType id() {
    IdType out;
    if (const auto bytes = raw(32); bytes.size() == 32)
      std::memcpy(out.bytes.data(), bytes.data(), 32);
    return out;
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] std::size_t remaining() const { return bytes_.size() - at_; }
  // True when everything was read, and nothing beyond.
  [[nodiscard]] bool done() const { return ok_ && remaining() == 0; }

 private:
  template <typename T>
  T get() {
    if (remaining() < sizeof(T)) {
      ok_ = false;
      return 0;
    }
    const T value = load_le<T>(bytes_.data() + at_);
    at_ += sizeof(T);
    return value;
  }
  ByteView bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace cairn::base
