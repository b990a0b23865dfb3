// The readers behind read_structure(), one file each. Each gets a file that starts like its format
// and returns units and tensors in any order; nothing: odd. check_units() and check_tensors() have
// the last word.
#pragma once

#include "base/bytes.hpp"
#include "chunk/structure.hpp"

namespace cairn::chunk::detail {

struct Source {
  const ReadAt& read;
  std::uint64_t file_bytes;
  std::string& note;  // what is not understood of a file that is one of a known structure

  // Nothing when the range leaves the file, is longer than kMaxStructureHeaderBytes, or reading
  // fails.
  [[nodiscard]] std::optional<base::Bytes> bytes(std::uint64_t offset, std::uint64_t count) const;
};

std::optional<Structure> read_safetensors(const Source& source);
std::optional<Structure> read_npy(const Source& source);
std::optional<Structure> read_zip(const Source& source);  // npz and PyTorch checkpoints as well
std::optional<Structure> read_tar(const Source& source);

// The array of an npy file that fills [offset, offset + bytes) of the source.
std::optional<Unit> npy_array(const Source& source, std::uint64_t offset, std::uint64_t bytes);

// A type of PyTorch's elements. A complex one is two numbers.
struct TorchType {
  std::string_view dtype;  // "" when it is not known
  std::uint8_t item_bytes = 0;
  Element element = {};
};
// A storage of a PyTorch pickle: member "data/<key>" of the archive.
struct TorchStorage {
  std::string key;
  std::string name;  // of the first tensor in it
  TorchType type;
  std::vector<std::uint64_t> shape;  // of that tensor
};
// A tensor whose elements lie side by side, in whatever order of its dimensions.
struct TorchTensor {
  std::size_t storage = 0;
  std::string name;
  TorchType type;
  std::uint64_t first = 0;  // its first element, counted from the beginning of the storage
  std::vector<std::uint64_t> shape;
};
struct TorchContent {
  std::vector<TorchStorage> storages;
  std::vector<TorchTensor> tensors;
};
// Reads data.pkl by walking its opcodes, without any of their effects; nothing unless all are on
// the list of harmless ones.
std::optional<TorchContent> walk_torch_pickle(base::ByteView pickle);

// Bytes of a tensor, or nothing when they overflow or there are too many dimensions.
std::optional<std::uint64_t> tensor_bytes(const std::vector<std::uint64_t>& shape,
                                          std::uint64_t element_bytes);

// Sorts; false unless the tensors are inside the file and few enough.
bool check_tensors(std::vector<Unit>& tensors, std::uint64_t file_bytes);
// The same, and no unit is empty or overlaps another.
bool check_units(std::vector<Unit>& units, std::uint64_t file_bytes);

}  // namespace cairn::chunk::detail
