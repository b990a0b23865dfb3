// The chunker against its definition, written the slow way: every hash anew from the 64 bytes
// before the place.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

#include "chunk/gear.hpp"

namespace cairn::chunk {
namespace {

using base::Bytes;
using base::ByteView;

std::uint64_t hash_before(ByteView bytes, std::size_t place) {
  std::uint64_t hash = 0;
  for (std::size_t back = 64; back > 0; --back) hash = hash * 2 + gear_table()[bytes[place - back]];
  return hash;
}

std::size_t defined_cut(ByteView bytes, const GearParameters& parameters) {
  if (bytes.size() <= parameters.min_bytes) return bytes.size();
  const std::size_t end = std::min<std::size_t>(bytes.size(), parameters.max_bytes);
  for (std::size_t place = parameters.min_bytes; place < end; ++place) {
    if (hash_before(bytes, place) < parameters.threshold) return place;
  }
  return end;
}

// Small sizes and frequent cuts, so that short inputs hold many chunks.
GearParameters any_parameters() {
  GearParameters parameters;
  parameters.min_bytes = *rc::gen::inRange<std::uint32_t>(64, 300);
  parameters.max_bytes = parameters.min_bytes + *rc::gen::inRange<std::uint32_t>(0, 1'000);
  parameters.threshold = ~std::uint64_t{0} >> *rc::gen::inRange(0, 16);
  return parameters;
}

// Noise with constant stretches, which force cuts at the maximum.
Bytes any_bytes(std::size_t max_size) {
  const auto size = *rc::gen::inRange<std::size_t>(0, max_size);
  auto word = *rc::gen::arbitrary<std::uint64_t>();
  Bytes bytes;
  while (bytes.size() < size) {
    word = word * 6'364'136'223'846'793'005 + 1'442'695'040'888'963'407;
    const std::size_t run = word >> 60 == 0 ? 200 : 1;
    bytes.insert(bytes.end(), std::min(run, size - bytes.size()),
                 static_cast<std::uint8_t>(word >> 48));
  }
  return bytes;
}

std::vector<std::size_t> cut_places(ByteView bytes, const GearParameters& parameters) {
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < bytes.size();) {
    at += gear_cut(bytes.subspan(at), parameters);
    places.push_back(at);
  }
  return places;
}

RC_GTEST_PROP(ChunkProperty, EveryCutIsTheDefinedOne, ()) {
  const GearParameters parameters = any_parameters();
  const Bytes bytes = any_bytes(10'000);
  for (ByteView rest = bytes; !rest.empty();) {
    const std::size_t cut = gear_cut(rest, parameters);
    RC_ASSERT(cut == defined_cut(rest, parameters));
    rest = rest.subspan(cut);
  }
}

RC_GTEST_PROP(ChunkProperty, SizesStayWithinTheLimits, ()) {
  const GearParameters parameters = any_parameters();
  const Bytes bytes = any_bytes(20'000);
  std::size_t before = 0;
  for (const std::size_t place : cut_places(bytes, parameters)) {
    RC_ASSERT(place - before <= parameters.max_bytes);
    RC_ASSERT(place - before >= parameters.min_bytes || place == bytes.size());
    before = place;
  }
  RC_ASSERT(before == bytes.size());
}

RC_GTEST_PROP(ChunkProperty, OnlyMaxBytesAreLookedAt, ()) {
  const GearParameters parameters = any_parameters();
  Bytes bytes = any_bytes(3'000);
  bytes.resize(bytes.size() + parameters.max_bytes, 0x5a);
  const std::size_t cut = gear_cut(bytes, parameters);
  RC_ASSERT(gear_cut(ByteView(bytes).first(parameters.max_bytes), parameters) == cut);
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(cut), bytes.end(), std::uint8_t{0});
  RC_ASSERT(gear_cut(bytes, parameters) <= cut || cut == parameters.max_bytes);
  RC_ASSERT(gear_cut(bytes, parameters) == cut);
}

// After one common place, two versions stay together for as long as their bytes do.
RC_GTEST_PROP(ChunkProperty, OneCommonPlaceKeepsTheRestCommon, ()) {
  const GearParameters parameters = any_parameters();
  const Bytes tail = any_bytes(20'000);
  const auto places_in_tail = [&](const Bytes& head) {
    Bytes whole = head;
    whole.insert(whole.end(), tail.begin(), tail.end());
    std::vector<std::size_t> places;
    for (const std::size_t place : cut_places(whole, parameters)) {
      if (place > head.size()) places.push_back(place - head.size());
    }
    return places;
  };
  const auto first = places_in_tail(any_bytes(500));
  const auto second = places_in_tail(any_bytes(500));
  const auto common = std::find_first_of(first.begin(), first.end(), second.begin(), second.end());
  if (common == first.end()) return;
  const auto from = std::find(second.begin(), second.end(), *common);
  RC_ASSERT(std::vector(common, first.end()) == std::vector(from, second.end()));
}

}  // namespace
}  // namespace cairn::chunk
