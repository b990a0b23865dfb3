// Upload of one large object in equal parts, several under way at once. Nothing is visible before
// the last request; a failure takes the parts away.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include "cairn/remote.hpp"
#include "remotes/s3/s3_client.hpp"

namespace cairn::remotes::s3 {

// At least the provider's minimum, few enough parts, whole MiB.
std::uint64_t part_bytes_of(std::uint64_t size_bytes, const Quirks& quirks);

enum class LastRequest { kPlain, kIfAbsent };  // the latter with If-None-Match

struct PartsOutcome {
  PutOutcome put = PutOutcome::kStored;
  bool condition_refused =
      false;  // the store does not know If-None-Match; the object was written without it
};

// `headers` are those of the object (storage class, encryption). `source` is read by one thread at
// a time.
Result<PartsOutcome> put_in_parts(S3Client& client, const std::string& key, ObjectSource& source,
                                  const Headers& headers, LastRequest last,
                                  const std::stop_token& stop);

// SHA-256 of a whole source, in hex.
Result<std::string> payload_sha256(ObjectSource& source, const std::stop_token& stop);

// Whether the object under `key` carries this write id: how a lost answer to a write is told from a
// lost race.
Result<bool> was_written_by(S3Client& client, const std::string& key, const std::string& write_id,
                            const std::stop_token& stop);
inline constexpr const char* kWriteIdHeader = "x-amz-meta-cairn-write-id";

}  // namespace cairn::remotes::s3
