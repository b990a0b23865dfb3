#include "chunk/structure.hpp"

#include <algorithm>

#include "chunk/formats.hpp"

namespace cairn::chunk {
namespace detail {

std::optional<base::Bytes> Source::bytes(std::uint64_t offset, std::uint64_t count) const {
  if (count > kMaxStructureHeaderBytes || offset > file_bytes || count > file_bytes - offset) {
    return std::nullopt;
  }
  base::Bytes out(static_cast<std::size_t>(count));
  if (count > 0 && !read(offset, out)) return std::nullopt;
  return out;
}

std::optional<std::uint64_t> tensor_bytes(const std::vector<std::uint64_t>& shape,
                                          std::uint64_t element_bytes) {
  if (shape.size() > kMaxTensorDimensions) return std::nullopt;
  std::uint64_t total = element_bytes;
  for (const std::uint64_t size : shape) {
    if (__builtin_mul_overflow(total, size, &total)) return std::nullopt;
  }
  return total;
}

bool check_units(std::vector<Unit>& units, std::uint64_t file_bytes) {
  if (!check_tensors(units, file_bytes)) return false;
  std::uint64_t end = 0;
  for (const Unit& unit : units) {
    if (unit.bytes == 0 || unit.offset < end) return false;
    end = unit.offset + unit.bytes;
  }
  return true;
}

bool check_tensors(std::vector<Unit>& tensors, std::uint64_t file_bytes) {
  if (tensors.size() > kMaxStructureUnits) return false;
  const auto by_offset = [](const Unit& a, const Unit& b) { return a.offset < b.offset; };
  std::stable_sort(tensors.begin(), tensors.end(), by_offset);
  return std::all_of(tensors.begin(), tensors.end(), [&](const Unit& tensor) {
    return tensor.offset <= file_bytes && tensor.bytes <= file_bytes - tensor.offset;
  });
}

}  // namespace detail

namespace {

// Of which all but tar are known by their first bytes: what lies behind may have to come from afar.
constexpr std::size_t kSniffBytes = 16;
constexpr std::size_t kTarHeaderBytes = 512;

bool starts_with(base::ByteView bytes, std::string_view magic, std::size_t at = 0) {
  return bytes.size() >= at + magic.size() &&
         base::text_of(bytes.subspan(at, magic.size())) == magic;
}

// Eight bytes of header length, then the header's brace.
bool looks_like_safetensors(base::ByteView head, std::uint64_t file_bytes) {
  constexpr std::size_t kLengthBytes = 8;
  if (head.size() <= kLengthBytes || head[kLengthBytes] != '{') return false;
  return base::load_le<std::uint64_t>(head.data()) <= file_bytes - kLengthBytes;
}

struct Reader {
  std::optional<Structure> (*read)(const detail::Source& source);
  std::string_view what;
};

Reader reader_of(const detail::Source& source, base::ByteView head) {
  constexpr std::size_t kTarMagicAt = 257;
  using namespace std::string_view_literals;
  if (starts_with(head, "\x93NUMPY"sv)) return {detail::read_npy, "an npy array"};
  if (starts_with(head, "PK\x03\x04"sv)) return {detail::read_zip, "a zip archive"};
  if (looks_like_safetensors(head, source.file_bytes))
    return {detail::read_safetensors, "safetensors"};
  const auto block = source.bytes(0, std::min<std::uint64_t>(kTarHeaderBytes, source.file_bytes));
  if (block && starts_with(*block, "ustar"sv, kTarMagicAt))
    return {detail::read_tar, "a tar archive"};
  return {};
}

}  // namespace

std::optional<Structure> read_structure(const ReadAt& read, std::uint64_t file_bytes,
                                        std::string* note) {
  std::string unheard;
  const detail::Source source{read, file_bytes, note != nullptr ? *note : unheard};
  const auto head = source.bytes(0, std::min<std::uint64_t>(kSniffBytes, file_bytes));
  if (!head) return std::nullopt;
  const Reader reader = reader_of(source, *head);
  if (reader.read == nullptr) return std::nullopt;
  auto structure = reader.read(source);
  if (!structure || !detail::check_units(structure->units, file_bytes) ||
      !detail::check_tensors(structure->tensors, file_bytes)) {
    source.note =
        "begins like " + std::string(reader.what) + ", but its headers are not understood";
    return std::nullopt;
  }
  if (structure->units.empty() && structure->tensors.empty()) return std::nullopt;
  return structure;
}

}  // namespace cairn::chunk
