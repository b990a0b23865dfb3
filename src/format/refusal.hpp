// The two ways in which a decoder of this module says no, and the header fields that all containers
// share.
#pragma once

#include <string>

#include "base/bytes.hpp"
#include "cairn/result.hpp"

namespace cairn::format {

// Bytes that break a rule of the man pages. `kind` names the thing: slug "bad-page", message "bad
// page: ...".
inline Error refuse(const std::string& kind, const std::string& why) {
  return Error(Code::kCorrupt, "bad " + kind + ": " + why).slug("bad-" + kind);
}

// Bytes that a newer release may understand.
inline Error refuse_newer(const std::string& kind, const std::string& what) {
  return Error(Code::kTooNew, kind + " is newer than this program: " + what).slug("format-too-new");
}

// True when all of the next `count` bytes are there and zero.
inline bool zeros_follow(base::ByteReader& in, std::size_t count) {
  std::uint8_t any = 0;
  for (const std::uint8_t byte : in.raw(count)) any |= byte;
  return in.ok() && any == 0;
}

// What packs, tables and roots name alike.
struct ContainerFields {
  std::uint16_t version = 0;
  std::uint8_t digest = 0;
  std::uint8_t cipher = 0;
  std::uint64_t features = 0;
  bool key_id_is_zero = false;
};
Status check_container(const std::string& kind, const ContainerFields& fields);

}  // namespace cairn::format
