#include "repo/tensors.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace cairn::repo {
namespace {

Result<Tensor> find_tensor(ChunkedFile& file, const std::string& path, const std::string& name) {
  CAIRN_TRY(auto tensors, list_tensors(file));
  auto found = std::ranges::find(tensors, name, &Tensor::name);
  if (constexpr std::string_view kMember = ".npy";
      found == tensors.end() && name.ends_with(kMember)) {
    const auto array = std::string_view(name).substr(0, name.size() - kMember.size());
    found = std::ranges::find(tensors, array, &Tensor::name);
  }
  if (found != tensors.end()) return std::move(*found);
  const std::string shown = base::printable(path);
  if (tensors.empty()) {
    return Error(Code::kUsage, "`" + shown + "` has no tensors that cairn can find")
        .hint("safetensors, npy, npz and PyTorch files of little-endian numbers are understood")
        .slug("no-such-tensor");
  }
  return Error(Code::kUsage, "`" + shown + "` has no tensor `" + base::printable(name) + "`")
      .hint("`cairn ls " + shown + "` lists its " + std::to_string(tensors.size()))
      .slug("no-such-tensor");
}

// Numbers whose first byte is the most significant (numpy's ">f4").
bool is_big_endian(const Tensor& tensor) {
  return tensor.dtype.starts_with('>') && tensor.element.bytes > 1;
}

}  // namespace

bool may_hold_tensors(const std::string& path) {
  constexpr std::array<std::string_view, 8> kEnds = {".safetensors", ".npy", ".npz",  ".pt",
                                                     ".pth",         ".bin", ".ckpt", ".pkl"};
  return std::ranges::any_of(kEnds, [&](auto end) { return path.ends_with(end); });
}

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  std::string out = "[";
  for (const std::uint64_t size : shape) out += (out.size() > 1 ? ", " : "") + std::to_string(size);
  return out + "]";
}

Result<std::vector<Tensor>> list_tensors(ChunkedFile& file) {
  CAIRN_TRY(auto structure, file.structure());
  std::vector<Tensor> tensors;
  if (!structure) return tensors;
  for (chunk::Unit& unit : structure->tensors) {
    Tensor& tensor = tensors.emplace_back();
    tensor.name = std::move(unit.name);
    tensor.dtype = std::move(unit.dtype);
    tensor.shape = std::move(unit.shape);
    tensor.offset = unit.offset;
    tensor.bytes = unit.bytes;
    tensor.stored = file.stored_bytes(unit.offset, unit.bytes);
    tensor.element = unit.element;
  }
  return tensors;
}

Result<std::vector<Tensor>> tensors_of(const Context& context, Repository& repository,
                                       const FileName& name) {
  CAIRN_TRY(auto reading, FileReading::open(context, repository, name));
  reading.note_places();
  const auto list = [&]() -> Result<std::vector<Tensor>> {
    CAIRN_TRY(auto file, reading.chunks());
    return list_tensors(file);
  };
  auto tensors = list();
  reading.tell_traffic();
  if (!tensors.ok()) return reading.explain(std::move(tensors).error());
  return tensors;
}

Status cat_tensor(const Context& context, Repository& repository, const TensorCat& options,
                  const std::function<Status(base::ByteView)>& sink) {
  CAIRN_TRY(auto reading, FileReading::open(context, repository, options.file));
  const auto write = [&]() -> Status {
    CAIRN_TRY(auto file, reading.chunks());
    CAIRN_TRY(const Tensor tensor, find_tensor(file, reading.path(), options.name));
    if (is_big_endian(tensor)) {
      return Error(Code::kUsage, "`" + base::printable(options.name) + "` is stored as " +
                                     tensor.dtype + ", most significant byte first")
          .hint("`cairn cat` without --tensor gives the file as it is")
          .slug("no-such-tensor");
    }
    if (options.offset > tensor.bytes) {
      return Error(Code::kUsage, "the range starts behind the end: the tensor has " +
                                     std::to_string(tensor.bytes) + " bytes")
          .slug("bad-range");
    }
    const std::uint64_t rest = tensor.bytes - options.offset;
    const std::uint64_t bytes = std::min(options.length.value_or(rest), rest);
    return file.stream(context, tensor.offset + options.offset, bytes, sink);
  };
  Status done = write();
  reading.tell_traffic();
  return done.ok() ? done : reading.explain(std::move(done).error());
}

}  // namespace cairn::repo
