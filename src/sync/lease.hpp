// Lease: tells collectors that a push is under way (PROTOCOL P1, P6, P8; cairn-remote(7), LEASE).
// All times are the remote's; the local clock only says when it is worth asking.
#pragma once

#include <cstdint>
#include <string>

#include "sync/remote_view.hpp"

namespace cairn::sync {

inline constexpr std::int64_t kMinuteMs = 60'000;
inline constexpr std::int64_t kLeaseMs = 24 * 60 * kMinuteMs;
inline constexpr std::int64_t kRenewMs = 2 * 60 * kMinuteMs;
inline constexpr std::int64_t kCommitMarginMs = 30 * kMinuteMs;  // M
inline constexpr std::int64_t kMaxListAgeMs =
    60 * kMinuteMs;  // D; with Q = 20 minutes far below the grace of 7 days

class Lease {
 public:
  Lease(const RemoteView& view, std::string project, std::string program)
      : view_(view), project_(std::move(project)), program_(std::move(program)) {}

  // P1: a new session.
  Status begin();
  [[nodiscard]] bool begun() const { return !session_.empty(); }
  // Renews when it is due; call it now and then. False: it has expired, and everything planned
  // under it is void.
  Result<bool> keep_alive();
  // P6, before each root: the time when it may be written, or nothing with `expired` telling why:
  // the lease is over, or the list of condemned packs (`listed_ms`) is too old.
  struct Commit {
    bool allowed = false;
    bool expired = false;
    std::int64_t now_ms = 0;
  };
  Result<Commit> check_commit(std::int64_t listed_ms);
  // The store's time at the last question.
  [[nodiscard]] std::int64_t known_ms() const { return known_ms_; }
  Result<std::int64_t> ask_time();
  // P8.
  Status end();

 private:
  Status put(std::uint64_t n, std::int64_t now_ms);

  const RemoteView& view_;
  std::string project_;
  std::string program_;
  std::string session_;
  std::uint64_t n_ = 0;
  std::int64_t start_ms_ = 0;
  std::int64_t expires_ms_ = 0;
  std::int64_t known_ms_ = 0;
  std::int64_t put_local_ms_ = 0;
};

}  // namespace cairn::sync
