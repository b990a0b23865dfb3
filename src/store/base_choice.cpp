#include "store/base_choice.hpp"

#include <algorithm>
#include <utility>

#include "chunk/gear.hpp"
#include "codec/patch.hpp"

namespace cairn::store {
namespace {

// Three bits a byte push a byte out of the 64-bit hash after 21 steps.
constexpr unsigned kRollBits = 3;
constexpr std::uint64_t kKeepMask = std::uint64_t{0xff} << 56;  // zero in one hash of 256
constexpr unsigned kHashShift = 24;  // below are bits that only the last few bytes reach
constexpr std::size_t kWarmUpBytes = 21;

// A base costs about 64 bytes in its record and table: less than this part of the samples is not
// worth it.
constexpr std::size_t kFairShare = 50;

bool same_hash(const WindowSample& a, const WindowSample& b) { return a.hash == b.hash; }

// Calls `both(a, b)` with the indexes of equal hashes.
template <typename Both>
void for_each_shared(std::span<const WindowSample> left, std::span<const WindowSample> right,
                     Both&& both) {
  std::size_t a = 0;
  std::size_t b = 0;
  while (a < left.size() && b < right.size()) {
    if (left[a].hash < right[b].hash) {
      ++a;
    } else if (right[b].hash < left[a].hash) {
      ++b;
    } else {
      both(a++, b++);
    }
  }
}

using Hits = std::vector<std::uint32_t>;  // indexes into the wanted samples

std::vector<Hits> find_hits(std::span<const WindowSample> wanted,
                            std::span<const BaseCandidate> candidates) {
  std::vector<Hits> hits(candidates.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    for_each_shared(wanted, candidates[i].samples, [&](std::size_t a, std::size_t) {
      hits[i].push_back(static_cast<std::uint32_t>(a));
    });
  }
  return hits;
}

}  // namespace

std::vector<WindowSample> sample_windows(base::ByteView bytes) {
  std::vector<WindowSample> samples;
  samples.reserve(bytes.size() / kSampleStep * 5 / 4 + 8);
  const std::uint64_t* const gear = chunk::gear_table();
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    hash = (hash << kRollBits) + gear[bytes[i]];
    if ((hash & kKeepMask) == 0 && i >= kWarmUpBytes)
      samples.push_back(
          {static_cast<std::uint32_t>(hash >> kHashShift), static_cast<std::uint32_t>(i)});
  }
  std::sort(samples.begin(), samples.end());
  samples.erase(std::unique(samples.begin(), samples.end(), same_hash), samples.end());
  return samples;
}

BaseCover choose_bases(std::span<const WindowSample> wanted,
                       std::span<const BaseCandidate> candidates) {
  BaseCover cover;
  cover.samples = wanted.size();
  std::vector<Hits> hits = find_hits(wanted, candidates);
  std::vector<bool> covered(wanted.size());
  const auto still = [&](const Hits& some) {
    return static_cast<std::size_t>(
        std::ranges::count_if(some, [&](std::uint32_t i) { return !covered[i]; }));
  };
  std::size_t bytes = 0;
  while (cover.chosen.size() < codec::kMaxPatchBases) {
    std::size_t best = candidates.size();
    std::size_t most = wanted.size() / kFairShare;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (hits[i].size() <= most || bytes + candidates[i].length > codec::kMaxPrefixBytes) continue;
      const std::size_t gain = still(hits[i]);
      if (gain <= most) continue;
      most = gain;
      best = i;
    }
    if (best == candidates.size()) break;
    if (cover.chosen.empty()) cover.best = best;
    for (const std::uint32_t i : std::exchange(hits[best], {})) covered[i] = true;
    cover.chosen.push_back(best);
    cover.covered += most;
    bytes += candidates[best].length;
  }
  std::sort(cover.chosen.begin(), cover.chosen.end());
  return cover;
}

std::int64_t shift_between(std::span<const WindowSample> wanted,
                           std::span<const WindowSample> base) {
  std::vector<std::int64_t> shifts;
  for_each_shared(wanted, base, [&](std::size_t a, std::size_t b) {
    shifts.push_back(std::int64_t{wanted[a].at} - std::int64_t{base[b].at});
  });
  if (shifts.empty()) return 0;
  const auto middle = shifts.begin() + static_cast<std::ptrdiff_t>(shifts.size() / 2);
  std::nth_element(shifts.begin(), middle, shifts.end());
  return *middle;
}

}  // namespace cairn::store
