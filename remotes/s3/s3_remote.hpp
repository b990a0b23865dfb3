// S3Remote: a remote in a bucket of Amazon S3 or of anything that speaks its protocol.
// cairn-remote(7).
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "cairn/remote.hpp"
#include "remotes/s3/first_versions.hpp"
#include "remotes/s3/options.hpp"
#include "remotes/s3/s3_client.hpp"

namespace cairn::remotes::s3 {

// The factory: kUsage for a URL or settings that cannot be. Asks nothing of the network.
Result<std::unique_ptr<Remote>> open_s3(const RemoteConfig& config, const S3Options& options,
                                        const S3Services& services);

class S3Remote final : public Remote {
 public:
  S3Remote(RemoteConfig config, std::string prefix, S3Options options, Endpoint endpoint,
           const S3Services& services);

  [[nodiscard]] std::string describe() const override;
  [[nodiscard]] unsigned requests_at_once() const override { return 16; }
  [[nodiscard]] bool sends_conditions() const override { return !condition_refused_; }
  [[nodiscard]] std::vector<RemoteFact> facts() const override { return client_.facts(); }
  Result<std::int64_t> now_ms(std::stop_token stop) override;
  Result<std::optional<ObjectInfo>> stat(const std::string& key, std::stop_token stop) override;
  Result<std::vector<std::uint8_t>> get(const std::string& key, std::size_t max_bytes,
                                        std::stop_token stop) override;
  Status get_range(const std::string& key, std::uint64_t offset, std::span<std::uint8_t> out,
                   std::stop_token stop) override;
  Result<PutOutcome> put(const std::string& key, ObjectSource& source, PutCondition condition,
                         std::stop_token stop) override;
  Status list(const std::string& prefix, const std::function<Status(const ObjectInfo&)>& visit,
              std::stop_token stop) override;
  Status remove(const std::string& key, std::stop_token stop) override;

  [[nodiscard]] S3Client& client() { return client_; }

 private:
  [[nodiscard]] Headers object_headers(const ObjectSource& source) const;
  Result<PutOutcome> confirm_stored(const std::string& key, std::uint64_t size_bytes,
                                    const Answer& answer, const std::stop_token& stop);
  Result<PutOutcome> outcome_of_conflict(const std::string& key, const std::string& write_id,
                                         const Answer& answer, const std::stop_token& stop);
  // Whether the object carries this write id.
  Result<bool> was_written_by(const std::string& key, const std::string& write_id,
                              const std::stop_token& stop);
  Status check_range(const std::string& key, std::uint64_t offset, std::size_t size,
                     const Answer& answer) const;
  Error replaced_object(const std::string& key);

  const RemoteConfig config_;
  const std::string prefix_;
  const S3Options options_;
  S3Client client_;
  FirstVersions versions_;
  std::atomic<bool> condition_refused_;  // this store does not know If-None-Match on writes
};

}  // namespace cairn::remotes::s3
