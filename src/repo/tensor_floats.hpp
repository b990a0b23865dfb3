// How much floats changed, one block of two versions after the other.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace cairn::repo {

enum class FloatKind : std::uint8_t { kHalf, kBfloat, kSingle, kDouble };
// By the words of safetensors, numpy and PyTorch for it; nothing for what is no float.
std::optional<FloatKind> float_kind(std::string_view dtype);
std::size_t float_bytes(FloatKind kind);

class FloatChange {
 public:
  explicit FloatChange(FloatKind kind) : kind_(kind) {}
  // Equally many whole elements of both.
  void add(base::ByteView before, base::ByteView after);

  [[nodiscard]] double largest() const { return largest_; }
  [[nodiscard]] double mean() const {  // over all finite elements
    return finite_ == 0 ? 0 : sum_ / static_cast<double>(finite_);
  }
  [[nodiscard]] std::uint64_t not_finite() const { return not_finite_; }

 private:
  void add(double before, double after);

  FloatKind kind_;
  double largest_ = 0, sum_ = 0;
  std::uint64_t finite_ = 0, not_finite_ = 0;
};

}  // namespace cairn::repo
