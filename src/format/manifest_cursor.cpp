#include "format/manifest_cursor.hpp"

#include <fmt/core.h>

#include "base/text.hpp"

namespace cairn::format {
namespace {

InnerEntry child_of(const ChunkId& top) {
  InnerEntry child;
  child.page = top;
  return child;
}

Status check_order(PathOrder& order, std::string_view path) {
  if (const char* fault = order.next(path)) {
    return refuse("page", fmt::format("{}: \"{}\"", fault, base::printable(path)));
  }
  return {};
}

}  // namespace

bool ManifestCursorTraits::sum_agrees(const Child& child, const Page& page) {
  const InnerEntry sum = sum_of(page);
  return sum.a == child.a && sum.b == child.b && sum.last_path == child.last_path;
}

ManifestCursor::ManifestCursor(const ChunkId& top, const PageFetch& fetch)
    : tree_(child_of(top), ManifestCursorTraits{fetch}) {}

Result<ManifestPage> ManifestCursor::enter() {
  CAIRN_TRY(ManifestPage page, tree_.enter());
  for (const ManifestEntry& entry : page.entries) CAIRN_CHECK(check_order(order_, entry.path));
  return page;
}

Status ManifestCursor::skip() {
  CAIRN_CHECK(check_order(order_, node()->last_path));
  tree_.skip();
  return {};
}

}  // namespace cairn::format
