// CredentialChain: asks the sources in the order users know from AWS's own tools, remembers what it
// found, and renews it before it expires: from 15 minutes before by whoever asks first while others
// go on with the old ones, from 10 minutes before everybody waits. One renewal at a time.
#pragma once

#include <condition_variable>
#include <mutex>

#include "remotes/s3/credential_provider.hpp"
#include "remotes/s3/credentials/outside.hpp"

namespace cairn::remotes::s3 {

struct ChainOptions {
  std::string profile;     // named by a flag or setting; empty: AWS_PROFILE, then "default"
  std::string region;      // for STS; empty: AWS_REGION, AWS_DEFAULT_REGION, the profile's
  bool anonymous = false;  // only ever because the user said so
};

class CredentialChain final : public CredentialProvider {
 public:
  CredentialChain(ChainOptions options, Outside outside)
      : options_(std::move(options)), outside_(std::move(outside)) {}

  Result<std::shared_ptr<const Credentials>> get(std::stop_token stop) override;
  void invalidate(const Credentials& refused) override;
  [[nodiscard]] std::string describe() override;

 private:
  struct Found {
    std::shared_ptr<const Credentials> credentials;
    std::string where;
  };
  enum class Need { kNothing, kSoon, kNow };
  [[nodiscard]] Need need(std::int64_t now_ms) const;
  Result<Found> search(std::stop_token stop);

  const ChainOptions options_;
  const Outside outside_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool renewing_ = false;
  bool refused_ = false;  // the server did not take current_
  std::uint64_t renewals_ = 0;
  std::int64_t next_renewal_ms_ = 0;  // not before, unless current_ has expired or was refused
  Found current_;
  std::optional<Error> last_error_;  // of the last renewal, for those who waited for it
};

}  // namespace cairn::remotes::s3
