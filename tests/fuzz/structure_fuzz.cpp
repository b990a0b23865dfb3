// Headers of files of known structure: advice lies inside the file, and cutting by it ends.
#include "chunk/formats.hpp"
#include "chunk/structure_cuts.hpp"
#include "fuzzing.hpp"

namespace {

using namespace cairn;

void cut(chunk::Structure structure, const base::Bytes& file) {
  const chunk::StructureCuts cuts(std::move(structure), file.size(), {});
  for (std::size_t at = 0; at < file.size();) {
    const std::size_t length = cuts.next_length(at, base::ByteView(file).subspan(at));
    fuzz::require(length > 0 && length <= chunk::kSliceBytes, "a chunk of possible size");
    (void)cuts.unit_of(at, length);
    at += length;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const base::Bytes file(data, data + size_bytes);
  const auto read = [&](std::uint64_t offset, std::span<std::uint8_t> out) {
    fuzz::require(offset <= file.size() && out.size() <= file.size() - offset, "reads inside");
    std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
    return true;
  };
  auto structure = chunk::read_structure(read, file.size());
  (void)chunk::detail::walk_torch_pickle(file);
  if (!structure) return 0;
  std::uint64_t end = 0;
  for (const chunk::Unit& unit : structure->units) {
    fuzz::require(unit.bytes > 0 && unit.offset >= end, "units ascend");
    end = unit.offset + unit.bytes;
    fuzz::require(end <= file.size(), "units inside the file");
  }
  cut(*std::move(structure), file);
  return 0;
}
