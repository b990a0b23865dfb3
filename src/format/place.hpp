// Places on disk: the four numbers behind a pack (its id, or its number in a list).
// cairn-remote(7).
#pragma once

#include <unordered_map>
#include <vector>

#include "format/record_rules.hpp"
#include "format/remote_objects.hpp"

namespace cairn::format {

// Record offset and size, offset in plain and length: 16 bytes.
void encode_place_numbers(const Place& place, base::ByteWriter& out);
void decode_place_numbers(base::ByteReader& in, Place& place);
// Why nothing can lie there, or null.
const char* place_fault(const Place& place);

// Pack ids in the order of their first use, with their numbers.
class PackList {
 public:
  std::uint32_t number_of(const PackId& id) {
    const auto [at, added] = numbers_.try_emplace(id, static_cast<std::uint32_t>(ids_.size()));
    if (added) ids_.push_back(id);
    return at->second;
  }
  [[nodiscard]] const std::vector<PackId>& ids() const { return ids_; }

 private:
  std::vector<PackId> ids_;
  std::unordered_map<PackId, std::uint32_t> numbers_;
};

}  // namespace cairn::format
