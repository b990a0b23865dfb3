#include "net/address.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include <arpa/inet.h>

namespace cairn::net {
namespace {

struct Range4 {
  std::uint32_t first;
  int bits;
  AddressKind kind;
};
constexpr std::uint32_t quad(unsigned a, unsigned b, unsigned c, unsigned d) {
  return a << 24 | b << 16 | c << 8 | d;
}
constexpr std::array kRanges4{
    Range4{quad(100, 100, 100, 200), 32, AddressKind::kMetadata},  // Alibaba Cloud
    Range4{quad(168, 63, 129, 16), 32, AddressKind::kMetadata},    // Azure
    Range4{quad(169, 254, 0, 0), 16, AddressKind::kMetadata},
    Range4{quad(0, 0, 0, 0), 8, AddressKind::kLoopback},
    Range4{quad(127, 0, 0, 0), 8, AddressKind::kLoopback},
    Range4{quad(10, 0, 0, 0), 8, AddressKind::kPrivate},
    Range4{quad(100, 64, 0, 0), 10, AddressKind::kPrivate},
    Range4{quad(172, 16, 0, 0), 12, AddressKind::kPrivate},
    Range4{quad(192, 168, 0, 0), 16, AddressKind::kPrivate},
    Range4{quad(224, 0, 0, 0), 3, AddressKind::kPrivate},
};

AddressKind kind_of_v4(std::uint32_t address) {
  for (const Range4& range : kRanges4) {
    if ((address ^ range.first) >> (32 - range.bits) == 0) return range.kind;
  }
  return AddressKind::kPublic;
}

using Bytes16 = std::array<std::uint8_t, 16>;

bool starts_with(const Bytes16& bytes, std::initializer_list<std::uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

AddressKind kind_of_v6(const Bytes16& a) {
  const bool mapped = starts_with(a, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff});
  const bool nat64 = starts_with(a, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0});
  if (mapped || nat64) return kind_of_v4(quad(a[12], a[13], a[14], a[15]));
  if (std::all_of(a.begin(), a.end() - 1, [](std::uint8_t b) { return b == 0; }) && a[15] <= 1) {
    return AddressKind::kLoopback;
  }
  if (a[0] == 0xfe && (a[1] & 0xc0) == 0x80) return AddressKind::kMetadata;  // link-local
  if (starts_with(a, {0xfd, 0x00, 0x0e, 0xc2}))
    return AddressKind::kMetadata;  // fd00:ec2::/32, EC2
  if ((a[0] & 0xfe) == 0xfc || a[0] == 0xff) return AddressKind::kPrivate;
  return AddressKind::kPublic;
}

}  // namespace

AddressKind address_kind(const std::string& text) {
  std::array<std::uint8_t, 4> v4{};
  if (::inet_pton(AF_INET, text.c_str(), v4.data()) == 1) {
    return kind_of_v4(quad(v4[0], v4[1], v4[2], v4[3]));
  }
  Bytes16 v6{};
  const std::string without_zone = text.substr(0, text.find('%'));
  if (::inet_pton(AF_INET6, without_zone.c_str(), v6.data()) == 1) return kind_of_v6(v6);
  return AddressKind::kName;
}

bool is_allowed(AddressKind kind, AddressPolicy policy) {
  switch (policy) {
    case AddressPolicy::kStore:
      return kind != AddressKind::kMetadata;
    case AddressPolicy::kPublic:
      return kind == AddressKind::kPublic || kind == AddressKind::kName;
    case AddressPolicy::kMetadata:
      break;
  }
  return kind == AddressKind::kMetadata || kind == AddressKind::kLoopback;
}

bool is_loopback_host(const std::string& host) {
  return host == "localhost" || address_kind(host) == AddressKind::kLoopback;
}

}  // namespace cairn::net
