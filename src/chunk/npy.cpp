// numpy.lib.format: magic, version, header length, a Python dict literal in one fixed form, data.
#include <charconv>

#include "chunk/formats.hpp"

namespace cairn::chunk::detail {
namespace {

constexpr std::uint64_t kMagicBytes = 8;  // with the version
constexpr std::uint64_t kMaxNpyHeaderBytes = 65'536;

// Walks "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }" in any order of keys.
class DictReader {
 public:
  explicit DictReader(std::string_view text) : rest_(text) {}

  bool read(Unit& unit) {
    int seen = 0;
    if (!take("{")) return false;
    while (!take("}")) {
      std::string key;
      if (!quoted(key) || !take(":")) return false;
      if (key == "descr") {
        seen |= 1;
        if (!quoted(unit.dtype)) return false;  // a list: records of several fields
      } else if (key == "fortran_order") {
        seen |= 2;
        if (!take("True") && !take("False")) return false;
      } else if (key == "shape") {
        seen |= 4;
        if (!tuple(unit.shape)) return false;
      } else {
        return false;
      }
      (void)take(",");
    }
    return seen == 7 && rest_.find_first_not_of(" \n") == std::string_view::npos;
  }

 private:
  bool take(std::string_view word) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
    if (rest_.substr(0, word.size()) != word) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  bool quoted(std::string& out) {
    if (!take("'")) return false;
    const auto end = rest_.find('\'');
    if (end == std::string_view::npos) return false;
    out = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return true;
  }
  bool tuple(std::vector<std::uint64_t>& out) {
    if (!take("(")) return false;
    out.clear();
    while (!take(")")) {
      std::uint64_t number = 0;
      (void)take("");  // spaces
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
      if (error != std::errc() || out.size() == kMaxTensorDimensions) return false;
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      out.push_back(number);
      (void)take(",");
    }
    return true;
  }

  std::string_view rest_;
};

// "<f4", "|u1", ">i8": order, kind, bytes. Size 0 unless it is a plain number of at most 8 bytes.
std::uint64_t item_bytes(const std::string& descr, Element& element) {
  if (descr.size() < 3) return 0;
  std::uint64_t bytes = 0;
  const auto [end, error] = std::from_chars(descr.data() + 2, descr.data() + descr.size(), bytes);
  if (error != std::errc() || end != descr.data() + descr.size()) return 0;
  const char order = descr[0];
  const char kind = descr[1];
  const bool number = std::string_view("fiub").find(kind) != std::string_view::npos;
  const bool word = bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
  if (number && word && (order == '<' || order == '|')) {
    element = {static_cast<std::uint8_t>(bytes), kind == 'f'};
  } else if (number && word && order == '>') {
    element = {static_cast<std::uint8_t>(bytes), false};  // planes, but no float to rotate
  }
  return kind == 'U' ? bytes * 4 : bytes;  // strings of 4-byte characters
}

}  // namespace

std::optional<Unit> npy_array(const Source& source, std::uint64_t offset, std::uint64_t bytes) {
  const auto magic = source.bytes(offset, std::min<std::uint64_t>(kMagicBytes + 4, bytes));
  if (!magic || magic->size() < kMagicBytes + 4) return std::nullopt;
  if (base::text_of(*magic).substr(0, 6) != std::string_view("\x93NUMPY", 6)) return std::nullopt;
  const std::uint8_t version = (*magic)[6];
  if (version < 1 || version > 3) return std::nullopt;
  const std::uint64_t length_bytes = version == 1 ? 2 : 4;
  const std::uint64_t length = version == 1
                                   ? base::load_le<std::uint16_t>(magic->data() + kMagicBytes)
                                   : base::load_le<std::uint32_t>(magic->data() + kMagicBytes);
  const std::uint64_t header = kMagicBytes + length_bytes;
  if (length > kMaxNpyHeaderBytes || header + length > bytes) return std::nullopt;
  const auto text = source.bytes(offset + header, length);
  Unit unit;
  if (!text || !DictReader(base::text_of(*text)).read(unit)) return std::nullopt;
  unit.offset = offset + header + length;
  unit.bytes = bytes - header - length;
  const std::uint64_t item = item_bytes(unit.dtype, unit.element);
  if (item == 0 || tensor_bytes(unit.shape, item) != unit.bytes) return std::nullopt;
  return unit;
}

std::optional<Structure> read_npy(const Source& source) {
  const auto array = npy_array(source, 0, source.file_bytes);
  if (!array) return std::nullopt;
  Structure out{FileType::kNpy, {}, {*array}};
  if (array->bytes > 0) out.units.push_back(*array);
  return out;
}

}  // namespace cairn::chunk::detail
