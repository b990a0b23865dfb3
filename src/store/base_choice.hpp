// Which earlier chunks new bytes resemble, by what the bytes themselves say: fingerprints of small
// windows chosen by content, so that they are found again wherever an edit moved them. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"

namespace cairn::store {

// One window in about kSampleStep: where it ends, and 32 bits of its rolling hash over about 21
// bytes.
inline constexpr std::size_t kSampleStep = 256;
struct WindowSample {
  std::uint32_t hash = 0;
  std::uint32_t at = 0;
  auto operator<=>(const WindowSample&) const = default;
};

// Of each hash the first place; ascending by hash.
std::vector<WindowSample> sample_windows(base::ByteView bytes);

struct BaseCandidate {
  std::span<const WindowSample> samples;
  std::uint32_t length = 0;
};

struct BaseCover {
  std::vector<std::size_t> chosen;  // of the candidates, ascending
  std::size_t samples = 0;          // of the new bytes
  std::size_t covered = 0;          // of those, found in what was chosen
  std::size_t best = 0;             // the candidate with the most of them, when any was chosen
};

// Greedy: again and again the candidate that covers most of what is still uncovered, until 8 are
// chosen, their bytes are 1 MiB, or no other has a fair share.
BaseCover choose_bases(std::span<const WindowSample> wanted,
                       std::span<const BaseCandidate> candidates);

// Where `base` starts relative to `wanted`, by the samples that both have: the median. Nothing
// shared: 0.
std::int64_t shift_between(std::span<const WindowSample> wanted,
                           std::span<const WindowSample> base);

}  // namespace cairn::store
