// Limits and constants that every decoder enforces: cairn-store(5), cairn-remote(7).
#pragma once

#include <cstddef>
#include <cstdint>

namespace cairn::format {

inline constexpr std::uint8_t kDigestSha256 = 1;
inline constexpr std::uint8_t kCipherNone = 0;
inline constexpr std::uint16_t kVersion1 = 1;

inline constexpr std::size_t kMaxChunkBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxRecordPlainBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxRecordChunks = 4096;
inline constexpr std::size_t kMaxRecordBases = 8;
inline constexpr std::uint64_t kMaxPackBytes = (std::uint64_t{1} << 32) - 1;
inline constexpr std::size_t kMaxTableChunks = std::size_t{1} << 20;
inline constexpr std::size_t kMaxPageBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxPathBytes = 4095;
inline constexpr unsigned kMaxLevel = 15;
inline constexpr std::size_t kMaxInlineChunks = 16;  // more chunks in a folder's file: a recipe
inline constexpr std::size_t kMaxPointerBytes = 1024;
inline constexpr std::size_t kMaxRootBytes = std::size_t{64} << 10;
inline constexpr std::size_t kMaxJsonBytes = std::size_t{64} << 10;
inline constexpr std::size_t kMaxCondemnedBytes = std::size_t{64} << 20;

inline constexpr std::size_t kPackHeaderBytes = 64;
inline constexpr std::size_t kPackTrailerBytes = 16;
inline constexpr std::size_t kTableHeaderBytes = 64;
inline constexpr std::size_t kRecordFixedBytes = 24;

}  // namespace cairn::format
