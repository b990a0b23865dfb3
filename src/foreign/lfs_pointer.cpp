#include "foreign/lfs_pointer.hpp"

#include "base/bytes.hpp"
#include "base/text.hpp"

namespace cairn::foreign {

namespace {

constexpr std::string_view kVersions[] = {"version https://git-lfs.github.com/spec/v1",
                                          "version https://hawser.github.com/spec/v1"};
constexpr std::string_view kOid = "oid sha256:";
constexpr std::string_view kSize = "size ";
constexpr std::size_t kDigits = 64;

}  // namespace

std::string LfsPointer::key() const {
  return sha256.substr(0, 2) + "/" + sha256.substr(2, 2) + "/" + sha256;
}

std::optional<LfsPointer> parse_lfs_pointer(std::string_view text) {
  if (text.size() > kMaxLfsPointerBytes) return std::nullopt;
  const auto lines = base::split(text, '\n');
  if (lines[0] != kVersions[0] && lines[0] != kVersions[1]) return std::nullopt;
  LfsPointer out;
  bool sized = false;
  for (auto line : lines) {
    if (line.starts_with(kOid)) {
      out.sha256 = line.substr(kOid.size());
    } else if (line.starts_with(kSize)) {
      sized = base::parse_u64(line.substr(kSize.size()), out.size_bytes);
    } else if (line.starts_with("ext-")) {
      return std::nullopt;  // an extension changed the bytes on their way
    }
  }
  const bool valid = sized && out.sha256.size() == kDigits && base::is_lower_hex(out.sha256);
  return valid ? std::optional(out) : std::nullopt;
}

std::string without_lfs_lines(std::string_view attributes) {
  std::string out;
  while (!attributes.empty()) {
    const auto end = attributes.find('\n');
    const auto length = end == std::string_view::npos ? attributes.size() : end + 1;
    const auto line = attributes.substr(0, length);
    const bool comment = line.starts_with('#');
    if (comment || line.find("filter=lfs") == std::string_view::npos) out.append(line);
    attributes.remove_prefix(length);
  }
  return out;
}

}  // namespace cairn::foreign
