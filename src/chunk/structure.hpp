// What a file's own headers say about where its parts lie: tensors of checkpoints, members of
// archives. Advice for cutting and encoding, never needed to read a file back. Nothing is executed,
// nothing trusted: what is not understood to the last byte gives no advice, and the file is cut as
// plain bytes. Bounded in time and memory by the limits below.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cairn::chunk {

inline constexpr std::uint64_t kMaxStructureHeaderBytes = std::uint64_t{32} << 20;
inline constexpr std::size_t kMaxStructureUnits = std::size_t{1} << 18;
inline constexpr std::size_t kMaxTensorDimensions = 32;

enum class FileType : std::uint8_t { kSafetensors, kNpy, kNpz, kTorchZip, kZip, kTar };

// How the numbers of a tensor lie; bytes 0: not known to be numbers.
struct Element {
  std::uint8_t bytes = 0;  // 1, 2, 4, 8
  bool is_float = false;   // little-endian with the sign in the top bit
  bool operator==(const Element&) const = default;
};

// A part of the file that starts at a place of its own.
struct Unit {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::string name;
  std::string dtype;  // as the file names it; with name and shape it finds the same tensor in
                      // another version
  std::vector<std::uint64_t> shape = {};
  Element element = {};
  bool operator==(const Unit&) const = default;
};

// Units ascend without overlap, inside the file, none empty. What lies between them is headers.
// Tensors are what the file's users know by name, each where its elements lie: they ascend, may be
// empty, and overlap where several are views of one storage.
struct Structure {
  FileType type = FileType::kZip;
  std::vector<Unit> units;
  std::vector<Unit> tensors = {};
};

// Fills `out` from `offset`, all of it or false. Calls are few and mostly ascending.
using ReadAt = std::function<bool(std::uint64_t offset, std::span<std::uint8_t> out)>;

// Nothing for a file of no known structure, or one whose headers are odd in any way. `note`: set
// when a file that begins like one of a known structure is not, or only in part, understood.
std::optional<Structure> read_structure(const ReadAt& read, std::uint64_t file_bytes,
                                        std::string* note = nullptr);

}  // namespace cairn::chunk
