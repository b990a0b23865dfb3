#include "workdir/temp_name.hpp"

#include <array>

#include "base/bytes.hpp"

namespace cairn::workdir {
namespace {

constexpr std::string_view kTempPrefix = ".cairn-tmp-";  // as base::write_file_atomic has it

std::string random_session(Entropy& entropy) {
  std::array<std::uint8_t, 4> random{};
  entropy.fill(random);
  return std::string(kTempPrefix) + base::to_hex(random);
}

std::string hex_of(std::uint32_t number) {
  std::array<std::uint8_t, 4> digits{};
  for (std::size_t i = 0; i < digits.size(); ++i)
    digits[i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
  return base::to_hex(digits);
}

}  // namespace

TempNames::TempNames(Entropy& entropy) : session_(random_session(entropy)) {}

std::string TempNames::next() {
  return session_ + hex_of(count_.fetch_add(1, std::memory_order_relaxed));
}

std::string TempNames::numbered(std::uint32_t number) const {
  return session_ + "-" + hex_of(number);
}

std::string TempNames::session() const { return session_; }

bool is_temporary_name(std::string_view name) { return name.starts_with(kTempPrefix); }

}  // namespace cairn::workdir
