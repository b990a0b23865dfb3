#include "workdir/landing_spots.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace cairn::workdir::detail {
namespace {

enum State : std::uint8_t { kOpen, kClaimed, kLanded };

}  // namespace

Result<LandingSpots> LandingSpots::of(const std::vector<const WriteItem*>& items,
                                      const format::PageFetch& pages) {
  LandingSpots out;
  for (std::uint32_t i = 0; i < items.size(); ++i) {
    std::uint64_t offset = 0;
    const auto add = [&](const format::ChunkRef& chunk) -> Status {
      out.spots_.push_back({chunk.id, i, chunk.length, offset});
      offset += chunk.length;
      return {};
    };
    Status status = for_each_chunk(items[i]->entry, pages, add);
    if (!status.ok()) return std::move(status).error().with("planning `" + items[i]->path + "`");
  }
  std::ranges::sort(out.spots_, [](const Spot& a, const Spot& b) {
    return std::tie(a.id, a.item, a.offset) < std::tie(b.id, b.item, b.offset);
  });
  out.states_.assign(out.spots_.size(), kOpen);
  return out;
}

std::span<const Spot> LandingSpots::run_at(std::size_t first) const {
  std::size_t last = first;
  while (last < spots_.size() && spots_[last].id == spots_[first].id) ++last;
  return std::span(spots_).subspan(first, last - first);
}

std::span<const Spot> LandingSpots::find(const ChunkId& id) const {
  const auto found = std::ranges::lower_bound(spots_, id, {}, &Spot::id);
  if (found == spots_.end() || found->id != id) return {};
  return run_at(static_cast<std::size_t>(found - spots_.begin()));
}

std::atomic_ref<std::uint8_t> LandingSpots::state_of(std::span<const Spot> spots) const {
  return std::atomic_ref(states_[static_cast<std::size_t>(spots.data() - spots_.data())]);
}

bool LandingSpots::claim(std::span<const Spot> spots) {
  std::uint8_t open = kOpen;
  return state_of(spots).compare_exchange_strong(open, kClaimed);
}

void LandingSpots::set_landed(std::span<const Spot> spots) { state_of(spots).store(kLanded); }
void LandingSpots::reopen(std::span<const Spot> spots) { state_of(spots).store(kOpen); }

bool LandingSpots::landed(std::span<const Spot> spots) const {
  return state_of(spots).load() == kLanded;
}

void LandingSpots::for_each_chunk_lacking(const std::function<void(const Spot&)>& visit) const {
  for (std::size_t i = 0; i < spots_.size(); ++i) {
    const bool first = i == 0 || spots_[i - 1].id != spots_[i].id;
    if (first && states_[i] != kLanded) visit(spots_[i]);
  }
}

std::vector<Spot> LandingSpots::of_item(std::uint32_t item) const {
  std::vector<Spot> out;
  std::ranges::copy_if(spots_, std::back_inserter(out),
                       [&](const Spot& spot) { return spot.item == item; });
  return out;
}

void LandingSpots::for_each_chunk_lacking_in(const std::vector<std::uint32_t>& items,
                                             const std::function<void(const Spot&)>& visit) const {
  for_each_chunk_lacking([&](const Spot& first) {
    const auto spots = run_at(static_cast<std::size_t>(&first - spots_.data()));
    const auto in_one = std::ranges::find_if(
        spots, [&](const Spot& spot) { return std::ranges::binary_search(items, spot.item); });
    if (in_one != spots.end()) visit(*in_one);
  });
}

}  // namespace cairn::workdir::detail
