// POSIX ustar, with the extensions of pax and GNU for long names and sizes: headers of 512 bytes,
// each followed by its member's data rounded up to 512.
#include "chunk/formats.hpp"

namespace cairn::chunk::detail {
namespace {

constexpr std::uint64_t kBlock = 512;

// Octal digits, or a big-endian number behind a byte of 0x80.
std::optional<std::uint64_t> tar_number(base::ByteView field) {
  std::uint64_t value = 0;
  if (field[0] == 0x80) {
    for (const std::uint8_t byte : field.subspan(1)) {
      if (value >> 55 != 0) return std::nullopt;
      value = value << 8 | byte;
    }
    return value;
  }
  std::size_t at = 0;
  while (at < field.size() && field[at] == ' ') ++at;
  for (; at < field.size() && field[at] >= '0' && field[at] <= '7'; ++at) {
    if (value >> 60 != 0) return std::nullopt;
    value = value << 3 | static_cast<unsigned>(field[at] - '0');
  }
  for (; at < field.size(); ++at) {
    if (field[at] != 0 && field[at] != ' ') return std::nullopt;
  }
  return value;
}

bool checksum_fits(base::ByteView header) {
  constexpr std::size_t kAt = 148;
  constexpr std::size_t kBytes = 8;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < header.size(); ++i) {
    sum += i >= kAt && i < kAt + kBytes ? ' ' : header[i];
  }
  return tar_number(header.subspan(kAt, kBytes)) == sum;
}

std::string text_field(base::ByteView header, std::size_t at, std::size_t size) {
  const std::string_view text = base::text_of(header.subspan(at, size));
  return std::string(text.substr(0, text.find('\0')));
}

std::string member_name(base::ByteView header) {
  const std::string prefix = text_field(header, 345, 155);
  const std::string name = text_field(header, 0, 100);
  return prefix.empty() ? name : prefix + "/" + name;
}

}  // namespace

std::optional<Structure> read_tar(const Source& source) {
  Structure out{FileType::kTar, {}};
  std::uint64_t at = 0;
  while (source.file_bytes - at >= kBlock) {
    const auto header = source.bytes(at, kBlock);
    if (!header) return std::nullopt;
    if ((*header)[0] == 0) break;  // the end: zeros
    if (!checksum_fits(*header)) return std::nullopt;
    const auto bytes = tar_number(base::ByteView(*header).subspan(124, 12));
    if (!bytes) return std::nullopt;
    const char type = static_cast<char>((*header)[156]);
    // A link's size is that of what it names; its data is not here. An extended header may give a
    // member another size than its ustar field: then what follows is no header, and that is odd.
    const bool has_data = type != '1' && type != '2';
    const std::uint64_t data = at + kBlock;
    const std::uint64_t length = has_data ? *bytes : 0;
    if (length > source.file_bytes - data) return std::nullopt;
    if (length > 0) {
      if (out.units.size() == kMaxStructureUnits) return std::nullopt;
      const bool file = type == '0' || type == 0;
      // An extended header belongs to the member behind it.
      if (file) out.units.push_back({data, length, member_name(*header), "", {}, {}});
    }
    const std::uint64_t padded = (length + kBlock - 1) / kBlock * kBlock;
    if (padded > source.file_bytes - data) break;  // the last one, without its padding
    at = data + padded;
  }
  return out;
}

}  // namespace cairn::chunk::detail
