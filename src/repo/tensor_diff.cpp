// diff_tensors(): tensors of two versions, matched by name.
#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "base/cpu_pool.hpp"
#include "repo/tensor_floats.hpp"
#include "repo/tensors.hpp"

namespace cairn::repo {
namespace {

constexpr std::size_t kComparedBytes = std::size_t{1} << 20;  // of each side; whole elements

std::uint64_t count_changed(base::ByteView before, base::ByteView after, std::size_t step) {
  std::uint64_t changed = 0;
  for (std::size_t at = 0; at + step <= before.size(); at += step)
    changed += std::memcmp(before.data() + at, after.data() + at, step) != 0 ? 1 : 0;
  return changed;
}

class Comparison {
 public:
  Comparison(const Context& context, ChunkedFile& before, ChunkedFile& after)
      : context_(context), before_(before), after_(after) {}

  Result<TensorDiff> run(const std::vector<Tensor>& before, const std::vector<Tensor>& after) {
    std::unordered_map<std::string, const Tensor*> older;
    for (const Tensor& tensor : before) older.emplace(tensor.name, &tensor);
    for (const Tensor& tensor : after) {
      const auto known = older.find(tensor.name);
      if (known == older.end()) {
        out_.changes.push_back(change_of(TensorChange::Kind::kAdded, nullptr, &tensor));
        continue;
      }
      CAIRN_CHECK(compare(*known->second, tensor));
      older.erase(known);
    }
    for (const Tensor& tensor : before) {
      if (older.contains(tensor.name))
        out_.changes.push_back(change_of(TensorChange::Kind::kRemoved, &tensor, nullptr));
    }
    return std::move(out_);
  }

 private:
  static TensorChange change_of(TensorChange::Kind kind, const Tensor* before,
                                const Tensor* after) {
    TensorChange change;
    change.kind = kind;
    change.name = (after ? after : before)->name;
    if (before) change.old_dtype = before->dtype;
    if (before) change.old_shape = before->shape;
    if (after) change.new_dtype = after->dtype;
    if (after) change.new_shape = after->shape;
    return change;
  }

  Status compare(const Tensor& before, const Tensor& after) {
    TensorChange change = change_of(TensorChange::Kind::kChanged, &before, &after);
    const bool alike =
        before.dtype == after.dtype && before.shape == after.shape && before.bytes == after.bytes;
    if (alike) {
      if (!same_chunks(before_, before.offset, after_, after.offset, after.bytes))
        CAIRN_CHECK(compare_bytes(before, after, change));
      if (change.changed_elements == 0) {
        ++out_.unchanged;
        return {};
      }
    }
    out_.changes.push_back(std::move(change));
    return {};
  }

  Status compare_bytes(const Tensor& before, const Tensor& after, TensorChange& change) {
    const auto kind = float_kind(after.dtype);
    const std::size_t step = std::max<std::size_t>(after.element.bytes, 1);
    std::optional<FloatChange> floats;
    if (kind && float_bytes(*kind) == step) floats.emplace(*kind);
    base::Bytes old_block;
    base::Bytes new_block;
    for (std::uint64_t at = 0; at < after.bytes; at += new_block.size()) {
      CAIRN_CHECK(base::check_stop(context_));
      const auto count =
          static_cast<std::size_t>(std::min<std::uint64_t>(kComparedBytes, after.bytes - at));
      old_block.resize(count);
      new_block.resize(count);
      CAIRN_CHECK(before_.read(before.offset + at, old_block));
      CAIRN_CHECK(after_.read(after.offset + at, new_block));
      change.elements += count / step;
      change.changed_elements += count_changed(old_block, new_block, step);
      if (floats) floats->add(old_block, new_block);
    }
    if (!floats) return {};
    change.compared_floats = true;
    change.largest = floats->largest();
    change.mean = floats->mean();
    change.not_finite = floats->not_finite();
    return {};
  }

  const Context& context_;
  ChunkedFile& before_;
  ChunkedFile& after_;
  TensorDiff out_;
};

}  // namespace

Result<std::optional<TensorDiff>> diff_tensors(const Context& context, ChunkedFile& before,
                                               ChunkedFile& after) {
  CAIRN_TRY(const auto older, list_tensors(before));
  if (older.empty()) return std::optional<TensorDiff>();
  CAIRN_TRY(const auto newer, list_tensors(after));
  if (newer.empty()) return std::optional<TensorDiff>();
  CAIRN_TRY(auto found, Comparison(context, before, after).run(older, newer));
  return std::optional<TensorDiff>(std::move(found));
}

}  // namespace cairn::repo
