#include "merge/pointer_merge.hpp"

#include <map>
#include <set>
#include <string>

namespace cairn::merge {

namespace {

using format::Pointer;
using Keys = std::map<std::string, std::string>;

// The side that changed; null when both did, differently.
template <typename T>
const T* changed_side(const T* base, const T& ours, const T& theirs) {
  if (ours == theirs || (base && *base == theirs)) return &ours;
  if (base && *base == ours) return &theirs;
  return nullptr;
}

Keys keys_of(const Pointer& pointer) { return {pointer.extra.begin(), pointer.extra.end()}; }

std::optional<std::string> value_in(const Keys& keys, const std::string& key) {
  const auto found = keys.find(key);
  return found == keys.end() ? std::nullopt : std::optional(found->second);
}

bool merge_extra(const Pointers& in, Pointer& out) {
  const Keys base = in.base ? keys_of(*in.base) : Keys();
  const Keys ours = keys_of(in.ours), theirs = keys_of(in.theirs);
  Keys all = ours;
  all.insert(theirs.begin(), theirs.end());
  out.extra.clear();
  for (const auto& [key, unused] : all) {
    const auto before = value_in(base, key);
    const auto left = value_in(ours, key), right = value_in(theirs, key);
    const auto* value = changed_side(&before, left, right);
    if (value == nullptr) return false;
    if (*value) out.extra.emplace_back(key, **value);
  }
  return true;
}

void take_content(const Pointer& from, Pointer& to) {
  to.oid = from.oid;
  to.tree = from.tree;
  to.size_bytes = from.size_bytes;
  to.files = from.files;
}

}  // namespace

bool same_version(const Pointer& a, const Pointer& b) {
  return a.kind == b.kind && a.oid == b.oid && a.executable == b.executable && a.extra == b.extra;
}

PointerVerdict merge_pointers(const Pointers& in) {
  using Kind = PointerVerdict::Kind;
  if (same_version(in.ours, in.theirs)) return {Kind::kDecided, in.ours};
  if (in.base && same_version(*in.base, in.theirs)) return {Kind::kDecided, in.ours};
  if (in.base && same_version(*in.base, in.ours)) return {Kind::kDecided, in.theirs};
  PointerVerdict verdict{Kind::kConflict, in.ours};
  if (in.ours.kind != in.theirs.kind || !merge_extra(in, verdict.pointer)) return verdict;
  const bool has_base = in.base && in.base->kind == in.ours.kind;
  const auto* content =
      changed_side(has_base ? &in.base->oid : nullptr, in.ours.oid, in.theirs.oid);
  const auto* bit = changed_side(has_base ? &in.base->executable : nullptr, in.ours.executable,
                                 in.theirs.executable);
  if (content == nullptr && in.ours.kind == Pointer::Kind::kFolder) {
    verdict.kind = Kind::kFolders;
    return verdict;
  }
  if (content == nullptr || bit == nullptr) return {Kind::kConflict, in.ours};
  if (content == &in.theirs.oid) take_content(in.theirs, verdict.pointer);
  verdict.pointer.executable = *bit;
  verdict.kind = Kind::kDecided;
  return verdict;
}

}  // namespace cairn::merge
