#include "repo/tensor_floats.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace cairn::repo {
namespace {

double from_half(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 0x1f;
  const int fraction = bits & 0x3ff;
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == 0x1f) return fraction == 0 ? sign * HUGE_VAL : std::nan("");
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(fraction + 0x400, exponent - 25);
}

double load(FloatKind kind, const std::uint8_t* at) {
  switch (kind) {
    case FloatKind::kHalf:
      return from_half(base::load_le<std::uint16_t>(at));
    case FloatKind::kBfloat:
      return std::bit_cast<float>(std::uint32_t{base::load_le<std::uint16_t>(at)} << 16);
    case FloatKind::kSingle:
      return std::bit_cast<float>(base::load_le<std::uint32_t>(at));
    case FloatKind::kDouble:
      break;
  }
  return std::bit_cast<double>(base::load_le<std::uint64_t>(at));
}

}  // namespace

std::optional<FloatKind> float_kind(std::string_view dtype) {
  struct Word {
    std::string_view dtype;
    FloatKind kind;
  };
  static constexpr std::array<Word, 11> kWords = {{{"F16", FloatKind::kHalf},
                                                   {"BF16", FloatKind::kBfloat},
                                                   {"F32", FloatKind::kSingle},
                                                   {"F64", FloatKind::kDouble},
                                                   {"<f2", FloatKind::kHalf},
                                                   {"<f4", FloatKind::kSingle},
                                                   {"<f8", FloatKind::kDouble},
                                                   {"float16", FloatKind::kHalf},
                                                   {"bfloat16", FloatKind::kBfloat},
                                                   {"float32", FloatKind::kSingle},
                                                   {"float64", FloatKind::kDouble}}};
  const auto known = std::ranges::find(kWords, dtype, &Word::dtype);
  return known == kWords.end() ? std::nullopt : std::optional(known->kind);
}

std::size_t float_bytes(FloatKind kind) {
  if (kind == FloatKind::kDouble) return 8;
  return kind == FloatKind::kSingle ? 4 : 2;
}

void FloatChange::add(base::ByteView before, base::ByteView after) {
  const std::size_t step = float_bytes(kind_);
  for (std::size_t at = 0; at + step <= before.size(); at += step)
    add(load(kind_, before.data() + at), load(kind_, after.data() + at));
}

void FloatChange::add(double before, double after) {
  if (!std::isfinite(before) || !std::isfinite(after)) {
    ++not_finite_;
    return;
  }
  ++finite_;
  if (before == after) return;  // also 0 and -0
  // By halves: the difference of two doubles may be beyond the largest one.
  const double scale = std::max(std::abs(before), std::abs(after));
  const double change = 2 * std::abs(after / scale / 2 - before / scale / 2);
  largest_ = std::max(largest_, change);
  sum_ += change;
}

}  // namespace cairn::repo
