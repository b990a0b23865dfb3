#include "net/object_range.hpp"

#include <fmt/core.h>

#include <limits>
#include <utility>

namespace cairn::net {

bool can_be_asked(std::uint64_t offset, std::size_t size) {
  return size != 0 && offset <= std::uint64_t{std::numeric_limits<std::int64_t>::max()} - size;
}

std::string range_header(std::uint64_t offset, std::size_t size) {
  return fmt::format("bytes={}-{}", offset, offset + size - 1);
}

Status answer_without_asking(Remote& remote, const std::string& key, std::uint64_t offset,
                             std::size_t size, std::stop_token stop) {
  CAIRN_TRY(const auto info, remote.stat(key, std::move(stop)));
  if (!info) return Error(Code::kNotFound, "there is no object `" + key + "`");
  if (offset > info->size_bytes || size != 0) return truncated_object(key, offset, size);
  return {};
}

Error truncated_object(const std::string& key, std::uint64_t offset, std::size_t size) {
  return Error(Code::kCorrupt,
               fmt::format("`{}` is truncated: wanted {} bytes at offset {}", key, size, offset));
}

Error oversized_object(const std::string& key, std::size_t max_bytes) {
  return Error(
      Code::kCorrupt,
      fmt::format("`{}` is larger than the {} bytes such an object may have", key, max_bytes));
}

}  // namespace cairn::net
