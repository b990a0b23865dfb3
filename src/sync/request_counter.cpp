#include "sync/request_counter.hpp"

#include <utility>

namespace cairn::sync {

Error RequestCounter::named(Error error) const {
  const Code code = error.code();
  if (code == Code::kNotFound || code == Code::kInterrupted) return error;
  return std::move(error).with(inner().describe());
}

Result<std::int64_t> RequestCounter::now_ms(std::stop_token stop) {
  ++requests_;
  auto answer = inner().now_ms(std::move(stop));
  if (!answer.ok()) return named(std::move(answer).error());
  return answer;
}

Result<std::optional<ObjectInfo>> RequestCounter::stat(const std::string& key,
                                                       std::stop_token stop) {
  ++requests_;
  auto answer = inner().stat(key, std::move(stop));
  if (!answer.ok()) return named(std::move(answer).error());
  return answer;
}

Result<std::vector<std::uint8_t>> RequestCounter::get(const std::string& key, std::size_t max_bytes,
                                                      std::stop_token stop) {
  ++requests_;
  auto answer = inner().get(key, max_bytes, std::move(stop));
  if (!answer.ok()) return named(std::move(answer).error());
  downloaded_ += answer->size();
  return answer;
}

Status RequestCounter::get_range(const std::string& key, std::uint64_t offset,
                                 std::span<std::uint8_t> out, std::stop_token stop) {
  ++requests_;
  Status status = inner().get_range(key, offset, out, std::move(stop));
  if (!status.ok()) return named(std::move(status).error());
  downloaded_ += out.size();
  return status;
}

Result<PutOutcome> RequestCounter::put(const std::string& key, ObjectSource& source,
                                       PutCondition condition, std::stop_token stop) {
  ++requests_;
  auto answer = inner().put(key, source, condition, std::move(stop));
  if (!answer.ok()) return named(std::move(answer).error());
  uploaded_ += source.size_bytes();
  return answer;
}

// An error of `visit` is the caller's own and keeps its words.
Status RequestCounter::list(const std::string& prefix,
                            const std::function<Status(const ObjectInfo&)>& visit,
                            std::stop_token stop) {
  ++requests_;
  bool visit_failed = false;
  const auto guarded = [&](const ObjectInfo& info) -> Status {
    Status status = visit(info);
    visit_failed = !status.ok();
    return status;
  };
  Status status = inner().list(prefix, guarded, std::move(stop));
  if (status.ok() || visit_failed) return status;
  return named(std::move(status).error());
}

Status RequestCounter::remove(const std::string& key, std::stop_token stop) {
  ++requests_;
  Status status = inner().remove(key, std::move(stop));
  if (!status.ok()) return named(std::move(status).error());
  return status;
}

}  // namespace cairn::sync
