// SHA-256 (FIPS 180-4). EVP of OpenSSL is the reference and the fallback; on processors with SHA
// extensions one own kernel hashes two streams at once, because a single stream waits on
// instruction latency (1.8 GB/s against 3.4 a core).
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "cairn/digest.hpp"
#include "crypto/sha256_evp.hpp"

namespace cairn::crypto {

// One shot. Thread-safe; keeps one EVP context per thread.
Digest sha256(base::ByteView bytes);

// Two messages of any lengths at once; as fast as one when the processor can interleave them.
void sha256_pair(base::ByteView a, base::ByteView b, Digest& digest_a, Digest& digest_b);

// Incremental hash of one stream (a whole file).
class Sha256 {
 public:
  Sha256();
  void update(base::ByteView bytes);
  // Continues this stream with `bytes` while hashing the complete message `other` beside it (file
  // and chunk in one pass).
  void update_with(base::ByteView bytes, base::ByteView other, Digest& other_digest);
  Digest finish();  // and starts afresh

 private:
  void restart();

  std::uint32_t state_[8];
  std::uint8_t block_[64];  // bytes that do not fill a block yet: length_bytes_ mod 64
  std::uint64_t length_bytes_;
  std::optional<detail::EvpSha256> evp_;  // the whole stream, where there are no SHA extensions
};

// True when the two-stream kernel is in use; benches print it.
bool has_sha_extensions();

}  // namespace cairn::crypto
