// What all tests of decoders need: ids to name, bytes to damage, and refusals to expect.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "cairn/result.hpp"
#include "crypto/crc32c.hpp"
#include "crypto/sha256.hpp"

namespace cairn::format {

// Ids that look like ids, the same in every run.
template <typename IdType>
IdType sample_id(std::string_view name) {
  return crypto::sha256(base::view_of(name)).as<IdType>();
}

// `bytes` with `value` over those from `at` on.
template <typename T>
base::Bytes patched(base::Bytes bytes, std::size_t at, T value) {
  std::memcpy(&bytes.at(at + sizeof value - 1) - (sizeof value - 1), &value, sizeof value);
  return bytes;
}
inline base::Bytes joined(base::Bytes bytes, base::ByteView more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
  return bytes;
}
inline base::Bytes without_last(base::Bytes bytes, std::size_t count) {
  bytes.resize(bytes.size() - count);
  return bytes;
}

// The checksum at `at` over [from, to) made right again.
inline base::Bytes with_crc(base::Bytes bytes, std::size_t at, std::size_t from, std::size_t to) {
  const std::uint32_t crc = crypto::crc32c(base::ByteView(bytes).subspan(from, to - from));
  return patched(std::move(bytes), at, crc);
}

template <typename T>
testing::AssertionResult refused(const Result<T>& result, Code code, std::string_view words) {
  if (result.ok()) return testing::AssertionFailure() << "accepted";
  const Error& error = result.error();
  const bool right = error.code() == code && error.message().find(words) != std::string::npos;
  if (!right) {
    return testing::AssertionFailure() << "refused for another reason: " << error.message()
                                       << " (code " << static_cast<int>(error.code()) << ")";
  }
  const bool newer = error.slug() == "format-too-new";
  if ((code == Code::kTooNew) != newer)
    return testing::AssertionFailure() << "slug " << error.slug();
  return testing::AssertionSuccess();
}
template <typename T>
testing::AssertionResult corrupt(const Result<T>& result, std::string_view words) {
  return refused(result, Code::kCorrupt, words);
}
template <typename T>
testing::AssertionResult too_new(const Result<T>& result, std::string_view words) {
  return refused(result, Code::kTooNew, words);
}
template <typename T>
testing::AssertionResult accepted(const Result<T>& result) {
  if (result.ok()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << result.error().message();
}

// `decode` refuses every prefix of `bytes` as corrupt.
template <typename Decode>
void expect_truncations_refused(const base::Bytes& bytes, Decode decode) {
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_TRUE(corrupt(decode(base::ByteView(bytes).first(size)), ""))
        << "cut to " << size << " bytes";
  }
}
// `decode` refuses `bytes` with any single bit changed as corrupt: all lie under a checksum, which
// is looked at first.
template <typename Decode>
void expect_flips_refused(base::Bytes bytes, Decode decode) {
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_TRUE(corrupt(decode(base::ByteView(bytes)), ""))
        << "bit " << bit % 8 << " of byte " << bit / 8;
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
  }
}

}  // namespace cairn::format
