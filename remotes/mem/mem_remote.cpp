#include "remotes/mem/mem_remote.hpp"

#include <algorithm>
#include <utility>

namespace cairn::remotes {
namespace {

Status check_running(const std::stop_token& stop) {
  if (stop.stop_requested()) return Error(Code::kInterrupted, "interrupted");
  return {};
}

Error no_object(const std::string& key) {
  return Error(Code::kNotFound, "there is no object `" + key + "`");
}

}  // namespace

MemRemote::ObjectPtr MemRemote::find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto at = objects_.find(key);
  return at == objects_.end() ? nullptr : at->second;
}

Result<std::int64_t> MemRemote::now_ms(std::stop_token stop) {
  CAIRN_CHECK(check_running(stop));
  return clock_.now_ms();
}

Result<std::optional<ObjectInfo>> MemRemote::stat(const std::string& key, std::stop_token stop) {
  CAIRN_CHECK(check_running(stop));
  const ObjectPtr object = find(key);
  if (!object) return std::optional<ObjectInfo>();
  return std::optional<ObjectInfo>({key, object->bytes.size(), object->modified_ms});
}

Result<std::vector<std::uint8_t>> MemRemote::get(const std::string& key, std::size_t max_bytes,
                                                 std::stop_token stop) {
  CAIRN_CHECK(check_running(stop));
  const ObjectPtr object = find(key);
  if (!object) return no_object(key);
  if (object->bytes.size() > max_bytes) {
    return Error(Code::kCorrupt, "`" + key + "` is larger than the " + std::to_string(max_bytes) +
                                     " bytes such an object may have");
  }
  return object->bytes;
}

Status MemRemote::get_range(const std::string& key, std::uint64_t offset,
                            std::span<std::uint8_t> out, std::stop_token stop) {
  CAIRN_CHECK(check_running(stop));
  const ObjectPtr object = find(key);
  if (!object) return no_object(key);
  const auto& bytes = object->bytes;
  if (offset > bytes.size() || out.size() > bytes.size() - offset) {
    return Error(Code::kCorrupt, "`" + key + "` is truncated: wanted " +
                                     std::to_string(out.size()) + " bytes at offset " +
                                     std::to_string(offset));
  }
  const auto part = std::span(bytes).subspan(static_cast<std::size_t>(offset), out.size());
  std::copy(part.begin(), part.end(), out.begin());
  return {};
}

Result<PutOutcome> MemRemote::put(const std::string& key, ObjectSource& source,
                                  PutCondition condition, std::stop_token stop) {
  CAIRN_CHECK(check_running(stop));
  if (key.empty()) return Error(Code::kUsage, "an object needs a key");
  auto object = std::make_shared<Object>();
  object->bytes.resize(static_cast<std::size_t>(source.size_bytes()));
  CAIRN_CHECK(source.read(0, object->bytes));
  source.sent(object->bytes.size());
  object->modified_ms = clock_.now_ms();
  const std::lock_guard lock(mutex_);
  ObjectPtr& slot = objects_[key];
  if (slot && condition == PutCondition::kIfAbsent) return PutOutcome::kAlreadyThere;
  slot = std::move(object);
  return PutOutcome::kStored;
}

// Visits a copy of the names, so that `visit` may use the remote.
Status MemRemote::list(const std::string& prefix,
                       const std::function<Status(const ObjectInfo&)>& visit,
                       std::stop_token stop) {
  CAIRN_CHECK(check_running(stop));
  std::vector<ObjectInfo> found;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = objects_.lower_bound(prefix); at != objects_.end(); ++at) {
      if (!at->first.starts_with(prefix)) break;
      found.push_back({at->first, at->second->bytes.size(), at->second->modified_ms});
    }
  }
  for (const ObjectInfo& object : found) {
    CAIRN_CHECK(check_running(stop));
    CAIRN_CHECK(visit(object));
  }
  return {};
}

Status MemRemote::remove(const std::string& key, std::stop_token stop) {
  CAIRN_CHECK(check_running(stop));
  const std::lock_guard lock(mutex_);
  objects_.erase(key);
  return {};
}

}  // namespace cairn::remotes
