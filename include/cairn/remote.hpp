// The contract of a remote: a flat set of immutable-by-convention objects under keys
// (cairn-remote(7)). One folder under remotes/ per backend; one conformance suite
// (tests/conformance) runs on every one of them. Blocking and thread-safe; every call ends soon
// after `stop` is requested.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/context.hpp"
#include "cairn/result.hpp"

namespace cairn {

struct ObjectInfo {
  std::string key;
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ms = 0;  // by the store's clock
};

// What is uploaded: a sequence of bytes that can be read again from any place (retries).
class ObjectSource {
 public:
  virtual ~ObjectSource() = default;
  [[nodiscard]] virtual std::uint64_t size_bytes() const = 0;
  // Fills `out` from `offset`; exactly out.size() bytes.
  virtual Status read(std::uint64_t offset, std::span<std::uint8_t> out) = 0;
  // Data that nothing reads but a restore: the only objects that a colder storage class suits.
  [[nodiscard]] virtual bool is_bulk() const { return false; }
  // Told by backends as the bytes go; once more where they go once more. From any thread.
  virtual void sent(std::uint64_t) {}
};

enum class PutCondition {
  kReplace,   // create or replace
  kIfAbsent,  // create only where the backend honours that; otherwise as kReplace
};
enum class PutOutcome { kStored, kAlreadyThere };

// One thing worth knowing about how a remote is reached: ("region", "eu-west-1"). Never a secret.
struct RemoteFact {
  std::string name, value;
};

class Remote {
 public:
  virtual ~Remote() = default;

  // For messages: never a secret.
  [[nodiscard]] virtual std::string describe() const = 0;
  // How many calls at once bring the best rate; 0: as many as there are cores (no latency to hide).
  [[nodiscard]] virtual unsigned requests_at_once() const { return 0; }
  // Nothing can be listed or written there.
  [[nodiscard]] virtual bool read_only() const { return false; }
  // False where the store is known to take no conditions: kIfAbsent looks first and then writes.
  [[nodiscard]] virtual bool sends_conditions() const { return true; }
  // For `remote check`, after it has asked: some are learnt from answers.
  [[nodiscard]] virtual std::vector<RemoteFact> facts() const { return {}; }
  // The store's clock, milliseconds since the epoch.
  virtual Result<std::int64_t> now_ms(std::stop_token stop) = 0;

  // Size and time of one object; nothing when it is absent. Auth and network trouble are errors,
  // never "absent".
  virtual Result<std::optional<ObjectInfo>> stat(const std::string& key, std::stop_token stop) = 0;
  // The whole of a small object, at most `max_bytes` (kCorrupt above it); kNotFound when absent.
  virtual Result<std::vector<std::uint8_t>> get(const std::string& key, std::size_t max_bytes,
                                                std::stop_token stop) = 0;
  // Exactly out.size() bytes from `offset`; kNotFound when absent, kCorrupt when the object is
  // shorter.
  virtual Status get_range(const std::string& key, std::uint64_t offset,
                           std::span<std::uint8_t> out, std::stop_token stop) = 0;
  // When it returns kStored, the whole object is visible and durable; before, nothing is visible
  // under the key.
  virtual Result<PutOutcome> put(const std::string& key, ObjectSource& source,
                                 PutCondition condition, std::stop_token stop) = 0;
  // Every object whose key starts with `prefix` (which ends in '/' or is a whole key's start), in
  // any order. A partial listing is an error.
  virtual Status list(const std::string& prefix,
                      const std::function<Status(const ObjectInfo&)>& visit,
                      std::stop_token stop) = 0;
  // Absent is fine.
  virtual Status remove(const std::string& key, std::stop_token stop) = 0;
};

// Source over bytes in memory that outlive the call.
class BytesSource final : public ObjectSource {
 public:
  explicit BytesSource(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  [[nodiscard]] std::uint64_t size_bytes() const override { return bytes_.size(); }
  Status read(std::uint64_t offset, std::span<std::uint8_t> out) override {
    if (offset > bytes_.size() || out.size() > bytes_.size() - offset) {
      return Error(Code::kInternal, "read past the end of an object in memory");
    }
    const auto part = bytes_.subspan(static_cast<std::size_t>(offset), out.size());
    std::copy(part.begin(), part.end(), out.begin());
    return {};
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

struct RemoteConfig {
  std::string name;  // "prod"
  std::string url;   // "/srv/data", "file:///srv/data", "s3://bucket/prefix"
  std::map<std::string, std::string> options =
      {};  // "region" -> "eu-central-1", as in cairn-config(5); no secrets
};

// Opens the backend that a URL names (its errors name the remote); the program passes the list of
// factories down (remotes/builtin).
using RemoteOpener = std::function<Result<std::unique_ptr<Remote>>(const RemoteConfig& config)>;

}  // namespace cairn
