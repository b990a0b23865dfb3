// The readers behind read_structure(), one file each. Each gets a file that starts like its format
// and returns units in any order; nothing: odd. check_units() has the last word.
#pragma once

#include "base/bytes.hpp"
#include "chunk/structure.hpp"

namespace cairn::chunk::detail {

struct Source {
  const ReadAt& read;
  std::uint64_t file_bytes;

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

// A storage of a PyTorch pickle: member "data/<key>" of the archive.
struct TorchStorage {
  std::string key;
  std::string name;  // of the first tensor in it
  std::string dtype;
  Element element;
  std::vector<std::uint64_t> shape;  // of that tensor
};
// Reads data.pkl by walking its opcodes, without any of their effects; nothing unless all are on
// the list of harmless ones.
std::optional<std::vector<TorchStorage>> walk_torch_pickle(base::ByteView pickle);

// Bytes of a tensor, or nothing when they overflow or there are too many dimensions.
std::optional<std::uint64_t> tensor_bytes(const std::vector<std::uint64_t>& shape,
                                          std::uint64_t element_bytes);

// Sorts; false unless the units are inside the file without overlap, few enough and not empty.
bool check_units(std::vector<Unit>& units, std::uint64_t file_bytes);

}  // namespace cairn::chunk::detail
