#include "format/refusal.hpp"

#include <fmt/core.h>

#include "format/limits.hpp"

namespace cairn::format {

Status check_container(const std::string& kind, const ContainerFields& fields) {
  if (fields.version != kVersion1)
    return refuse_newer(kind, fmt::format("version {}", fields.version));
  if (fields.digest != kDigestSha256)
    return refuse_newer(kind, fmt::format("digest {}", fields.digest));
  if (fields.cipher != kCipherNone)
    return refuse_newer(kind, fmt::format("cipher {}", fields.cipher));
  if (fields.features != 0)
    return refuse_newer(kind, fmt::format("mandatory features {:#x}", fields.features));
  if (!fields.key_id_is_zero) return refuse(kind, "a key id without a cipher");
  return {};
}

}  // namespace cairn::format
