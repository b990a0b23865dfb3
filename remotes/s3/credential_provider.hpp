// Credentials of one S3 identity, and who hands them out. Providers are thread-safe: many requests
// ask at once, and only one of them refreshes while the others wait or go on with the old ones.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/secret.hpp"
#include "cairn/result.hpp"

namespace cairn::remotes::s3 {

using base::Secret;

struct Credentials {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;                    // empty for long-lived keys
  std::optional<std::int64_t> expires_ms;  // by the clock of this machine; nothing: never
};

class CredentialProvider {
 public:
  virtual ~CredentialProvider() = default;
  // A null pointer means anonymous: send the request unsigned. kUnauthenticated when no source has
  // credentials; its details name every source that was tried.
  virtual Result<std::shared_ptr<const Credentials>> get(std::stop_token stop) = 0;
  // The server called these expired or invalid. The next get() refreshes, unless somebody already
  // did: what is current now is only dropped if it is `refused`.
  virtual void invalidate(const Credentials& refused) = 0;
  // Which source is in use, for `remote check`: "profile `prod`, key …X7Q2, expires in 42 min".
  // Holds no secret.
  [[nodiscard]] virtual std::string describe() = 0;
};

}  // namespace cairn::remotes::s3
