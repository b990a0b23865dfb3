// What the harnesses share: a check that ends the run, and checksums made right again, behind which
// the rules lie.
#pragma once

#include <cstdio>
#include <cstdlib>

#include "base/bytes.hpp"
#include "crypto/crc32c.hpp"
#include "crypto/sha256.hpp"

namespace cairn::fuzz {

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

// The CRC-32C of [from, to) put at `at`; unchanged when there is no room for it.
inline void seal_crc(base::Bytes& bytes, std::size_t at, std::size_t from, std::size_t to) {
  if (at + 4 > bytes.size() || from > to || to > bytes.size()) return;
  const std::uint32_t crc = crypto::crc32c(base::ByteView(bytes).subspan(from, to - from));
  std::memcpy(&bytes[at], &crc, 4);
}

}  // namespace cairn::fuzz
