#include "remotes/decorators/count_remote.hpp"

namespace cairn::remotes {

void CountRemote::note(CallKind kind, const std::string& key, std::uint64_t offset,
                       std::uint64_t bytes) {
  ++counts_[index_of(kind)];
  const std::uint64_t number = total_++;
  if (observer_) observer_({kind, key, offset, bytes, number});
}

Result<std::int64_t> CountRemote::now_ms(std::stop_token stop) {
  note(CallKind::kNow, "");
  return inner().now_ms(std::move(stop));
}

Result<std::optional<ObjectInfo>> CountRemote::stat(const std::string& key, std::stop_token stop) {
  note(CallKind::kStat, key);
  return inner().stat(key, std::move(stop));
}

Result<std::vector<std::uint8_t>> CountRemote::get(const std::string& key, std::size_t max_bytes,
                                                   std::stop_token stop) {
  note(CallKind::kGet, key);
  auto bytes = inner().get(key, max_bytes, std::move(stop));
  if (bytes.ok()) bytes_read_ += bytes->size();
  return bytes;
}

Status CountRemote::get_range(const std::string& key, std::uint64_t offset,
                              std::span<std::uint8_t> out, std::stop_token stop) {
  note(CallKind::kGetRange, key, offset, out.size());
  bytes_read_ += out.size();
  return inner().get_range(key, offset, out, std::move(stop));
}

Result<PutOutcome> CountRemote::put(const std::string& key, ObjectSource& source,
                                    PutCondition condition, std::stop_token stop) {
  note(CallKind::kPut, key, 0, source.size_bytes());
  bytes_written_ += source.size_bytes();
  return inner().put(key, source, condition, std::move(stop));
}

Status CountRemote::list(const std::string& prefix,
                         const std::function<Status(const ObjectInfo&)>& visit,
                         std::stop_token stop) {
  note(CallKind::kList, prefix);
  return inner().list(prefix, visit, std::move(stop));
}

Status CountRemote::remove(const std::string& key, std::stop_token stop) {
  note(CallKind::kRemove, key);
  return inner().remove(key, std::move(stop));
}

}  // namespace cairn::remotes
