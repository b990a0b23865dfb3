// Rules that the page decoders share with the builders: entry limits, cut rules' constants, sums
// that can't overflow.
#pragma once

#include <cstdint>

#include "format/page.hpp"

namespace cairn::format {

inline constexpr std::uint32_t kMaxManifestLeafEntries = 1024;
inline constexpr std::uint32_t kMaxManifestInnerEntries = 8192;
inline constexpr std::uint32_t kMaxRecipeLeafEntries = 4096;
inline constexpr std::uint32_t kMaxRecipeInnerEntries = 8192;

inline constexpr std::uint16_t kRecipeMark = 0xFFFF;  // chunk count of a file that has a recipe
inline constexpr std::uint64_t kMaxTotalBytes = (std::uint64_t{1} << 63) - 1;

// Adds unless the sum would pass 2^63 - 1.
[[nodiscard]] inline bool add_bounded(std::uint64_t& sum, std::uint64_t value) {
  if (value > kMaxTotalBytes || sum > kMaxTotalBytes - value) return false;
  sum += value;
  return true;
}

// Entry count and level against the header's other fields, before any entry is read.
Status check_page_header(const PageHeader& header, std::uint32_t max_leaf, std::uint32_t max_inner);

// Why an entry may not stand in a manifest whatever its neighbours are, or null; its path is
// path_fault's matter.
const char* manifest_entry_fault(const ManifestEntry& entry);
std::size_t manifest_entry_bytes(const ManifestEntry& entry);

// What a parent says about a page: files and bytes, or bytes and chunks, and the last path. False
// when a sum overflows.
[[nodiscard]] bool count_entry(InnerEntry& sum, const ManifestEntry& entry);
[[nodiscard]] bool count_entry(InnerEntry& sum, const ChunkRef& chunk);
[[nodiscard]] bool count_child(InnerEntry& sum, const InnerEntry& child);
InnerEntry sum_of(const ManifestPage& page);
InnerEntry sum_of(const RecipePage& page);

void encode_recipe_header(const RecipeHeader& header, base::ByteWriter& out);
const char* gear_fault(const chunk::GearParameters& gear);

}  // namespace cairn::format
