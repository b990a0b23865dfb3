#include "remotes/decorators/fault_remote.hpp"

#include <algorithm>

namespace cairn::remotes {
namespace {

Error network_error(Fault fault, CallKind kind, const std::string& key) {
  const char* what = fault == Fault::kTimeout ? "timed out" : "connection reset by peer";
  return Error(Code::kNetwork, std::string(call_name(kind)) + " `" + key + "`: " + what);
}

bool is_refused(Fault fault) { return fault == Fault::kError || fault == Fault::kTimeout; }

}  // namespace

FaultRemote::Plan FaultRemote::once(std::uint64_t number, Fault fault) {
  return [number, fault](const Call& call) { return call.number == number ? fault : Fault::kNone; };
}

Fault FaultRemote::choose(CallKind kind, const std::string& key, std::uint64_t offset,
                          std::uint64_t bytes) {
  return plan_({kind, key, offset, bytes, calls_++});
}

Result<std::int64_t> FaultRemote::now_ms(std::stop_token stop) {
  const Fault fault = choose(CallKind::kNow, "");
  if (is_refused(fault)) return network_error(fault, CallKind::kNow, "");
  auto answer = inner().now_ms(std::move(stop));
  if (fault == Fault::kLostAnswer) return network_error(fault, CallKind::kNow, "");
  return answer;
}

Result<std::optional<ObjectInfo>> FaultRemote::stat(const std::string& key, std::stop_token stop) {
  const Fault fault = choose(CallKind::kStat, key);
  if (is_refused(fault)) return network_error(fault, CallKind::kStat, key);
  auto answer = inner().stat(key, std::move(stop));
  if (fault == Fault::kLostAnswer) return network_error(fault, CallKind::kStat, key);
  return answer;
}

Result<std::vector<std::uint8_t>> FaultRemote::get(const std::string& key, std::size_t max_bytes,
                                                   std::stop_token stop) {
  const Fault fault = choose(CallKind::kGet, key);
  if (is_refused(fault)) return network_error(fault, CallKind::kGet, key);
  auto bytes = inner().get(key, max_bytes, std::move(stop));
  if (fault == Fault::kLostAnswer) return network_error(fault, CallKind::kGet, key);
  if (!bytes.ok() || bytes->empty()) return bytes;
  if (fault == Fault::kTornRead) bytes->resize(bytes->size() / 2);
  if (fault == Fault::kCorruptByte) (*bytes)[bytes->size() / 2] ^= 0x10;
  return bytes;
}

Status FaultRemote::get_range(const std::string& key, std::uint64_t offset,
                              std::span<std::uint8_t> out, std::stop_token stop) {
  const Fault fault = choose(CallKind::kGetRange, key, offset, out.size());
  if (is_refused(fault)) return network_error(fault, CallKind::kGetRange, key);
  Status status = inner().get_range(key, offset, out, std::move(stop));
  if (fault == Fault::kLostAnswer) return network_error(fault, CallKind::kGetRange, key);
  if (!status.ok() || out.empty()) return status;
  if (fault == Fault::kTornRead)
    std::fill(out.begin() + out.size() / 2, out.end(), std::uint8_t{0});
  if (fault == Fault::kCorruptByte) out[out.size() / 2] ^= 0x10;
  return status;
}

Result<PutOutcome> FaultRemote::put(const std::string& key, ObjectSource& source,
                                    PutCondition condition, std::stop_token stop) {
  const Fault fault = choose(CallKind::kPut, key, 0, source.size_bytes());
  if (is_refused(fault)) return network_error(fault, CallKind::kPut, key);
  auto outcome = inner().put(key, source, condition, std::move(stop));
  {
    const std::lock_guard lock(mutex_);
    put_at_[key] = calls_;
  }
  if (fault == Fault::kLostAnswer) return network_error(fault, CallKind::kPut, key);
  return outcome;
}

bool FaultRemote::is_fresh(const std::string& key, const std::string& prefix) {
  const std::lock_guard lock(mutex_);
  const auto put = put_at_.find(key);
  const auto listed = listed_at_.find(prefix);
  return put != put_at_.end() && (listed == listed_at_.end() || listed->second < put->second);
}

Status FaultRemote::list(const std::string& prefix,
                         const std::function<Status(const ObjectInfo&)>& visit,
                         std::stop_token stop) {
  const Fault fault = choose(CallKind::kList, prefix);
  if (is_refused(fault)) return network_error(fault, CallKind::kList, prefix);
  if (fault == Fault::kStaleList) {
    const auto visit_old = [&](const ObjectInfo& info) -> Status {
      return is_fresh(info.key, prefix) ? Status() : visit(info);
    };
    return inner().list(prefix, visit_old, std::move(stop));
  }
  Status status = inner().list(prefix, visit, std::move(stop));
  if (fault == Fault::kLostAnswer) return network_error(fault, CallKind::kList, prefix);
  const std::lock_guard lock(mutex_);
  listed_at_[prefix] = calls_;
  return status;
}

Status FaultRemote::remove(const std::string& key, std::stop_token stop) {
  const Fault fault = choose(CallKind::kRemove, key);
  if (is_refused(fault)) return network_error(fault, CallKind::kRemove, key);
  Status status = inner().remove(key, std::move(stop));
  if (fault == Fault::kLostAnswer) return network_error(fault, CallKind::kRemove, key);
  return status;
}

}  // namespace cairn::remotes
