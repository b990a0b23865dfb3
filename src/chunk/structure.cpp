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
  if (units.size() > kMaxStructureUnits) return false;
  const auto by_offset = [](const Unit& a, const Unit& b) { return a.offset < b.offset; };
  std::stable_sort(units.begin(), units.end(), by_offset);
  std::uint64_t end = 0;
  for (const Unit& unit : units) {
    if (unit.bytes == 0 || unit.offset < end || unit.offset > file_bytes) return false;
    if (unit.bytes > file_bytes - unit.offset) return false;
    end = unit.offset + unit.bytes;
  }
  return true;
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

std::optional<Structure> read_by_magic(const detail::Source& source, base::ByteView head) {
  constexpr std::size_t kTarMagicAt = 257;
  using namespace std::string_view_literals;
  if (starts_with(head, "\x93NUMPY"sv)) return detail::read_npy(source);
  if (starts_with(head, "PK\x03\x04"sv)) return detail::read_zip(source);
  if (looks_like_safetensors(head, source.file_bytes)) return detail::read_safetensors(source);
  const auto block = source.bytes(0, std::min<std::uint64_t>(kTarHeaderBytes, source.file_bytes));
  if (block && starts_with(*block, "ustar"sv, kTarMagicAt)) return detail::read_tar(source);
  return std::nullopt;
}

}  // namespace

std::optional<Structure> read_structure(const ReadAt& read, std::uint64_t file_bytes) {
  const detail::Source source{read, file_bytes};
  const auto head = source.bytes(0, std::min<std::uint64_t>(kSniffBytes, file_bytes));
  if (!head) return std::nullopt;
  auto structure = read_by_magic(source, *head);
  if (!structure || structure->units.empty()) return std::nullopt;
  if (!detail::check_units(structure->units, file_bytes)) return std::nullopt;
  return structure;
}

}  // namespace cairn::chunk
