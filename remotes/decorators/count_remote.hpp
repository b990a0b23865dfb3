// CountRemote: passes every call on and counts it by kind; an optional observer sees each call
// before it is made (trace).
#pragma once

#include <array>
#include <atomic>
#include <functional>

#include "cairn/forwarding_remote.hpp"
#include "remotes/decorators/call.hpp"

namespace cairn::remotes {

class CountRemote final : public ForwardingRemote {
 public:
  using Observer = std::function<void(const Call&)>;  // called from any thread

  // `inner` outlives the decorator.
  explicit CountRemote(Remote& inner, Observer observer = {})
      : ForwardingRemote(inner), observer_(std::move(observer)) {}

  [[nodiscard]] std::uint64_t count(CallKind kind) const { return counts_[index_of(kind)]; }
  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }
  [[nodiscard]] std::uint64_t bytes_written() const { return bytes_written_; }

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
  static std::size_t index_of(CallKind kind) { return static_cast<std::size_t>(kind); }
  void note(CallKind kind, const std::string& key, std::uint64_t offset = 0,
            std::uint64_t bytes = 0);

  Observer observer_;
  std::array<std::atomic<std::uint64_t>, kCallKinds> counts_{};
  std::atomic<std::uint64_t> total_ = 0;
  std::atomic<std::uint64_t> bytes_read_ = 0;
  std::atomic<std::uint64_t> bytes_written_ = 0;
};

}  // namespace cairn::remotes
