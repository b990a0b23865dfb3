#include "format/path_order.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace cairn::format {
namespace {

std::size_t common_prefix(std::string_view a, std::string_view b) {
  const std::size_t size = std::min(a.size(), b.size());
  std::size_t at = 0;
  for (; at + 8 <= size; at += 8) {
    std::uint64_t x;
    std::uint64_t y;
    std::memcpy(&x, a.data() + at, 8);
    std::memcpy(&y, b.data() + at, 8);
    if (x != y) return at + static_cast<std::size_t>(std::countr_zero(x ^ y)) / 8;  // little-endian
  }
  while (at < size && a[at] == b[at]) ++at;
  return at;
}

}  // namespace

const char* PathOrder::next(std::string_view path) {
  const std::size_t common = common_prefix(last_, path);
  if (common == path.size()) return "paths that are not in ascending order";
  const auto byte = [common](std::string_view text) {
    return static_cast<unsigned char>(text[common]);
  };
  if (common < last_.size() && byte(last_) > byte(path))
    return "paths that are not in ascending order";
  while (!prefixes_.empty() && prefixes_.back() > common) prefixes_.pop_back();
  // Only the longest can be a parent: the others were compared with it.
  if (!prefixes_.empty() && path[prefixes_.back()] == '/')
    return "a path that is the parent of another one";
  prefixes_.push_back(static_cast<std::uint16_t>(path.size()));
  last_.assign(path);
  return nullptr;
}

}  // namespace cairn::format
