#include "sync/lease.hpp"

#include <array>

#include "base/bytes.hpp"

namespace cairn::sync {

Result<std::int64_t> Lease::ask_time() {
  CAIRN_TRY(known_ms_, view_.remote().now_ms(view_.context().stop));
  return known_ms_;
}

Status Lease::begin() {
  std::array<std::uint8_t, 16> random{};
  view_.context().entropy.fill(random);
  CAIRN_TRY(const std::int64_t now, ask_time());
  session_ = base::to_hex(random);
  start_ms_ = now;
  return put(0, now);
}

// A name is never written twice with other bytes: a new session or a new number each time.
Status Lease::put(std::uint64_t n, std::int64_t now_ms) {
  format::Lease lease;
  lease.session = session_;
  lease.project = project_;
  lease.n = n;
  lease.start_ms = start_ms_;
  lease.expires_ms = now_ms + kLeaseMs;
  lease.tool = program_;
  put_local_ms_ = view_.context().clock.now_ms();
  const std::string text = format::encode_lease(lease);
  BytesSource source(base::view_of(text));
  CAIRN_CHECK(view_.remote().put(format::lease_key(session_, std::to_string(n)), source,
                                 PutCondition::kReplace, view_.context().stop));
  n_ = n;
  expires_ms_ = lease.expires_ms;
  return {};
}

Result<bool> Lease::keep_alive() {
  if (view_.context().clock.now_ms() - put_local_ms_ < kRenewMs) return true;
  CAIRN_TRY(const std::int64_t now, ask_time());
  if (now >= expires_ms_) return false;
  CAIRN_CHECK(put(n_ + 1, now));
  return true;
}

Result<Lease::Commit> Lease::check_commit(std::int64_t listed_ms) {
  CAIRN_TRY(const std::int64_t now, ask_time());
  Commit commit;
  commit.now_ms = now;
  commit.expired = now >= expires_ms_;
  if (!commit.expired && now >= expires_ms_ - kCommitMarginMs) CAIRN_CHECK(put(n_ + 1, now));
  commit.allowed =
      !commit.expired && now < expires_ms_ - kCommitMarginMs && now - listed_ms <= kMaxListAgeMs;
  return commit;
}

Status Lease::end() {
  const std::string text = format::encode_lease_end(session_, known_ms_);
  BytesSource source(base::view_of(text));
  CAIRN_CHECK(view_.remote().put(format::lease_key(session_, "end"), source, PutCondition::kReplace,
                                 view_.context().stop));
  return {};
}

}  // namespace cairn::sync
