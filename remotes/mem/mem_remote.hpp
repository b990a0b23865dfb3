// MemRemote: a remote in memory, for tests and as the reference of the conformance suite. Its clock
// is injected.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cairn/remote.hpp"

namespace cairn::remotes {

class MemRemote final : public Remote {
 public:
  // `clock` outlives the remote.
  explicit MemRemote(Clock& clock, std::string name = "mem")
      : clock_(clock), name_(std::move(name)) {}

  [[nodiscard]] std::string describe() const override { return "remote `" + name_ + "` (memory)"; }
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
  struct Object {
    std::vector<std::uint8_t> bytes;
    std::int64_t modified_ms = 0;
  };
  using ObjectPtr = std::shared_ptr<const Object>;  // shared: a reader keeps what a writer replaces
  ObjectPtr find(const std::string& key);

  Clock& clock_;
  std::string name_;
  std::mutex mutex_;
  std::map<std::string, ObjectPtr> objects_;
};

}  // namespace cairn::remotes
