// Tensors inside the files of versions (safetensors, npy, npz, PyTorch checkpoints): what there is,
// the bytes of one, and what changed between two versions. Nothing in a file is executed.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "repo/file_reading.hpp"

namespace cairn::repo {

struct Tensor {
  std::string name, dtype;
  std::vector<std::uint64_t> shape;
  std::uint64_t offset = 0, bytes = 0;  // in the file
  std::optional<std::uint64_t> stored;  // nothing: some of it is not here
  chunk::Element element = {};
};
// Those of a file, by place; none for a file that has no tensors of a known structure. kMissing:
// its headers are not here.
Result<std::vector<Tensor>> list_tensors(ChunkedFile& file);
// True for names that files with tensors mostly have.
bool may_hold_tensors(const std::string& path);

// "[2, 3]"
std::string shape_text(const std::vector<std::uint64_t>& shape);

// Of the one file of a version that was typed: only chunks with its headers are read.
Result<std::vector<Tensor>> tensors_of(const Context& context, Repository& repository,
                                       const FileName& file);

struct TensorCat {
  FileName file;
  std::string name;
  std::uint64_t offset = 0;  // in the tensor
  std::optional<std::uint64_t> length;
};
// The bytes of one tensor, little-endian, by a name of the list or that of its member in an npz;
// only the chunks they lie in are read. kUsage, slugs "no-such-tensor" and "bad-range".
Status cat_tensor(const Context& context, Repository& repository, const TensorCat& options,
                  const std::function<Status(base::ByteView)>& sink);

struct TensorChange {
  enum class Kind { kAdded, kRemoved, kChanged };
  Kind kind = Kind::kChanged;
  std::string name;
  std::string old_dtype, new_dtype;
  std::vector<std::uint64_t> old_shape, new_shape;
  // Of changed tensors of the same type and shape.
  std::uint64_t elements = 0, changed_elements = 0;
  // Of floats among them: |new - old| / max(|new|, |old|), 0 to 2; elements that are not finite on
  // either side are counted apart.
  bool compared_floats = false;
  double largest = 0, mean = 0;
  std::uint64_t not_finite = 0;
};
struct TensorDiff {
  std::vector<TensorChange> changes;  // in the order of the newer file, removed ones last
  std::uint64_t unchanged = 0;
};
// Nothing when one of the files has no tensors. Reads only tensors whose chunks differ, block by
// block.
Result<std::optional<TensorDiff>> diff_tensors(const Context& context, ChunkedFile& before,
                                               ChunkedFile& after);

}  // namespace cairn::repo
