// RequestCounter: the remote of one operation. Counts requests and bytes, and says in every error
// which remote failed. Does not own the remote it wraps.
#pragma once

#include <atomic>

#include "cairn/forwarding_remote.hpp"

namespace cairn::sync {

class RequestCounter final : public ForwardingRemote {
 public:
  explicit RequestCounter(Remote& inner) : ForwardingRemote(inner) {}

  [[nodiscard]] std::uint64_t requests() const { return requests_; }
  [[nodiscard]] std::uint64_t downloaded_bytes() const { return downloaded_; }
  [[nodiscard]] std::uint64_t uploaded_bytes() const { return uploaded_; }

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

 private:
  // "remote `prod` (/srv/data): …"; absence is left as it is, for the caller to judge.
  Error named(Error error) const;

  std::atomic<std::uint64_t> requests_ = 0;
  std::atomic<std::uint64_t> downloaded_ = 0;
  std::atomic<std::uint64_t> uploaded_ = 0;
};

}  // namespace cairn::sync
