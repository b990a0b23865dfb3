#include "workdir/temp_name.hpp"

#include <array>

namespace cairn::workdir {
namespace {

constexpr std::string_view kTempPrefix = ".cairn-tmp-";  // as base::write_file_atomic has it
constexpr std::string_view kTempDigits = "0123456789abcdef";

}  // namespace

TempNames::TempNames(Entropy& entropy) : number_(0) {
  std::array<std::uint8_t, 8> random{};
  entropy.fill(random);
  std::uint64_t start = 0;
  for (const std::uint8_t byte : random) start = start << 8 | byte;
  number_ = start;
}

std::string TempNames::next() {
  const std::uint64_t number = number_.fetch_add(1, std::memory_order_relaxed);
  std::string name(kTempPrefix);
  for (int shift = 60; shift >= 0; shift -= 4) name += kTempDigits[number >> shift & 15];
  return name;
}

bool is_temporary_name(std::string_view name) { return name.starts_with(kTempPrefix); }

}  // namespace cairn::workdir
