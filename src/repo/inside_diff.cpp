#include "repo/inside_diff.hpp"

namespace cairn::repo {
namespace {

Result<InsideDiff> compare(const Context& context, const store::Store& store,
                           const std::string& path, const format::ManifestEntry& before,
                           const format::ManifestEntry& after) {
  InsideDiff out;
  CAIRN_TRY(auto older, ChunkedFile::open(store, before));
  CAIRN_TRY(auto newer, ChunkedFile::open(store, after));
  const TableKind kind = table_kind(path);
  if (kind != TableKind::kNone) {
    CAIRN_TRY(out.table, diff_tables(context, kind, older, newer));
  } else {
    CAIRN_TRY(out.tensors, diff_tensors(context, older, newer));
  }
  return out;
}

}  // namespace

bool may_have_inside(const std::string& path) {
  return may_hold_tensors(path) || table_kind(path) != TableKind::kNone;
}

Result<std::shared_ptr<const InsideDiff>> diff_inside(const Context& context,
                                                      const store::Store& store,
                                                      const std::string& path,
                                                      const format::ManifestEntry& before,
                                                      const format::ManifestEntry& after) {
  if (!may_have_inside(path)) return std::shared_ptr<const InsideDiff>();
  auto found = compare(context, store, path, before, after);
  if (!found.ok()) {
    if (found.error().code() != Code::kMissing) return std::move(found).error();
    return std::make_shared<const InsideDiff>(InsideDiff{true, {}, {}});
  }
  if (!found->tensors && !found->table) return std::shared_ptr<const InsideDiff>();
  return std::make_shared<const InsideDiff>(*std::move(found));
}

}  // namespace cairn::repo
