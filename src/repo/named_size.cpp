#include "repo/named_size.hpp"

#include <algorithm>

namespace cairn::repo {

namespace {

constexpr std::size_t kLargest = 5;

std::string end_of(const std::string& range) {
  const auto dots = range.rfind("..");
  const auto end = dots == std::string::npos ? range : range.substr(dots + 2);
  return end.empty() ? "HEAD" : end;
}

Result<std::vector<Tracked>> named(const Repository& repository, const std::string& range) {
  if (range.empty()) return repository.tracked();
  CAIRN_TRY(const auto commit, repository.git().resolve_commit(end_of(range)));
  return repository.tracked_at(commit);
}

}  // namespace

Result<NamedSize> named_size(const Repository& repository, const std::string& range) {
  NamedSize out;
  CAIRN_TRY(out.largest, named(repository, range));
  for (const auto& item : out.largest) out.bytes += item.pointer.size_bytes;
  std::ranges::stable_sort(out.largest, std::ranges::greater(),
                           [](const auto& item) { return item.pointer.size_bytes; });
  if (out.largest.size() > kLargest)
    out.largest.erase(out.largest.begin() + kLargest, out.largest.end());
  return out;
}

}  // namespace cairn::repo
