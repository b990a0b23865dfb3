// The zstd contexts of one thread. Frames written here are what check_zstd_frame() asks for.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "cairn/result.hpp"

namespace cairn::codec {

// Literals in Huffman codes and no search for matches: an ordinary frame at 2 GB/s, within 0.5
// points of the order-0 entropy on planes of weights.
inline constexpr int kEntropyOnlyLevel = -131'072;

class ZstdCompressor {
 public:
  ZstdCompressor();
  ~ZstdCompressor();
  ZstdCompressor(ZstdCompressor&&) noexcept;

  // Bytes written to `out`, or nothing: no memory, or `out` is too small. bound() is always enough.
  // A prefix is what a patch's frame may copy from, besides `plain` itself.
  std::optional<std::size_t> compress(base::ByteView plain, int level, std::span<std::uint8_t> out,
                                      base::ByteView prefix = {});
  static std::size_t bound(std::size_t plain_bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class ZstdDecompressor {
 public:
  ZstdDecompressor();
  ~ZstdDecompressor();
  ZstdDecompressor(ZstdDecompressor&&) noexcept;

  // Fills `plain` from exactly one frame; check_zstd_frame() says what is refused besides.
  // kCorrupt.
  Status decompress(base::ByteView frame, std::span<std::uint8_t> plain,
                    base::ByteView prefix = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cairn::codec
