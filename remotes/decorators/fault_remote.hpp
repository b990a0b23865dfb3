// FaultRemote: makes chosen calls go wrong, in the ways that networks and object stores do. For
// tests.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>

#include "cairn/forwarding_remote.hpp"
#include "remotes/decorators/call.hpp"

namespace cairn::remotes {

enum class Fault : std::uint8_t {
  kNone,
  kError,        // refused before anything was applied: kNetwork
  kTimeout,      // the same, in other words
  kLostAnswer,   // applied, then kNetwork
  kTornRead,     // get: the bytes end early, without an error; get_range: the second half is zero
  kCorruptByte,  // get, get_range: one bit is wrong
  kStaleList,    // list: objects put through this decorator since the last list of that prefix are
                 // left out
};

class FaultRemote final : public ForwardingRemote {
 public:
  using Plan = std::function<Fault(const Call&)>;  // called from any thread

  // `inner` outlives the decorator.
  FaultRemote(Remote& inner, Plan plan) : ForwardingRemote(inner), plan_(std::move(plan)) {}
  // The call of this number goes wrong, and no other.
  static Plan once(std::uint64_t number, Fault fault);

  [[nodiscard]] std::uint64_t calls() const { return calls_; }

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
  Fault choose(CallKind kind, const std::string& key, std::uint64_t offset = 0,
               std::uint64_t bytes = 0);
  [[nodiscard]] bool is_fresh(const std::string& key, const std::string& prefix);

  Plan plan_;
  std::atomic<std::uint64_t> calls_ = 0;
  std::mutex mutex_;
  std::map<std::string, std::uint64_t> put_at_;     // key: number of the call that put it
  std::map<std::string, std::uint64_t> listed_at_;  // prefix: number of its last good list
};

}  // namespace cairn::remotes
